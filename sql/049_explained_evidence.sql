-- What a signal rests on: from its evidence to the rows and columns of the senders' files.

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
            columns.unit,
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
                    'unit', nullif(file_columns.unit, ''),
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
comment on column restricted.flag_evidence.delivered_row is 'The whole row as it was loaded, in the file''s order: column, letters, header, label, unit, value, fault; personal data · 整行内容（载入值，按文件列序），含个人信息';
comment on column restricted.flag_evidence.village_code is 'Village in that month · 当月行政村代码';
