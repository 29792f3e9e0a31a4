select counting.*
from {{ source('order', 'current_build') }} as build
cross join lateral ops.counting_deliveries(build.month) as counting
