-- Everything that some roster up to the month said of a person, once: who was ever in which household, under which
-- name; where it stood last (by recency, then row), and in which rosters, by number, it stood for the person.
with

before as (
    select
        {{ state_columns() }},
        last_month,
        last_place,
        standing
    from {{ ref('int_roster_states_before') }}
),

of_month as (
    {{ roster_states(roster_ids(before=false)) }}
),

final as (
    {{ states_together('before', 'of_month') }}
)

select * from final
