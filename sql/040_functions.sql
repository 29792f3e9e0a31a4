-- What counts for a month, how names and birthdays compare, and the reconciliation that no delivery escapes.
-- (A bare `extract` is refused in a list of result columns.)

create or replace function ops.extracts_as_of(p_moment timestamptz)
returns table (
    source text,
    "extract" text, -- noqa: RF06
    title text,
    label text,
    kind text,
    max_age_days integer,
    one_part_per_year boolean
)
language sql stable parallel safe
as $$
    select
        history.source,
        history.extract,
        history.title,
        history.label,
        history.kind,
        history.max_age_days,
        history.one_part_per_year
    from ops.extract_history as history
    where history.known_from <= p_moment and (history.known_until is null or history.known_until > p_moment)
$$;
comment on function ops.extracts_as_of(timestamptz) is 'The kinds of file as they were agreed at a moment; infinity = now · 某一时刻的交付种类约定';

create or replace function ops.return_number(p_file_name text)
returns integer
language sql immutable parallel safe
as $$
    select
        case
            when normalize(p_file_name, nfkc) !~ '退回' then 0
            else greatest(1, nullif(substring(normalize(p_file_name, nfkc) from '退回([0-9]{0,2})'), '')::integer)
        end
$$;
comment on function ops.return_number(text) is 'How often a file had gone back to its sender, by the mark in its name: 退回 1, 退回2 2; 0 where there is none · 文件名中的退回次数，没有标记为 0';

-- An addition (a returned workbook, corrected) counts with the whole list it adds to, and goes when that is replaced.
create or replace function ops.winning_deliveries(p_month date, p_moment timestamptz)
returns table (
    source text,
    "extract" text, -- noqa: RF06
    part text,
    delivery_id bigint,
    file_name text,
    month text,
    data_date date,
    recency bigint
)
language sql stable parallel safe
as $$
    with placed as (
        select
            deliveries.*,
            row_number() over (
                partition by deliveries.source, deliveries.extract, deliveries.part, deliveries.month
                order by
                    deliveries.is_correction desc,
                    deliveries.name_date collate "C" desc nulls last,
                    deliveries.file_name collate "C" desc,
                    deliveries.delivery_id desc
            ) as place
        from ops.deliveries
        where
            deliveries.status = 'accepted'
            and not deliveries.is_addition
            and deliveries.month <= to_char(p_month, 'YYYYMM')
            and deliveries.accepted_at <= p_moment
    ),

    -- By the list's bytes, since a list that is read anew has another number; an addition that is, counts once.
    additions as (
        select distinct on (deliveries.relative_path, deliveries.sha256)
            deliveries.*,
            meant.sha256 as whole_sha256
        from ops.deliveries
        inner join ops.deliveries as meant on meant.delivery_id = deliveries.adds_to
        where
            deliveries.is_addition
            and deliveries.status = 'accepted'
            and deliveries.month <= to_char(p_month, 'YYYYMM')
            and deliveries.accepted_at <= p_moment
        order by deliveries.relative_path, deliveries.sha256, deliveries.delivery_id desc
    ),

    together as (
        select
            wholes.source,
            wholes.extract,
            wholes.part,
            wholes.month,
            wholes.data_date,
            wholes.is_correction,
            wholes.name_date,
            wholes.file_name as whole_name,
            wholes.delivery_id as whole_id,
            wholes.delivery_id,
            wholes.file_name
        from placed as wholes
        where wholes.place = 1

        union all

        select
            wholes.source,
            wholes.extract,
            wholes.part,
            wholes.month,
            wholes.data_date,
            wholes.is_correction,
            wholes.name_date,
            wholes.file_name as whole_name,
            wholes.delivery_id as whole_id,
            additions.delivery_id,
            additions.file_name
        from placed as wholes
        inner join additions
            on
                wholes.source = additions.source
                and wholes.extract = additions.extract
                and wholes.month = additions.month
                and wholes.sha256 = additions.whole_sha256
        where wholes.place = 1
    )

    select
        together.source,
        together.extract,
        together.part,
        together.delivery_id,
        together.file_name,
        together.month,
        together.data_date,
        row_number() over (
            partition by together.source, together.extract
            order by
                together.month,
                together.is_correction,
                together.name_date collate "C" nulls first,
                together.whole_name collate "C",
                together.whole_id,
                together.delivery_id <> together.whole_id,
                ops.return_number(together.file_name),
                together.file_name collate "C",
                together.delivery_id
        ) as recency
    from together
$$;
comment on function ops.winning_deliveries(date, timestamptz) is 'As winning_deliveries, by what had been accepted up to a moment · 同上，只计入某一时刻之前接收的交付';

