select counting.*
from {{ source('ops', 'current_build') }} as build
cross join lateral ops.counting_deliveries(build.month) as counting
