-- The queue of persons for those who decide: what waits (no personal data), a look at one (written down), a decision.

alter table restricted.read_log alter column household_key drop not null;
alter table restricted.read_log add column if not exists queue_id bigint;
comment on table restricted.read_log is 'Every card, explanation and record in doubt that was read. One row per household and read · 入户卡、命中说明与待核记录的查阅日志，每次每户一行';
comment on column restricted.read_log.household_key is 'Whose card; of a record in doubt a candidate''s household, null where it has none · 被查阅的户；待核记录为候选人所在户，无候选人为空';
comment on column restricted.read_log.queue_id is 'Record in doubt that was read; null for cards · 所查阅的待核编号，入户卡为空';

-- A record is its village's and its candidates'; one that names neither is for those who may see everything.
create or replace function restricted.queue_places(p_source text, p_extract text, p_record_key text)
returns table (village_code text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    with rows_now as (
        select queue_records.*
        from restricted.queue_records
        where (queue_records.source, queue_records.extract, queue_records.record_key)
            = (p_source, p_extract, p_record_key)
    ),

    places as (
        select rows_now.village_code from rows_now
        union
        select queue_candidates.village_code
        from rows_now
        inner join restricted.queue_candidates using (month, delivery_id, row_number)
    )

    select places.village_code from places where places.village_code is not null
    union all
    select '000000000000' where not exists (select from places where places.village_code is not null)
$$;
comment on function restricted.queue_places(text, text, text) is 'Villages whose caseworkers may look at a record in doubt · 可查看该待核记录的行政村';

create or replace function restricted.may_see_queued(p_role name, p_source text, p_extract text, p_record_key text)
returns boolean
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return restricted.may_see(p_role, '000000000000') or exists (
        select
        from restricted.queue_places(p_source, p_extract, p_record_key) as places
        where restricted.may_see_village(p_role, places.village_code)
    );
end
$$;
comment on function restricted.may_see_queued(name, text, text, text) is 'Whether a role may look at a record in doubt · 角色是否可查看该待核记录';

create or replace view restricted.queue_states as
with

last_rows as (
    select
        queue_records.source,
        queue_records.extract,
        queue_records.record_key,
        queue_records.month,
        min(queue_records.state) as state,
        min(queue_records.reason) as reason,
        max(queue_records.candidate_count) as candidate_count,
        max(queue_records.rows_together) as rows_together,
        count(*) as row_count,
        min(queue_records.lapsed_because) as lapsed_because,
        bool_or(queue_records.is_counting) as is_counting,
        rank() over (
            partition by queue_records.source, queue_records.extract, queue_records.record_key
            order by bool_or(queue_records.is_counting) desc, queue_records.month desc
        ) as place
    from restricted.queue_records
    group by queue_records.source, queue_records.extract, queue_records.record_key, queue_records.month
)

select
    items.queue_id,
    items.source,
    items.extract,
    items.record_key,
    extracts.title as title_zh,
    extracts.label as title_en,
    items.first_seen_at,
    to_char(last_rows.month, 'YYYYMM') as month,
    last_rows.row_count,
    last_rows.reason,
    last_rows.candidate_count,
    last_rows.lapsed_because,
    decisions.decision_id,
    decisions.decision,
    decisions.decided_by,
    decisions.decided_at,
    case
        when decisions.decision_id is null then 'open'
        when last_rows.state = 'lapsed' then 'lapsed'
        else 'decided'
    end as state
from restricted.queue_items as items
inner join last_rows
    on
    items.source = last_rows.source
    and items.extract = last_rows.extract
    and items.record_key = last_rows.record_key
    and last_rows.place = 1
left join restricted.queue_decisions as decisions
    on
    items.source = decisions.source
    and items.extract = decisions.extract
    and items.record_key = decisions.record_key
    and decisions.revoked_at is null
left join ops.extracts on items.source = extracts.source and items.extract = extracts.extract
where last_rows.is_counting;
comment on view restricted.queue_states is 'How every record whose person is in doubt stands, whoever may see it. One row per record · 全部待核记录的现状（不分辖区），每个记录一行';
comment on column restricted.queue_states.queue_id is 'Number in the queue · 待核编号';
comment on column restricted.queue_states.source is 'Department · 来源部门';
comment on column restricted.queue_states.extract is 'Kind of file · 交付种类';
comment on column restricted.queue_states.record_key is 'Digest of what identifies the record, as in queue_items · 记录标识摘要，同 queue_items';
comment on column restricted.queue_states.title_zh is 'Title of the kind of file · 名单名称';
comment on column restricted.queue_states.title_en is 'Title in English · 名单名称（英文）';
comment on column restricted.queue_states.first_seen_at is 'When it was first published in doubt · 首次待核时间';
comment on column restricted.queue_states.month is 'Last published month in which it counts, YYYYMM · 最近计入的已发布月份';
comment on column restricted.queue_states.row_count is 'Its rows in that month · 该月行数';
comment on column restricted.queue_states.reason is 'Why no tier linked it · 未匹配原因';
comment on column restricted.queue_states.candidate_count is 'Persons it may be about · 候选人数';
comment on column restricted.queue_states.lapsed_because is 'Why the decision on it does not hold; null where it does · 决定失效原因，有效则为空';
comment on column restricted.queue_states.decision_id is 'Decision that stands; null while there is none · 现行决定编号，尚无则为空';
comment on column restricted.queue_states.decision is 'person, nobody or elsewhere · 此人、名册中无此人、外县人员';
comment on column restricted.queue_states.decided_by is 'Who decided · 决定人';
comment on column restricted.queue_states.decided_at is 'When · 决定时间';
comment on column restricted.queue_states.state is 'open, lapsed or decided · 待核、决定失效、已核定';

-- Asked by village and not by record: there are thousands of records and few villages. As restricted.may_see_queued.
create or replace view restricted.queue with (security_barrier = true) as
with

places as (
    select
        queue_records.source,
        queue_records.extract,
        queue_records.record_key,
        queue_records.village_code
    from restricted.queue_records
    union
    select
        queue_records.source,
        queue_records.extract,
        queue_records.record_key,
        queue_candidates.village_code
    from restricted.queue_candidates
    inner join restricted.queue_records using (month, delivery_id, row_number)
),

villages as materialized (
    select distinct places.village_code
    from places
    where places.village_code is not null
),

seen as materialized (
    select villages.village_code
    from villages
    where restricted.may_see_village(current_user, villages.village_code)
),

visible as (
    select
        places.source,
        places.extract,
        places.record_key
    from places
    inner join seen on places.village_code = seen.village_code
)

select
    states.queue_id,
    states.source,
    states.extract,
    states.title_zh,
    states.title_en,
    states.first_seen_at,
    states.month,
    states.row_count,
    states.reason,
    states.candidate_count,
    states.lapsed_because,
    states.decision_id,
    states.decision,
    states.decided_by,
    states.decided_at,
    states.state
from restricted.queue_states as states
where
    (select restricted.may_see(current_user, '000000000000'))
    or (states.source, states.extract, states.record_key) in (select visible.* from visible);
comment on view restricted.queue is 'Records whose person is in doubt, in the reader''s divisions, without personal data. One row per record · 本人辖区内的待核记录，不含个人信息，每个记录一行';
comment on column restricted.queue.queue_id is 'Number in the queue · 待核编号';
comment on column restricted.queue.source is 'Department · 来源部门';
comment on column restricted.queue.extract is 'Kind of file · 交付种类';
comment on column restricted.queue.title_zh is 'Title of the kind of file · 名单名称';
comment on column restricted.queue.title_en is 'Title in English · 名单名称（英文）';
comment on column restricted.queue.first_seen_at is 'When it was first published in doubt · 首次待核时间';
comment on column restricted.queue.month is 'Last published month in which it counts, YYYYMM · 最近计入的已发布月份';
comment on column restricted.queue.row_count is 'Its rows in that month · 该月行数';
comment on column restricted.queue.reason is 'Why no tier linked it · 未匹配原因';
comment on column restricted.queue.candidate_count is 'Persons it may be about · 候选人数';
comment on column restricted.queue.lapsed_because is 'Why the decision on it does not hold; null where it does · 决定失效原因，有效则为空';
comment on column restricted.queue.decision_id is 'Decision that stands; null while there is none · 现行决定编号，尚无则为空';
comment on column restricted.queue.decision is 'person, nobody or elsewhere · 此人、名册中无此人、外县人员';
comment on column restricted.queue.decided_by is 'Who decided · 决定人';
comment on column restricted.queue.decided_at is 'When · 决定时间';
comment on column restricted.queue.state is 'open, lapsed or decided · 待核、决定失效、已核定';

create or replace function restricted.look_at_queue(p_queue_id bigint)
returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    item restricted.queue_items;
    shown_month date;
    rows_shown jsonb;
    candidates jsonb;
begin
    select * into item from restricted.queue_items where queue_id = p_queue_id;
    if not found or not restricted.may_see_queued(session_user, item.source, item.extract, item.record_key) then
        return null;
    end if;
    select records.month into shown_month
    from restricted.queue_records as records
    where (records.source, records.extract, records.record_key) = (item.source, item.extract, item.record_key)
    order by records.is_counting desc, records.month desc
    limit 1;

    with mine as (
        select records.*
        from restricted.queue_records as records
        where
            (records.source, records.extract, records.record_key) = (item.source, item.extract, item.record_key)
            and records.month = shown_month
        order by records.is_counting desc, records.delivery_id, records.row_number
        limit 20
    )

    select jsonb_agg(
        jsonb_build_object(
            'delivery_id', mine.delivery_id,
            'file_name', deliveries.file_name,
            'delivered_month', deliveries.month,
            'sheet', coalesce(deliveries.layout ->> 'sheet', ''),
            'row_number', mine.row_number,
            'village_code', mine.village_code,
            'reason', mine.reason,
            'cells', cells.cells
        )
        order by mine.delivery_id, mine.row_number
    ) into rows_shown
    from mine
    inner join ops.deliveries on deliveries.delivery_id = mine.delivery_id
    left join lateral (
        select jsonb_agg(
            jsonb_strip_nulls(jsonb_build_object(
                'column', columns.column_name,
                'header', columns.header,
                'label', columns.label,
                'fault', delivered.cells ->> (columns.column_name || '_fault'),
                'digits', case
                    when delivered.cells ->> columns.column_name is null
                        then delivered.cells ->> (columns.column_name || '_17')
                end
            )) || jsonb_build_object('value', delivered.cells -> columns.column_name)
            order by columns.place
        ) as cells
        from restricted.delivered_rows(mine.delivery_id, array[mine.row_number]) as delivered
        inner join ops.extract_columns as columns
            on columns.source = mine.source and columns.extract = mine.extract
    ) as cells on true;

    with persons as (
        select distinct on (people.person_key) people.*
        from restricted.queue_candidates as people
        inner join restricted.queue_records as records using (month, delivery_id, row_number)
        where
            (records.source, records.extract, records.record_key) = (item.source, item.extract, item.record_key)
            and records.month = shown_month
        order by people.person_key, people.delivery_id, people.row_number
    ),

    numbered as (
        select
            persons.*,
            row_number() over (order by persons.household_no collate "C", persons.person_key collate "C") as place
        from persons
    )

    select coalesce(
        jsonb_agg(
            jsonb_build_object(
                'place', numbered.place,
                'person_key', numbered.person_key,
                'household_key', numbered.household_key,
                'household_no', numbered.household_no,
                'name', numbered.name,
                'birth_date', numbered.birth_date,
                'id_17', numbered.id_17::text,
                'village_code', numbered.village_code,
                'last_month', numbered.last_month,
                'reasons', numbered.reasons,
                'reasons_zh', ops.link_reason_zh(numbered.reasons)
            )
            order by numbered.place
        ),
        '[]'
    ) into candidates
    from numbered;

    insert into restricted.read_log (role_name, household_key, what, month, queue_id)
    select session_user, seen.household_key, 'queue', shown_month, p_queue_id
    from (
        select distinct people.person ->> 'household_key' as household_key
        from jsonb_array_elements(candidates) as people (person)
        union all
        select null where candidates = '[]'
    ) as seen;

    return jsonb_build_object(
        'queue_id', item.queue_id,
        'source', item.source,
        'extract', item.extract,
        'record_key', item.record_key,
        'month', to_char(shown_month, 'YYYYMM'),
        'rows', coalesce(rows_shown, '[]'),
        'candidates', candidates,
        'decisions', (
            select coalesce(
                jsonb_agg((to_jsonb(decisions) - array['record_key', 'source', 'extract']) order by decisions.decision_id),
                '[]'
            )
            from restricted.queue_decisions as decisions
            where (decisions.source, decisions.extract, decisions.record_key)
                = (item.source, item.extract, item.record_key)
        )
    );
end
$$;
comment on function restricted.look_at_queue(bigint) is 'A record in doubt with its rows, candidates and decisions; null where the login may not see it; the look is written down · 查看一条待核记录及其候选人与历次核定，无权则为空，逐次记录查阅';

create or replace function restricted.decide_queued(
    p_queue_id bigint, p_decision text, p_person_key text, p_by text, p_reason text
)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    item restricted.queue_items;
    made bigint;
begin
    select * into item from restricted.queue_items where queue_id = p_queue_id;
    if not found or not restricted.may_see_queued(session_user, item.source, item.extract, item.record_key) then
        raise exception 'queue item %', p_queue_id using errcode = 'no_data_found';
    end if;
    insert into restricted.queue_decisions
        (source, extract, record_key, decision, person_key, rows_together, decided_by, reason)
    values (
        item.source, item.extract, item.record_key, p_decision, p_person_key,
        (
            select max(records.rows_together)
            from restricted.queue_records as records
            where (records.source, records.extract, records.record_key)
                = (item.source, item.extract, item.record_key)
        ),
        p_by, p_reason
    )
    returning decision_id into made;
    return made;
end
$$;
comment on function restricted.decide_queued(bigint, text, text, text, text) is 'Keeps a decision on a record in doubt; refuses a second one while the first stands · 登记一条核定，已有现行核定则拒绝';

create or replace function restricted.revoke_queued(p_queue_id bigint, p_by text, p_reason text)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    item restricted.queue_items;
    gone bigint;
begin
    select * into item from restricted.queue_items where queue_id = p_queue_id;
    if not found or not restricted.may_see_queued(session_user, item.source, item.extract, item.record_key) then
        raise exception 'queue item %', p_queue_id using errcode = 'no_data_found';
    end if;
    update restricted.queue_decisions as decisions
    set revoked_by = p_by, revoked_reason = p_reason, revoked_at = now()
    where
        (decisions.source, decisions.extract, decisions.record_key) = (item.source, item.extract, item.record_key)
        and decisions.revoked_at is null
    returning decisions.decision_id into gone;
    return gone;
end
$$;
comment on function restricted.revoke_queued(bigint, text, text) is 'Revokes the decision that stands; null where there is none · 撤销现行核定，没有则为空';
