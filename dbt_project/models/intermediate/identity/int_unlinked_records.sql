-- Records that no tier linked, with what identifies them when they are delivered again: the name, the numbers they
-- carry, and where they carry none the village. A decision is kept under this key: its formula must not change.
with

records as (
    select records.*
    from {{ ref('int_person_records') }} as records
    left join {{ ref('int_links_by_tier') }} as links using (delivery_id, row_number)
    where links.delivery_id is null
),

final as (
    select
        *,
        md5(
            jsonb_build_array(
                name_key,
                id_17,
                born_on,
                household_no,
                department_no,
                own_no,
                case when num_nonnulls(id_17, household_no, department_no, own_no) = 0 then village_as_written end
            )::text
        ) as record_key
    from records
)

select * from final
