-- The rules of the catalogue are those the fact has a column for.
select catalogue.rule_code
from {{ ref('rule_catalogue') }} as catalogue
full outer join (
    values
    {% for rule_code in rule_codes() -%}
    ('{{ rule_code }}'){{ "," if not loop.last }}
    {% endfor -%}
) as columns (rule_code) using (rule_code)
where catalogue.rule_code is null or columns.rule_code is null
