-- The rosters that counted up to the month, their months numbered without gaps. An empty one tells nothing.
select
    winning.delivery_id,
    winning.month as roster_month,
    winning.recency::integer as recency,
    dense_rank() over (order by winning.month)::integer as roster_number
from {{ ref('int_winning_deliveries') }} as winning
inner join {{ source('ops', 'deliveries') }} as deliveries using (delivery_id)
where winning.source = 'registry' and winning.extract = 'members' and deliveries.rows_loaded > 0
