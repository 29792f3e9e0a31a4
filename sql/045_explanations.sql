-- Why a household is on a list: from a signal to its parameter, the policy sentence and the rows in the senders' files.
-- The marts do not exist before the first month is published, so what reads them is plpgsql: looked up when it runs.

create table if not exists ops.extract_columns (
    source text not null,
    extract text not null,
    column_name text not null,
    place integer not null,
    header text not null,
    label text not null,
    unit text not null,
    is_personal boolean not null,
    primary key (source, extract, column_name)
);
comment on table ops.extract_columns is 'The columns of each kind of file, from the contracts. One row per extract and column · 各种交付的列，来自契约，每种每列一行';
comment on column ops.extract_columns.source is 'Department · 来源部门';
comment on column ops.extract_columns.extract is 'Kind of file · 交付种类';
comment on column ops.extract_columns.column_name is 'Column of the raw table · 原始表列名';
comment on column ops.extract_columns.place is 'Order in the contract · 契约中的次序';
comment on column ops.extract_columns.header is 'Chinese header, with the one above it where there are two · 列名，两级表头以斜线相连';
comment on column ops.extract_columns.label is 'English label · 英文名称';
comment on column ops.extract_columns.unit is 'Unit; empty where there is none · 单位';
comment on column ops.extract_columns.is_personal is 'Whether its values are personal data · 是否个人信息';

alter table ops.extracts add column if not exists department_zh text;
alter table ops.extracts add column if not exists department_en text;
comment on column ops.extracts.department_zh is 'Name of the department, in Chinese · 部门名称';
comment on column ops.extracts.department_en is 'Name of the department, in English · 部门名称（英文）';

create table if not exists restricted.evidence_links (
    month date not null,
    household_key text not null,
    delivery_id bigint not null,
    row_number integer not null,
    is_queued boolean not null,
    person_key text,
    tier integer,
    reason text not null,
    rule_codes text[]
);
create index if not exists evidence_links_household on restricted.evidence_links (household_key, month);
comment on table restricted.evidence_links is 'How the rows that a month''s signals point at were linked, and queued records that may be about a member, as published. One row per month, household, row and person · 各月信号所依据行的匹配方式及可能相关的待核记录（按发布时），每月每户每行每人一条';
comment on column restricted.evidence_links.month is 'Month, first day · 月份首日';
comment on column restricted.evidence_links.household_key is 'Pseudonym of the household · 户假名';
comment on column restricted.evidence_links.delivery_id is 'The delivery · 交付编号';
comment on column restricted.evidence_links.row_number is 'Row as the sender sees it, from 1 · 原文件行号';
comment on column restricted.evidence_links.is_queued is 'A queued record that may be about a member, not a link · 是否为待核记录';
comment on column restricted.evidence_links.person_key is 'Whom it was linked to, or may be about; null where only the household is certain · 人假名，仅能确定到户时为空';
comment on column restricted.evidence_links.tier is 'Tier that linked it, 0 to 4; null where queued · 匹配层级（0–4），待核为空';
comment on column restricted.evidence_links.reason is 'Why · 理由';
comment on column restricted.evidence_links.rule_codes is 'Rules that a queued record matters to · 待核记录可能影响的规则';

alter table restricted.read_log add column if not exists what text not null default 'household_card';
alter table restricted.read_log add column if not exists month date;
comment on table restricted.read_log is 'Every card and explanation that was read. One row per household and read · 入户卡与命中说明的查阅日志，每次每户一行';
comment on column restricted.read_log.what is 'View that was read · 所查阅的视图';
comment on column restricted.read_log.month is 'Month explained; null for cards · 所说明的月份，入户卡为空';

create or replace function ops.column_letters(p_position integer)
returns text
language sql immutable parallel safe strict
as $$
    select
        case when p_position >= 702 then chr(65 + (p_position - 702) / 676) else '' end
        || case when p_position >= 26 then chr(65 + (p_position - 26) / 26 % 26) else '' end
        || chr(65 + p_position % 26)
$$;
comment on function ops.column_letters(integer) is 'A spreadsheet''s letters of a column, counted from 0 · 电子表格列号（从0起）对应的字母';

