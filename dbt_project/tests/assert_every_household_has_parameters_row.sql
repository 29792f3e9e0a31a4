-- Parameters are resolved for every village that has households: no row would leave its rules silent.
select households.village_code
from {{ ref('int_households') }} as households
left join {{ ref('int_parameters') }} as parameters using (village_code)
where parameters.village_code is null
