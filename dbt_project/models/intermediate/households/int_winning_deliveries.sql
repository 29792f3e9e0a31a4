-- Per part and month so far the delivery that replaced the others.
select winning.*
from {{ source('order', 'current_build') }} as build
cross join lateral ops.winning_deliveries(build.month, build.as_of) as winning
