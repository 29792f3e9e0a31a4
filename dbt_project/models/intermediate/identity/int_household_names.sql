-- Who was ever in which household: what a household record's head is held against (tier 0).
select distinct
    households.household_key,
    states.household_no,
    persons.person_key,
    states.name_key
from {{ ref('int_roster_states') }} as states
inner join {{ source('restricted', 'households') }} as households using (household_no)
inner join {{ source('restricted', 'persons') }} as persons using (person_no)
