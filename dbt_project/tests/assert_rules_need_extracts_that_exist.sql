-- A rule's needs and the extracts that matter to it are of the catalogue and of the contracts.
with

wanted as (
    select * from {{ ref('rule_needs') }}

    union

    select * from {{ ref('rule_extracts') }}
)

select
    wanted.rule_code,
    wanted.source,
    wanted.extract
from wanted
left join {{ ref('rule_catalogue') }} as catalogue using (rule_code)
left join {{ source('ops', 'extracts') }} as extracts using (source, extract)
where catalogue.rule_code is null or extracts.extract is null