create or replace function ops.winning_deliveries(p_month date)
returns table (
    source text,
    "extract" text, -- noqa: RF06
    part text,
    delivery_id bigint,
    file_name text,
    month text,
    data_date date,
    recency bigint
)
language sql stable parallel safe
as $$
    select winning.* from ops.winning_deliveries(p_month, 'infinity'::timestamptz) as winning
$$;
comment on function ops.winning_deliveries(date) is 'Of every month up to this one the accepted delivery of each part that replaced the others, and the additions to it; recency is larger for the newer · 截至某月各月各部分最终生效的交付及其补充，recency 越大越新';

create or replace function ops.counting_deliveries(p_month date, p_moment timestamptz)
returns table (
    source text,
    "extract" text, -- noqa: RF06
    part text,
    delivery_id bigint,
    file_name text,
    month text,
    data_date date,
    age_days integer,
    is_stale boolean,
    recency bigint
)
language sql stable parallel safe
as $$
    with placed as (
        select
            winning.*,
            extracts.kind,
            extracts.max_age_days,
            (date_trunc('month', p_month::timestamp) + interval '1 month' - interval '1 day')::date - winning.data_date as age_days,
            rank() over (
                partition by winning.source, winning.extract, winning.part order by winning.month desc
            ) as place
        from ops.winning_deliveries(p_month, p_moment) as winning
        inner join ops.extracts_as_of(p_moment) as extracts using (source, extract)
    )

    select
        source,
        "extract",
        part,
        delivery_id,
        file_name,
        month,
        data_date,
        age_days,
        kind = 'snapshot' and coalesce(age_days > max_age_days, false) as is_stale,
        recency
    from placed
    where kind = 'event' or place = 1
$$;
comment on function ops.counting_deliveries(date, timestamptz) is 'As counting_deliveries, by what had been accepted and agreed up to a moment · 同上，只计入某一时刻之前接收的交付与当时的约定';

create or replace function ops.counting_deliveries(p_month date)
returns table (
    source text,
    "extract" text, -- noqa: RF06
    part text,
    delivery_id bigint,
    file_name text,
    month text,
    data_date date,
    age_days integer,
    is_stale boolean,
    recency bigint
)
language sql stable parallel safe
as $$
    select counting.* from ops.counting_deliveries(p_month, 'infinity'::timestamptz) as counting
$$;
comment on function ops.counting_deliveries(date) is 'The deliveries that count for a month: of a snapshot the newest accepted one per part, of events the newest per part of every month up to it, with their additions · 某月所依据的交付：快照取各部分最新，事件取各月各部分最新，均含其补充';

create or replace view restricted.waiting_rows as
with

answers as (
    select
        row_answers.delivery_id,
        row_answers.row_number,
        row_answers.answers_row,
        meant.sha256
    from restricted.row_answers
    inner join ops.deliveries on row_answers.delivery_id = deliveries.delivery_id
    inner join ops.deliveries as meant on row_answers.answers_delivery_id = meant.delivery_id
    where deliveries.status in ('accepted', 'waiting')
),

winning as (
    select found.delivery_id from ops.winning_deliveries(date '9999-12-01') as found
)

select
    quarantine.delivery_id,
    quarantine.row_number,
    quarantine.cells,
    quarantine.reasons
from restricted.quarantine
inner join ops.deliveries on quarantine.delivery_id = deliveries.delivery_id
left join answers as own
    on quarantine.delivery_id = own.delivery_id and quarantine.row_number = own.row_number
where
    (deliveries.status in ('held', 'waiting') or deliveries.delivery_id in (select winning.delivery_id from winning))
    and not exists (
        select
        from answers
        where
            answers.sha256 = deliveries.sha256
            and answers.delivery_id <> quarantine.delivery_id
            and answers.answers_row = quarantine.row_number
    )
    and not exists (
        select
        from answers as newer
        where
            newer.sha256 = own.sha256
            and newer.answers_row = own.answers_row
            and newer.delivery_id > own.delivery_id
    );
comment on view restricted.waiting_rows is 'Quarantined rows that wait for their sender: neither corrected by an addition nor replaced with their list. One row per delivery and row · 待报送单位更正的隔离行（未被补充更正、未随整份替换），每交付每行一条';
comment on column restricted.waiting_rows.delivery_id is 'The delivery · 交付编号';
comment on column restricted.waiting_rows.row_number is 'Row as the sender sees it, from 1 · 原文件行号';
comment on column restricted.waiting_rows.cells is 'The cells as delivered, in the file''s order · 原始单元格，按文件列序';
comment on column restricted.waiting_rows.reasons is 'Every reason: column, header, code, message_zh, message_en · 全部原因';

drop function if exists ops.name_differences(text, text, boolean);

