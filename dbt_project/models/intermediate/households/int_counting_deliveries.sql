select counting.*
from {{ source('order', 'current_build') }} as build
cross join lateral ops.counting_deliveries(build.month, build.as_of) as counting
