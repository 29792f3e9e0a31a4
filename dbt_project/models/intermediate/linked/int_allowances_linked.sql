-- Who stood on the allowance roster that counted for the month, and for each of the two months before.
with

rosters as (
    {% for months_back in range(3) -%}
    select
        ({{ build_month() }} - interval '{{ months_back }} months')::date as roster_month,
        staged.*
    from {{ ref('stg_civil_affairs__allowances') }} as staged
    where
        staged.delivery_id in {{ counting_ids('civil_affairs', 'allowances', months_back=months_back) }}
        {{ if_touched('staged') }}
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}
),

deliveries as (
    select * from {{ source('ops', 'deliveries') }}
),

links as (
    {{ links_of('civil_affairs', 'allowances') }}
),

final as (
    select
        links.person_key,
        links.household_key,
        rosters.roster_month,
        rosters.delivery_id,
        rosters.row_number,
        deliveries.file_name
    from rosters
    inner join links using (delivery_id, row_number)
    inner join deliveries using (delivery_id)
)

select * from final
