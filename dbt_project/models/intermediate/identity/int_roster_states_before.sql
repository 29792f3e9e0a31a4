-- What the rosters of the months before said of each person. It stays from build to build: where it rests on the first
-- of these rosters, only the others are read; where it rests on anything else, all are.
{%- set rosters = roster_ids(before=true) %}
{%- set kept = rosters_kept(this, rosters) %}

with

kept as (
    {% if kept -%}
    select
        {{ state_columns() }},
        last_month,
        last_place,
        standing
    from {{ this }}
    {%- else -%}
    {{ roster_states([]) }}
    {%- endif %}
),

read as (
    {{ roster_states(rosters[kept | int:]) }}
),

final as (
    {{ states_together('kept', 'read') }}
)

select
    final.*,
    {{ rosters_digest(rosters) }} as rests_on
from final