create or replace function ops.figure(p_value text)
returns text
language sql immutable parallel safe
as $$
    select case
        when p_value is null then '–'
        when p_value ~ '^-?[0-9]+(\.[0-9]+)?$'
            then rtrim(to_char(round(p_value::numeric, 2), 'FM999,999,999,999,990.99'), '.')
        when p_value ~ '^[0-9]{4}-[0-9]{2}-01$' then left(p_value, 7)
        else p_value
    end
$$;
comment on function ops.figure(text) is 'A figure as people write it; – where there is none · 数值的书写形式，无值为“–”';

create or replace function ops.filled_sentence(p_sentence text, p_values jsonb)
returns text
language plpgsql immutable parallel safe
as $$
declare
    place text[];
    said text := p_sentence;
    value text;
begin
    for place in select regexp_matches(p_sentence, '\{([a-z0-9_.]+)(%?)\}', 'g') loop
        value := p_values ->> place[1];
        said := replace(
            said,
            '{' || place[1] || place[2] || '}',
            case
                when place[2] = '%' and value is not null then ops.figure((value::numeric * 100)::text) || '%'
                else ops.figure(value)
            end
        );
    end loop;
    return said;
end
$$;
comment on function ops.filled_sentence(text, jsonb) is 'A sentence of dim_rule_sentence with its figures · 填入数值的通俗说法';

create or replace function ops.link_reason_zh(p_reason text)
returns text
language sql immutable parallel safe strict
as $$
    select string_agg(coalesce(known.zh, reasons.en), '；' order by reasons.place)
    from regexp_split_to_table(p_reason, '; ') with ordinality as reasons (en, place)
    left join (
        values
        ('household number and name of a member', '户编号与成员姓名一致'),
        ('ID number and name', '证件号码与姓名一致'),
        ('first 17 digits of the ID number and name', '证件号码前17位与姓名一致'),
        ('name, birth date and village', '姓名、出生日期与行政村一致，且仅一人符合'),
        ('the department''s own number and name', '部门人员编号与姓名一致'),
        ('the ID number is this person''s', '证件号码是此人的'),
        ('name and village are this person''s', '姓名与行政村是此人的'),
        ('birth date and village are this person''s, the name is like it', '出生日期与行政村是此人的，姓名相近'),
        ('other records under this department number are this person''s', '该部门编号的其他记录是此人的')
    ) as known (en, zh) on known.en = reasons.en
$$;
comment on function ops.link_reason_zh(text) is 'Why a record was linked or queued, in Chinese · 匹配或待核理由的中文';

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

