select
    build.month,
    (build.month + interval '1 month - 1 day')::date as month_end,
    date_trunc('year', build.month)::date as year_start
from {{ source('order', 'current_build') }} as build
