-- A department's own person number, where all its direct links agree on one person (tier 4).
select
    records.source,
    records.department_no,
    min(links.person_key) as person_key,
    min(links.household_key) as household_key
from {{ ref('int_person_records') }} as records
inner join {{ ref('int_links_direct') }} as links using (delivery_id, row_number)
where records.department_no is not null and links.person_key is not null
group by records.source, records.department_no
having min(links.person_key) = max(links.person_key)