create or replace function restricted.explained_flags(p_household_key text, p_month date)
returns table (
    rule_code text,
    title_zh text,
    title_en text,
    severity text,
    state text,
    why_zh text,
    why_en text,
    observed_value numeric,
    threshold_value numeric,
    parameters jsonb,
    policies jsonb,
    needs jsonb,
    definition_zh text,
    definition_en text,
    queued_candidate_count integer,
    evidence_count integer,
    village_code text
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    if not restricted.admit(p_household_key, p_month, 'flag_explanations') then
        return;
    end if;
    return query
    with

    facts as (
        select * from marts.fct_household_month
        where fct_household_month.month = p_month and fct_household_month.household_key = p_household_key
    ),

    signals as (
        select * from marts.fct_household_risk_signal
        where
            fct_household_risk_signal.month = p_month
            and fct_household_risk_signal.household_key = p_household_key
    ),

    rules as (
        select * from marts.dim_risk_rule
    ),

    -- A premium's subsidy depends on the member: the lists that the evidence shows them on.
    subsidised as (
        select distinct
            signals.rule_code,
            case deliveries.extract
                when 'extreme_poverty' then 'extreme_poverty'
                when 'allowances' then 'allowance'
                when 'members' then 'monitored'
            end as population_group
        from signals
        cross join lateral jsonb_array_elements(signals.evidence) as pieces (item)
        inner join ops.deliveries on deliveries.delivery_id = (pieces.item ->> 'delivery_id')::bigint
        where signals.rule_code = 'MED04'
    ),

    used as (
        select
            rules.rule_code,
            names.parameter,
            names.place,
            in_force.population_group,
            in_force.value,
            in_force.unit,
            in_force.division_code,
            in_force.valid_from,
            in_force.valid_to,
            in_force.source,
            in_force.is_default
        from facts
        cross join rules
        cross join lateral regexp_split_to_table(rules.parameters, ', *') with ordinality as names (parameter, place)
        left join marts.dim_parameter_month as in_force
            on
                in_force.month = p_month
                and in_force.village_code = facts.village_code
                and in_force.parameter = names.parameter
                and in_force.is_applicable
                and (
                    in_force.population_group in ('', 'scarce')
                    or in_force.population_group = case when facts.is_assisted then 'assisted' else 'other' end
                    or (
                        in_force.parameter = 'premium_subsidy_ratio'
                        and (
                            not exists (select from subsidised where subsidised.population_group is not null)
                            or in_force.population_group in (select subsidised.population_group from subsidised)
                        )
                    )
                )
    ),

    parameters_of as (
        select
            used.rule_code,
            jsonb_agg(
                (to_jsonb(used) - array['rule_code', 'place']) || jsonb_build_object(
                    'division_name', divisions.division_name,
                    'is_missing', used.value is null
                )
                order by used.place, used.population_group
            ) as parameters,
            jsonb_object_agg('parameter.' || used.parameter, used.value) as figures,
            string_agg(distinct used.parameter, ', ') filter (where used.value is null) as missing
        from used
        left join marts.dim_division as divisions on divisions.division_code = rpad(used.division_code, 12, '0')
        group by used.rule_code
    ),

    policies_of as (
        select
            policies.rule_code,
            jsonb_agg(to_jsonb(policies) - 'rule_code' order by policies.policy_ref) as policies
        from marts.dim_policy_sentence as policies
        group by policies.rule_code
    ),

    needs_of as (
        select
            needed.rule_code,
            jsonb_agg(to_jsonb(needed) - array['month', 'rule_code'] order by needed.source, needed.extract) as needs,
            bool_and(needed.is_fresh) as is_ready,
            string_agg(
                needed.title_zh || coalesce(
                    '（数据日期' || needed.data_date || '，距月末' || needed.age_days || '天，超过' || needed.max_age_days || '天）',
                    '（当月没有可用的交付）'
                ), '、' order by needed.source, needed.extract
            ) filter (where not needed.is_fresh) as wanting_zh,
            string_agg(
                needed.title_en || coalesce(
                    ' (of ' || needed.data_date || ', ' || needed.age_days || ' days old at the month''s end, more than '
                    || needed.max_age_days || ')',
                    ' (nothing was delivered that counts)'
                ), ', ' order by needed.source, needed.extract
            ) filter (where not needed.is_fresh) as wanting_en
        from marts.dim_rule_need_month as needed
        where needed.month = p_month
        group by needed.rule_code
    ),

    judged as (
        select
            rules.*,
            coalesce(signals.state, 'clear') as state,
            signals.observed_value,
            signals.threshold_value,
            coalesce(signals.queued_candidate_count, 0) as queued_candidate_count,
            coalesce(jsonb_array_length(signals.evidence), 0) as evidence_count,
            facts.village_code,
            to_jsonb(facts) || jsonb_build_object(
                'observed', signals.observed_value, 'threshold', signals.threshold_value
            ) as figures
        from facts
        cross join rules
        left join signals on signals.rule_code = rules.rule_code
    )

    select
        judged.rule_code,
        judged.title_zh,
        judged.title_en,
        judged.severity,
        judged.state,
        case
            when judged.state = 'unknown' and not needs_of.is_ready
                then '缺少当月可用的名单：' || needs_of.wanting_zh || '。没有数据不等于安全。'
            when judged.state = 'unknown' and parameters_of.missing is not null
                then '参数' || parameters_of.missing || '在月末没有有效值，也没有默认值。'
            else ops.filled_sentence(sentences.sentence_zh, coalesce(parameters_of.figures, '{}') || judged.figures)
        end as why_zh,
        case
            when judged.state = 'unknown' and not needs_of.is_ready
                then 'A list the rule cannot do without is wanting: ' || needs_of.wanting_en || '. No data is not safety.'
            when judged.state = 'unknown' and parameters_of.missing is not null
                then 'No value of ' || parameters_of.missing || ' holds on the month''s last day, and there is no default.'
            else ops.filled_sentence(sentences.sentence_en, coalesce(parameters_of.figures, '{}') || judged.figures)
        end as why_en,
        judged.observed_value::numeric,
        judged.threshold_value::numeric,
        coalesce(parameters_of.parameters, '[]') as parameters,
        coalesce(policies_of.policies, '[]') as policies,
        coalesce(needs_of.needs, '[]') as needs,
        judged.definition_zh,
        judged.definition_en,
        judged.queued_candidate_count,
        judged.evidence_count,
        judged.village_code
    from judged
    left join lateral (
        select known.sentence_zh, known.sentence_en
        from marts.dim_rule_sentence as known
        where
            known.rule_code = judged.rule_code
            and known.state = judged.state
            and (
                known.variant = ''
                or (known.variant = 'without_value' and judged.observed_value is null)
                or (known.variant = 'without_row' and judged.evidence_count = 0)
            )
        order by known.variant desc
        limit 1
    ) as sentences on true
    left join parameters_of on parameters_of.rule_code = judged.rule_code
    left join policies_of on policies_of.rule_code = judged.rule_code
    left join needs_of on needs_of.rule_code = judged.rule_code;
end
$$;
comment on function restricted.explained_flags(text, date) is 'The rules of one household and month, explained: what restricted.flag_explanations shows · 一户一月各规则的说明';

create or replace function restricted.explained_evidence(p_household_key text, p_month date)
returns table (
    rule_code text,
    state text,
    place bigint,
    kind text,
    department_zh text,
    department_en text,
    source text,
    "extract" text, -- noqa: RF06
    title_zh text,
    title_en text,
    delivery_id bigint,
    file_name text,
    relative_path text,
    delivered_month text,
    data_date date,
    received_at timestamptz,
    sheet text,
    row_number integer,
    column_letters text,
    column_header text,
    value text,
    threshold numeric,
    parameter text,
    cell text,
    person_key text,
    link_tier integer,
    link_reason_zh text,
    link_reason_en text,
    is_row_kept boolean,
    delivered_row jsonb,
    village_code text
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    if not restricted.admit(p_household_key, p_month, 'flag_evidence') then
        return;
    end if;
    return query
    with

    signals as (
        select * from marts.fct_household_risk_signal
        where
            fct_household_risk_signal.month = p_month
            and fct_household_risk_signal.household_key = p_household_key
    ),

    known_links as (
        select * from restricted.evidence_links
        where evidence_links.month = p_month and evidence_links.household_key = p_household_key
    ),

    pointed_at as (
        select
            signals.rule_code,
            pieces.place,
            case when pieces.item ->> 'row' is null then 'searched' else 'row' end as kind,
            (pieces.item ->> 'delivery_id')::bigint as delivery_id,
            (pieces.item ->> 'row')::integer as row_number,
            pieces.item ->> 'column' as header,
            pieces.item ->> 'value' as value,
            (pieces.item ->> 'threshold')::numeric as threshold,
            pieces.item ->> 'parameter' as parameter,
            null::text as person_key,
            null::text as reason
        from signals
        cross join lateral jsonb_array_elements(signals.evidence) with ordinality as pieces (item, place)

        union all

        -- A signal that nobody could judge, and no row to show for it: the lists that were looked through.
        select
            signals.rule_code,
            row_number() over (partition by signals.rule_code order by ids.delivery_id) as place,
            'searched' as kind,
            ids.delivery_id,
            null as row_number,
            null as header,
            null as value,
            null as threshold,
            null as parameter,
            null as person_key,
            null as reason
        from signals
        inner join marts.dim_rule_need_month as needed
            on needed.month = p_month and needed.rule_code = signals.rule_code
        cross join lateral unnest(needed.delivery_ids) as ids (delivery_id)
        where signals.evidence = '[]'

        union all

        select
            signals.rule_code,
            1000000 + row_number() over (
                partition by signals.rule_code order by queued.delivery_id, queued.row_number, queued.person_key
            ) as place,
            'queued' as kind,
            queued.delivery_id,
            queued.row_number,
            null as header,
            null as value,
            null as threshold,
            null as parameter,
            queued.person_key,
            queued.reason
        from signals
        inner join known_links as queued on queued.is_queued and signals.rule_code = any(queued.rule_codes)
    ),

    items as (
        select
            pointed_at.*,
            deliveries.source,
            deliveries.extract,
            deliveries.file_name,
            deliveries.relative_path,
            deliveries.month as delivered_month,
            deliveries.data_date,
            deliveries.registered_at,
            deliveries.layout
        from pointed_at
        inner join ops.deliveries on deliveries.delivery_id = pointed_at.delivery_id
    ),

    wanted_rows as (
        select
            items.delivery_id,
            array_agg(distinct items.row_number) as row_numbers
        from items
        where items.row_number is not null
        group by items.delivery_id
    ),

    delivered as (
        select
            wanted_rows.delivery_id,
            rows.row_number,
            rows.cells
        from wanted_rows
        cross join lateral restricted.delivered_rows(wanted_rows.delivery_id, wanted_rows.row_numbers) as rows
    ),

    -- Each column of the contract where this file has it; files read before their layout said so: in contract order.
    file_columns as (
        select
            files.delivery_id,
            columns.column_name,
            columns.header,
            columns.label,
            columns.place,
            (files.layout -> 'positions' ->> columns.column_name)::integer as position,
            coalesce(
                files.layout -> 'headers' ->> (files.layout -> 'positions' ->> columns.column_name)::integer,
                columns.header
            ) as header_in_file
        from (select distinct items.delivery_id, items.source, items.extract, items.layout from items) as files
        inner join ops.extract_columns as columns
            on columns.source = files.source and columns.extract = files.extract
        where files.layout -> 'positions' is null or files.layout -> 'positions' ? columns.column_name
    ),

    whole_rows as (
        select
            delivered.delivery_id,
            delivered.row_number,
            jsonb_agg(
                jsonb_strip_nulls(jsonb_build_object(
                    'column', file_columns.column_name,
                    'letters', ops.column_letters(file_columns.position),
                    'header', file_columns.header_in_file,
                    'label', file_columns.label,
                    'fault', delivered.cells ->> (file_columns.column_name || '_fault')
                )) || jsonb_build_object('value', delivered.cells -> file_columns.column_name)
                order by file_columns.position, file_columns.place
            ) as delivered_row
        from delivered
        inner join file_columns on file_columns.delivery_id = delivered.delivery_id
        group by delivered.delivery_id, delivered.row_number
    ),

    -- Evidence names a column as the contract does: `户主/姓名`, `姓名`, or two that were added.
    cells as (
        select
            items.rule_code,
            items.place,
            string_agg(ops.column_letters(found.position), ' + ' order by names.place) as column_letters,
            string_agg(coalesce(found.header_in_file, names.header), ' + ' order by names.place) as column_header,
            string_agg(
                case delivered.cells -> found.column_name
                    when 'true' then '是'
                    when 'false' then '否'
                    else delivered.cells ->> found.column_name
                end, ' + ' order by names.place
            ) as cell
        from items
        cross join lateral regexp_split_to_table(items.header, ' \+ ') with ordinality as names (header, place)
        left join lateral (
            select file_columns.*
            from file_columns
            where
                file_columns.delivery_id = items.delivery_id
                and names.header in (file_columns.header, regexp_replace(file_columns.header, '^.*/', ''))
            order by file_columns.header = names.header desc, file_columns.place desc
            limit 1
        ) as found on true
        left join delivered
            on delivered.delivery_id = items.delivery_id and delivered.row_number = items.row_number
        group by items.rule_code, items.place
    )

    select
        items.rule_code,
        signals.state,
        row_number() over (partition by items.rule_code order by items.place) as place,
        items.kind,
        extracts.department_zh,
        extracts.department_en,
        items.source,
        items.extract,
        extracts.title as title_zh,
        extracts.label as title_en,
        items.delivery_id,
        items.file_name,
        items.relative_path,
        items.delivered_month,
        items.data_date,
        items.registered_at as received_at,
        coalesce(items.layout ->> 'sheet', '') as sheet,
        items.row_number,
        cells.column_letters,
        cells.column_header,
        items.value,
        items.threshold,
        items.parameter,
        cells.cell,
        coalesce(items.person_key, links.person_key, persons.person_key) as person_key,
        links.tier as link_tier,
        case
            when items.kind = 'queued' then ops.link_reason_zh(items.reason)
            when items.kind = 'searched' then null
            when links.reason is not null then ops.link_reason_zh(links.reason)
            when (items.source, items.extract) = ('registry', 'members') then '农户名册本身的行，户由名册确定'
            when items.source = 'registry' then '名册的户编号一致'
            when (items.source, items.extract) = ('water', 'quality_tests') then '本户饮水状况所载的供水工程编号一致'
        end as link_reason_zh,
        case
            when items.kind = 'queued' then items.reason
            when items.kind = 'searched' then null
            when links.reason is not null then links.reason
            when (items.source, items.extract) = ('registry', 'members')
                then 'a row of the roster itself, which says who the household is'
            when items.source = 'registry' then 'the roster''s household number'
            when (items.source, items.extract) = ('water', 'quality_tests')
                then 'the number of the scheme in the household''s water row'
        end as link_reason_en,
        case when items.row_number is not null then delivered.cells is not null end as is_row_kept,
        whole_rows.delivered_row,
        facts.village_code
    from items
    inner join signals on signals.rule_code = items.rule_code
    inner join marts.fct_household_month as facts
        on facts.month = p_month and facts.household_key = p_household_key
    left join ops.extracts on extracts.source = items.source and extracts.extract = items.extract
    left join cells on cells.rule_code = items.rule_code and cells.place = items.place
    left join delivered on delivered.delivery_id = items.delivery_id and delivered.row_number = items.row_number
    left join whole_rows
        on whole_rows.delivery_id = items.delivery_id and whole_rows.row_number = items.row_number
    left join known_links as links
        on
            items.kind = 'row'
            and not links.is_queued
            and links.delivery_id = items.delivery_id
            and links.row_number = items.row_number
    left join restricted.persons
        on
            (items.source, items.extract) = ('registry', 'members')
            and persons.person_no = delivered.cells ->> 'person_no';
end
$$;
comment on function restricted.explained_evidence(text, date) is 'The evidence of one household and month down to the delivered rows: what restricted.flag_evidence shows · 一户一月的证据，直至报送文件的行';

create or replace view restricted.flag_explanations with (security_barrier = true) as
with

published as (
    select distinct builds.month from ops.builds
    where builds.status = 'published'
)

select
    households.household_key,
    published.month,
    explained.*
from restricted.households
cross join published
cross join lateral restricted.explained_flags(households.household_key, published.month) as explained
where restricted.may_see_village(current_user, explained.village_code);
comment on view restricted.flag_explanations is 'Every rule of a household of the reader''s divisions, explained; name household_key and month; each read is logged. One row per household, published month and rule · 本辖区各户各规则的说明，查询时请指定户与月份，逐户记录查阅，每户每月每条规则一行';

create or replace view restricted.flag_evidence with (security_barrier = true) as
with

published as (
    select distinct builds.month from ops.builds
    where builds.status = 'published'
)

select
    households.household_key,
    published.month,
    explained.*
from restricted.households
cross join published
cross join lateral restricted.explained_evidence(households.household_key, published.month) as explained
where restricted.may_see_village(current_user, explained.village_code);
comment on view restricted.flag_evidence is 'What a signal rests on, down to the rows in the senders'' files; name household_key and month; each read is logged. One row per household, published month, rule and piece of evidence · 命中所依据的证据，直至报送文件的行，查询时请指定户与月份，逐户记录查阅，每户每月每条规则每项证据一行';

comment on column restricted.flag_explanations.household_key is 'Pseudonym · 户假名';
comment on column restricted.flag_explanations.month is 'Month, first day · 月份首日';
comment on column restricted.flag_explanations.rule_code is 'Rule · 规则代码';
comment on column restricted.flag_explanations.title_zh is 'Name of the rule · 规则名称';
comment on column restricted.flag_explanations.title_en is 'Name in English · 规则名称（英文）';
comment on column restricted.flag_explanations.severity is 'red or yellow · 严重程度：红、黄';
comment on column restricted.flag_explanations.state is 'flagged, exempt, unknown or clear · 命中、豁免、未知、正常';
comment on column restricted.flag_explanations.why_zh is 'Why, in one sentence · 一句话原因';
comment on column restricted.flag_explanations.why_en is 'Why, in one sentence of English · 一句话原因（英文）';
comment on column restricted.flag_explanations.observed_value is 'What was seen; null where clear · 观测值，正常为空';
comment on column restricted.flag_explanations.threshold_value is 'What it was held against · 对照的标准值';
comment on column restricted.flag_explanations.parameters is 'The rows that gave the rule''s parameters their value in this village and month: parameter, population_group, value, unit, division_code, division_name, valid_from, valid_to, source, is_default, is_missing · 所用参数及其出处';
comment on column restricted.flag_explanations.policies is 'The policy''s own sentences: policy_ref, document, issued_as, place, sentence · 政策原文及出处';
comment on column restricted.flag_explanations.needs is 'Lists the rule cannot do without: source, extract, is_fresh, data_date, age_days, max_age_days, delivery_ids · 规则必需的名单及其时效';
comment on column restricted.flag_explanations.definition_zh is 'The rule · 规则定义';
comment on column restricted.flag_explanations.definition_en is 'The rule, in English · 规则定义（英文）';
comment on column restricted.flag_explanations.queued_candidate_count is 'Queued records that may be about a member and matter to the rule: look at them first · 可能相关的待核记录数，应先核实';
comment on column restricted.flag_explanations.evidence_count is 'Pieces of evidence · 证据项数';
comment on column restricted.flag_explanations.village_code is 'Village in that month · 当月行政村代码';

comment on column restricted.flag_evidence.household_key is 'Pseudonym · 户假名';
comment on column restricted.flag_evidence.month is 'Month, first day · 月份首日';
comment on column restricted.flag_evidence.rule_code is 'Rule · 规则代码';
comment on column restricted.flag_evidence.state is 'State of the signal · 信号状态';
comment on column restricted.flag_evidence.place is 'Number of the piece within the signal · 证据序号';
comment on column restricted.flag_evidence.kind is 'row = a row it rests on, searched = a delivery searched in vain, queued = a queued record that may be about a member · 依据行、检索过的交付、可能相关的待核记录';
comment on column restricted.flag_evidence.department_zh is 'Department · 部门';
comment on column restricted.flag_evidence.department_en is 'Department, in English · 部门（英文）';
comment on column restricted.flag_evidence.source is 'Department''s name in the warehouse · 来源部门代号';
comment on column restricted.flag_evidence.extract is 'Kind of file · 交付种类';
comment on column restricted.flag_evidence.title_zh is 'Title of the kind of file · 名单名称';
comment on column restricted.flag_evidence.title_en is 'Title in English · 名单名称（英文）';
comment on column restricted.flag_evidence.delivery_id is 'Number of the delivery · 交付编号';
comment on column restricted.flag_evidence.file_name is 'File · 文件名';
comment on column restricted.flag_evidence.relative_path is 'Path below the landing folder · 相对路径';
comment on column restricted.flag_evidence.delivered_month is 'Data month of the delivery, YYYYMM · 交付的数据月份';
comment on column restricted.flag_evidence.data_date is 'Date up to which it speaks · 数据日期';
comment on column restricted.flag_evidence.received_at is 'When it was registered · 登记时间';
comment on column restricted.flag_evidence.sheet is 'Sheet; empty for text files · 工作表，文本文件为空';
comment on column restricted.flag_evidence.row_number is 'Row as the sender sees it, from 1; null where the whole delivery was searched · 原文件行号，整份检索时为空';
comment on column restricted.flag_evidence.column_letters is 'Spreadsheet letters of the column · 列字母';
comment on column restricted.flag_evidence.column_header is 'Header as it stands in the file; two that were added are joined by + · 文件中的列名，相加的两列以 + 相连';
comment on column restricted.flag_evidence.value is 'What the rule took from it · 规则所取的值';
comment on column restricted.flag_evidence.threshold is 'What it was held against · 对照的标准';
comment on column restricted.flag_evidence.parameter is 'Parameter the threshold comes from · 标准所属参数';
comment on column restricted.flag_evidence.cell is 'The cell as it was loaded; personal data · 单元格载入值，可能含个人信息';
comment on column restricted.flag_evidence.person_key is 'Pseudonym of the person; null where only the household is certain · 人假名，仅能确定到户时为空';
comment on column restricted.flag_evidence.link_tier is 'Tier that linked the row, 0 to 4; null where no matching was needed · 匹配层级（0–4），无需匹配时为空';
comment on column restricted.flag_evidence.link_reason_zh is 'How the row leads to the household · 该行与本户的对应依据';
comment on column restricted.flag_evidence.link_reason_en is 'How the row leads to the household, in English · 该行与本户的对应依据（英文）';
comment on column restricted.flag_evidence.is_row_kept is 'Whether the warehouse still holds the row; null where none is meant · 库中是否仍保留该行，不涉及行时为空';
comment on column restricted.flag_evidence.delivered_row is 'The whole row as it was loaded, in the file''s order: column, letters, header, label, value, fault; personal data · 整行内容（载入值，按文件列序），含个人信息';
comment on column restricted.flag_evidence.village_code is 'Village in that month · 当月行政村代码';
