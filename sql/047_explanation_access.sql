-- Who may have a household explained, each time written down, and the delivered rows it leads to.
-- The marts do not exist before the first month is published, so what reads them is plpgsql: looked up when it runs.

create or replace function restricted.may_see_village(p_role name, p_village_code text)
returns boolean
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return restricted.may_see(p_role, p_village_code) or exists (
        select
        from marts.dim_division
        where
            dim_division.division_code = p_village_code
            and dim_division.current_code <> p_village_code
            and restricted.may_see(p_role, dim_division.current_code)
    );
end
$$;
comment on function restricted.may_see_village(name, text) is 'As may_see, also where the village was renumbered since · 同 may_see，并沿行政区划变更查找';

-- The login's divisions, not those of a role it has put on: within a function that runs as its owner only the login is
-- known. The views ask for the role as well.
create or replace function restricted.admit(p_household_key text, p_month date, p_what text)
returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    village text;
begin
    select fct_household_month.village_code into village
    from marts.fct_household_month
    where fct_household_month.month = p_month and fct_household_month.household_key = p_household_key;
    if village is null or not restricted.may_see_village(session_user, village) then
        return false;
    end if;
    insert into restricted.read_log (role_name, household_key, what, month)
    values (session_user, p_household_key, p_what, p_month);
    return true;
end
$$;
comment on function restricted.admit(text, date, text) is 'Whether the login may have the household''s month explained; writes the read down · 登录者可否查阅该户该月说明，并记录查阅';

create or replace function restricted.delivered_rows(p_delivery_id bigint, p_row_numbers integer[])
returns table (row_number integer, cells jsonb)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    parent regclass;
begin
    select to_regclass(format('raw.%I', deliveries.source || '__' || deliveries.extract)) into parent
    from ops.deliveries
    where deliveries.delivery_id = p_delivery_id;
    if parent is not null then
        return query execute format(
            'select delivered.row_number, to_jsonb(delivered) from %s as delivered
            where delivered.delivery_id = $1 and delivered.row_number = any($2)', parent
        ) using p_delivery_id, p_row_numbers;
    end if;
end
$$;
comment on function restricted.delivered_rows(bigint, integer[]) is 'Rows of a delivery as they were loaded; none where the slice is no longer kept · 某交付的已载入行，分区已清除则无';