create or replace function ops.name_differences(a text, b text)
returns bigint
language sql immutable parallel safe strict
as $$
    select count(*)
    from generate_series(1, length(a)) as place
    where
        substr(a, place, 1) <> substr(b, place, 1)
        and '?' not in (substr(a, place, 1), substr(b, place, 1))
$$;
comment on function ops.name_differences(text, text) is 'In how many places two names of one length differ; ? matches any character · 等长姓名相异字数，? 可匹配任一字';

-- The cheap answers come first; only names of one length that are not equal are looked at place by place.
create or replace function ops.names_equal(a text, b text)
returns boolean
language sql immutable parallel safe
as $$
    select case
        when a = b then true
        when length(a) <> length(b) or strpos(a || b, '?') = 0 then false
        else ops.name_differences(a, b) = 0
    end
$$;
comment on function ops.names_equal(text, text) is 'Equal names, where ? matches any one character; null when either is · 姓名相同，? 可匹配任一字';

create or replace function ops.names_compatible(a text, b text)
returns boolean
language sql immutable parallel safe
as $$
    select case
        when a = b then true
        when length(a) <> length(b) then false
        else ops.name_differences(a, b) <= 1
    end
$$;
comment on function ops.names_compatible(text, text) is 'Equal names, or of one length and one character apart, where ? matches any one character; null when either is · 姓名相容：相同，或等长且仅一字不同，? 可匹配任一字';

create or replace function ops.birthday(birth date, years integer)
returns date
language sql immutable parallel safe strict
as $$
    select
        (birth + make_interval(years => years))::date
        + (extract(day from birth) <> extract(day from birth + make_interval(years => years)))::integer
$$;
comment on function ops.birthday(date, integer) is 'The day somebody turns that old; born on 29 February: 1 March in common years · 满若干周岁之日，2月29日出生者平年为3月1日';

create or replace function ops.refuse_wrong_counts()
returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    parent regclass := to_regclass(format('raw.%I', new.source || '__' || new.extract));
    slice_rows bigint := 0;
    quarantined bigint;
begin
    if parent is not null then
        execute format('select count(*) from %s where delivery_id = $1', parent) into slice_rows using new.delivery_id;
    end if;
    select count(*) into quarantined from restricted.quarantine where delivery_id = new.delivery_id;
    if slice_rows <> new.rows_loaded or quarantined <> new.rows_quarantined then
        raise exception 'delivery % is registered with % loaded and % quarantined rows, the tables hold % and %',
            new.delivery_id, new.rows_loaded, new.rows_quarantined, slice_rows, quarantined
            using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end
$$;
comment on function ops.refuse_wrong_counts() is 'Refuses, at commit, an accepted delivery whose rows are not the rows it claims · 提交时核对已接收交付的行数';

drop trigger if exists deliveries_reconcile on ops.deliveries;
create constraint trigger deliveries_reconcile
after insert or update of status, rows_loaded, rows_quarantined, rows_duplicate on ops.deliveries
deferrable initially deferred
for each row
when (new.status = 'accepted')
execute function ops.refuse_wrong_counts();

create or replace function restricted.log_read(p_household_key text)
returns bigint
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
    insert into restricted.read_log (role_name, household_key)
    values (session_user, p_household_key)
    returning read_id
$$;
comment on function restricted.log_read(text) is 'Writes down that a card was read · 记录查阅';

create or replace function restricted.may_see(p_role name, p_village_code text)
returns boolean
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select
        from restricted.caseworker_divisions
        inner join pg_roles on pg_roles.rolname = caseworker_divisions.role_name
        where
            pg_has_role(p_role, pg_roles.oid, 'member')
            and caseworker_divisions.division_code in (
                p_village_code,
                left(p_village_code, 9) || '000',
                left(p_village_code, 6) || '000000',
                left(p_village_code, 4) || '00000000',
                left(p_village_code, 2) || '0000000000',
                '00'
            )
    )
$$;
comment on function restricted.may_see(name, text) is 'Whether a role is assigned the village or a division above it · 角色是否获授权查看该村';

-- A volatile column is neither dropped nor flattened away, and the barrier lets only conditions that cannot tell
-- anybody what they saw (leakproof: equality) reach the table first: every card that anything of a query sees is
-- logged. A read that is rolled back leaves no row; a server that must know those too logs statements.
create or replace view restricted.household_card with (security_barrier = true) as
select
    household_cards.household_key,
    household_cards.household_no,
    household_cards.month,
    household_cards.village_code,
    household_cards.township_code,
    household_cards.township_name,
    household_cards.village_name,
    household_cards.head_name,
    household_cards.phone,
    household_cards.member_names,
    restricted.log_read(household_cards.household_key) as read_id
from restricted.household_cards;
comment on view restricted.household_card is 'Cards of the households in the reader''s divisions; each card read is logged · 本人辖区内的入户卡，逐户记录查阅';
