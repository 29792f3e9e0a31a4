-- What an operator asks: what arrived and what did not, what is held, how fresh each list is, how well records matched,
-- how long the work took, which expectations failed, how the models did. Views only: nothing is kept twice.

create index if not exists expectation_results_failed on ops.expectation_results (delivery_id) where not is_success;
create index if not exists expectation_results_of_months on ops.expectation_results (month, checked_at)
where scope = 'month';

create or replace view ops.month_arrivals as
with

months as (
    select distinct deliveries.month
    from ops.deliveries
    where deliveries.month is not null and deliveries.status <> 'unrecognised'
),

winners as (
    select
        winning.source,
        winning.extract,
        winning.part,
        winning.month,
        (array_agg(winning.delivery_id order by winning.recency))[1] as delivery_id,
        min(deliveries.accepted_at) as arrived_at,
        sum(deliveries.rows_loaded)::bigint as rows_loaded,
        (array_agg(deliveries.rows_quarantined order by winning.recency))[1] as rows_quarantined
    from ops.winning_deliveries(date '9999-12-01') as winning
    inner join ops.deliveries on winning.delivery_id = deliveries.delivery_id
    group by winning.source, winning.extract, winning.part, winning.month
),

sent as (
    select
        deliveries.source,
        deliveries.extract,
        deliveries.part,
        deliveries.month,
        count(*) as files,
        max(deliveries.registered_at) as sent_at,
        bool_or(deliveries.status = 'held') as is_held,
        bool_or(deliveries.status = 'waiting') as is_waiting,
        bool_or(deliveries.status = 'rejected') as is_rejected
    from ops.deliveries
    where deliveries.extract is not null and deliveries.month is not null and deliveries.status <> 'unrecognised'
    group by deliveries.source, deliveries.extract, deliveries.part, deliveries.month
),

-- A part that only refused or unanswered files name, of a list whose other parts count, may be a slip in a name: it is
-- told of in the months in which they came, and nobody waits for it.
places as (
    select
        sent.source,
        sent.extract,
        sent.part,
        substring(sent.part from '([0-9]{4})年') as year_of_part,
        min(sent.month) as first_month,
        array_agg(sent.month) as months,
        not bool_or(winners.delivery_id is not null)
        and bool_or(bool_or(winners.delivery_id is not null)) over (partition by sent.source, sent.extract) as is_stray
    from sent
    left join winners using (source, extract, part, month)
    group by sent.source, sent.extract, sent.part
),

-- A list of which nothing has ever come has no part; one that is kept by years has one for each year.
grid as (
    select
        months.month,
        places.source,
        places.extract,
        places.part,
        extracts.kind,
        extracts.max_age_days,
        not extracts.one_part_per_year
        or coalesce(places.year_of_part = left(months.month, 4), true) as is_of_this_year,
        places.is_stray
    from places
    inner join ops.extracts using (source, extract)
    inner join months on places.first_month <= months.month
    where not places.is_stray or months.month = any(places.months)

    union all

    select
        months.month,
        extracts.source,
        extracts.extract,
        case when extracts.one_part_per_year then left(months.month, 4) || '年' else '' end as part,
        extracts.kind,
        extracts.max_age_days,
        true as is_of_this_year,
        false as is_stray
    from ops.extracts
    cross join months
    where
        extracts.kind = 'snapshot'
        and not exists (
            select
            from places
            where
                places.source = extracts.source
                and places.extract = extracts.extract
                and places.first_month <= months.month
                and (
                    not extracts.one_part_per_year
                    or coalesce(places.year_of_part = left(months.month, 4), true)
                )
        )
),

placed as (
    select
        grid.*,
        winners.delivery_id is not null as is_arrived,
        max(winners.month) over until_now as counting_month,
        max(winners.month) over until_before as month_before,
        lag(winners.month, 1) over months_of_place is not null
        and lag(winners.month, 2) over months_of_place is not null as comes_every_month,
        (to_date(grid.month, 'YYYYMM') + interval '2 months' - interval '1 day')::date as end_of_next_month
    from grid
    left join winners using (source, extract, part, month)
    window
        months_of_place as (partition by grid.source, grid.extract, grid.part order by grid.month),
        until_now as (months_of_place rows between unbounded preceding and current row),
        until_before as (months_of_place rows between unbounded preceding and 1 preceding)
),

expected as (
    select
        placed.*,
        case
            when placed.is_stray or not placed.is_of_this_year then false
            when placed.kind = 'event' then placed.comes_every_month
            when placed.month_before is null then true
            else coalesce(
                    placed.end_of_next_month
                    - (to_date(placed.month_before, 'YYYYMM') + interval '1 month' - interval '1 day')::date
                    > placed.max_age_days,
                    false
                )
        end as is_expected
    from placed
),

judged as (
    select
        expected.month,
        expected.source,
        expected.extract,
        expected.part,
        expected.kind,
        expected.max_age_days,
        expected.is_of_this_year,
        expected.is_stray,
        expected.is_expected,
        coalesce(sent.files, 0) as files,
        sent.sent_at,
        case when expected.kind = 'snapshot' or expected.is_arrived then expected.counting_month end as counting_month,
        case
            when expected.is_arrived then 'arrived'
            when sent.is_held then 'held'
            when sent.is_waiting then 'waiting'
            when sent.is_rejected then 'rejected'
            when expected.is_expected then 'missing'
            when expected.kind = 'snapshot' and expected.is_of_this_year then 'carried'
        end as state
    from expected
    left join sent using (source, extract, part, month)
)

select
    judged.month,
    judged.source,
    judged.extract,
    judged.part,
    judged.state,
    judged.is_expected,
    judged.files,
    case when judged.state = 'arrived' then winners.arrived_at else judged.sent_at end as arrived_at,
    winners.delivery_id as counting_delivery_id,
    judged.counting_month,
    winners.rows_loaded,
    winners.rows_quarantined,
    deliveries.data_date,
    (to_date(judged.month, 'YYYYMM') + interval '1 month' - interval '1 day')::date - deliveries.data_date as age_days,
    judged.max_age_days,
    judged.kind = 'snapshot'
    and judged.is_of_this_year
    and not judged.is_stray
    and coalesce(
        (to_date(judged.month, 'YYYYMM') + interval '1 month' - interval '1 day')::date - deliveries.data_date
        > judged.max_age_days,
        winners.delivery_id is null
    ) as is_stale
from judged
left join winners
    on
    judged.source = winners.source
    and judged.extract = winners.extract
    and judged.part = winners.part
    and judged.counting_month = winners.month
left join ops.deliveries on winners.delivery_id = deliveries.delivery_id
where judged.state is not null;
comment on view ops.month_arrivals is 'What arrived for a month and what did not: each part of each list that came, was expected, or is carried over from an earlier month. A list is expected when it would be too old by the end of the following month without it, or has never come; events when they came in each of the two months before. One row per month, source, extract and part · 各月到报情况：已到、应到未到或沿用上月的各部分。快照在不报则下月末过期（或从未报送）时应到，事件在前两月均有报送时应到。每月每来源每种每部分一行';
comment on column ops.month_arrivals.month is 'Data month, YYYYMM · 数据月份';
comment on column ops.month_arrivals.source is 'Department · 来源部门';
comment on column ops.month_arrivals.extract is 'Kind of file · 交付种类';
comment on column ops.month_arrivals.part is 'Part of the list; empty when there is one · 部分，不分则为空';
comment on column ops.month_arrivals.state is 'arrived; held, waiting or rejected: what came does not count; missing: expected, nothing came; carried: an earlier list still serves · 已到、暂扣、待重新开放、退回、应到未到、沿用前月';
comment on column ops.month_arrivals.is_expected is 'Whether it was expected this month · 当月是否应到';
comment on column ops.month_arrivals.files is 'Files of the part and month, whatever became of them · 当月该部分的文件数';
comment on column ops.month_arrivals.arrived_at is 'Since when the month''s file counts; of one that does not: when the last came · 计入时间，未计入则为最近送达时间';
comment on column ops.month_arrivals.counting_delivery_id is 'The delivery that counts for the month, of this or an earlier month; null = none · 当月所用交付，空为无';
comment on column ops.month_arrivals.counting_month is 'Data month of that delivery · 该交付的数据月份';
comment on column ops.month_arrivals.rows_loaded is 'Its rows that count, with those added by returned workbooks · 计入行数（含补充）';
comment on column ops.month_arrivals.rows_quarantined is 'Its faulty rows · 隔离行数';
comment on column ops.month_arrivals.data_date is 'Its data date · 数据日期';
comment on column ops.month_arrivals.age_days is 'Its age at the month''s end · 月末时的天数';
comment on column ops.month_arrivals.max_age_days is 'Days after which a list is stale; null = never · 最大有效天数，空为不限';
comment on column ops.month_arrivals.is_stale is 'Whether the list is too old for the month, or there is none: what needs it is unknown · 名单对当月是否过期或缺失（相关规则为未知）';

create or replace view ops.extract_freshness as
with

newest as (
    select max(deliveries.month) as month from ops.deliveries
    where deliveries.status = 'accepted'
),

counting as (
    select counting.*
    from newest
    cross join lateral ops.counting_deliveries(to_date(newest.month, 'YYYYMM')) as counting
),

parts as (
    select counting.*
    from counting
    inner join ops.extracts using (source, extract)
    cross join newest
    where
        extracts.kind = 'event'
        or not extracts.one_part_per_year
        or coalesce(substring(counting.part from '([0-9]{4})年') = left(newest.month, 4), true)
),

aged as (
    select
        extracts.source,
        extracts.extract,
        extracts.kind,
        extracts.max_age_days,
        count(distinct parts.part) as parts,
        case when extracts.kind = 'event' then max(parts.data_date) else min(parts.data_date) end as data_date,
        max(parts.data_date) as newest_data_date,
        case
            when extracts.kind = 'snapshot' then (array_agg(parts.part order by parts.data_date, parts.part))[1]
        end as oldest_part
    from ops.extracts
    left join parts using (source, extract)
    group by extracts.source, extracts.extract
)

select
    aged.source,
    aged.extract,
    aged.kind,
    newest.month,
    aged.parts,
    aged.data_date,
    aged.newest_data_date,
    aged.oldest_part,
    aged.max_age_days,
    (to_date(newest.month, 'YYYYMM') + interval '1 month' - interval '1 day')::date - aged.data_date as age_days,
    (now() at time zone 'Asia/Shanghai')::date - aged.data_date as age_days_today,
    aged.data_date + aged.max_age_days + 1 as stale_from,
    aged.kind = 'snapshot' and coalesce(
        (to_date(newest.month, 'YYYYMM') + interval '1 month' - interval '1 day')::date - aged.data_date
        > aged.max_age_days,
        aged.data_date is null
    ) as is_stale,
    aged.kind = 'snapshot' and coalesce(
        (now() at time zone 'Asia/Shanghai')::date - aged.data_date > aged.max_age_days, aged.data_date is null
    ) as is_stale_today
from aged
cross join newest;
comment on view ops.extract_freshness is 'How old each list is, for the newest month and today; a list of several parts is as old as its oldest. One row per source and extract · 各类数据的新旧：对最新月份与对今日；分部分报送的以最旧部分为准。每来源每种一行';
comment on column ops.extract_freshness.source is 'Department · 来源部门';
comment on column ops.extract_freshness.extract is 'Kind of file · 交付种类';
comment on column ops.extract_freshness.kind is 'snapshot or event · 快照或事件';
comment on column ops.extract_freshness.month is 'The newest month of which something counts · 最新月份';
comment on column ops.extract_freshness.parts is 'Parts that count · 计入的部分数';
comment on column ops.extract_freshness.data_date is 'Data date of the oldest part; of events that of the newest delivery; null = nothing ever came · 最旧部分的数据日期；事件为最新交付；从未报送则为空';
comment on column ops.extract_freshness.newest_data_date is 'Data date of the newest part · 最新部分的数据日期';
comment on column ops.extract_freshness.oldest_part is 'The oldest part; empty when there is one · 最旧的部分，不分则为空';
comment on column ops.extract_freshness.max_age_days is 'Days after which the list is stale; null = never · 最大有效天数，空为不限';
comment on column ops.extract_freshness.age_days is 'Age at the newest month''s end · 最新月份月末时的天数';
comment on column ops.extract_freshness.age_days_today is 'Age today · 至今日的天数';
comment on column ops.extract_freshness.stale_from is 'First day on which it is too old · 过期起始日';
comment on column ops.extract_freshness.is_stale is 'Whether it is too old for the newest month, or never came · 对最新月份是否过期或缺失';
comment on column ops.extract_freshness.is_stale_today is 'Whether it would be too old for a month that ended today · 以今日计是否过期或缺失';

create or replace view ops.match_rates as
with

rated as (
    select
        match_counts.source,
        match_counts.extract,
        match_counts.month,
        match_counts.matched,
        match_counts.queued,
        match_counts.matched::numeric / nullif(match_counts.matched + match_counts.queued, 0) as rate,
        left(match_counts.month, 4)::integer * 12 + right(match_counts.month, 2)::integer as month_number
    from ops.match_counts
),

compared as (
    select
        rated.*,
        lag(rated.month) over months_of_extract as month_before,
        lag(rated.rate) over months_of_extract as rate_before,
        avg(rated.rate) over (months_of_extract rows between 6 preceding and 1 preceding) as usual_rate,
        count(rated.rate) over (months_of_extract rows between 5 preceding and current row) as months_seen,
        regr_slope(rated.rate, rated.month_number) over (
            months_of_extract rows between 5 preceding and current row
        ) as slope
    from rated
    window months_of_extract as (partition by rated.source, rated.extract order by rated.month)
)

select
    compared.source,
    compared.extract,
    compared.month,
    compared.matched,
    compared.queued,
    round(compared.rate, 4) as rate,
    compared.month_before,
    round(compared.rate_before, 4) as rate_before,
    round(compared.rate - compared.rate_before, 4) as change,
    round(compared.usual_rate, 4) as usual_rate,
    case when compared.months_seen >= 3 then round(compared.slope::numeric, 4) end as trend
from compared;
comment on view ops.match_rates is 'What share of the rows found their person, against the month before and over months. One row per source, extract and month · 匹配率及其环比与走势，每来源每种每月一行';
comment on column ops.match_rates.source is 'Department · 来源部门';
comment on column ops.match_rates.extract is 'Kind of file · 交付种类';
comment on column ops.match_rates.month is 'Data month, YYYYMM · 数据月份';
comment on column ops.match_rates.matched is 'Rows linked to a person of the roster · 已匹配行数';
comment on column ops.match_rates.queued is 'Rows waiting in the queue · 待核队列行数';
comment on column ops.match_rates.rate is 'Matched share of both; null without rows · 匹配率，无行则为空';
comment on column ops.match_rates.month_before is 'The month before in which rows of it were counted · 上一个有统计的月份';
comment on column ops.match_rates.rate_before is 'The share then · 该月匹配率';
comment on column ops.match_rates.change is 'Share now less the share then · 与该月之差';
comment on column ops.match_rates.usual_rate is 'Average of up to six months before · 此前至多六个月的平均匹配率';
comment on column ops.match_rates.trend is 'By how much it moves in a month: slope over up to six months, from the third on · 近六个月的月均变化（至少三个月）';

create or replace view ops.held_deliveries as
select
    deliveries.delivery_id,
    deliveries.status,
    deliveries.source,
    deliveries.extract,
    deliveries.part,
    deliveries.month,
    deliveries.file_name,
    deliveries.registered_at as held_since,
    extract(day from now() - deliveries.registered_at)::integer as days_held,
    deliveries.rows_read,
    (deliveries.figures #>> '{previous,rows}')::bigint as rows_before,
    deliveries.message as reason,
    deliveries.message_zh as reason_zh,
    (
        select min(later.delivery_id)
        from ops.deliveries as later
        where
            later.status = 'accepted'
            and later.delivery_id > deliveries.delivery_id
            and (later.source, later.extract, later.part, later.month)
            = (deliveries.source, deliveries.extract, deliveries.part, deliveries.month)
    ) as replaced_by
from ops.deliveries
where deliveries.status in ('held', 'waiting');
comment on view ops.held_deliveries is 'Files that are kept apart: held for a person, or waiting for the reopening of their month. One row per file · 暂扣及等待重新开放的文件，每个文件一行';
comment on column ops.held_deliveries.delivery_id is 'Number of the delivery · 交付编号';
comment on column ops.held_deliveries.status is 'held or waiting · 暂扣或待重新开放';
comment on column ops.held_deliveries.source is 'Department · 来源部门';
comment on column ops.held_deliveries.extract is 'Kind of file · 交付种类';
comment on column ops.held_deliveries.part is 'Part of the list; empty when there is one · 部分，不分则为空';
comment on column ops.held_deliveries.month is 'Data month, YYYYMM · 数据月份';
comment on column ops.held_deliveries.file_name is 'File name · 文件名';
comment on column ops.held_deliveries.held_since is 'Since when · 开始时间';
comment on column ops.held_deliveries.days_held is 'Whole days since then · 已等待天数';
comment on column ops.held_deliveries.rows_read is 'Rows in the file · 文件行数';
comment on column ops.held_deliveries.rows_before is 'Rows of the list that counts so far; null = none · 现行名单行数，空为无';
comment on column ops.held_deliveries.reason is 'Why, in English · 原因（英文）';
comment on column ops.held_deliveries.reason_zh is 'Why, in Chinese · 原因（中文）';
comment on column ops.held_deliveries.replaced_by is 'An accepted file of the same part and month that came later; null = none · 其后接收的同部分同月份文件，空为无';

create or replace view ops.run_times as
with

newest_readings as (
    select distinct on (deliveries.relative_path, deliveries.sha256)
        deliveries.delivery_id,
        deliveries.source,
        deliveries.month,
        deliveries.rows_read
    from ops.deliveries
    where deliveries.source is not null and deliveries.month is not null
    order by deliveries.relative_path, deliveries.sha256, deliveries.reading desc
),

read_times as (
    select
        steps.delivery_id,
        min(steps.started_at) as started_at,
        max(steps.started_at + steps.seconds * interval '1 second') as ended_at,
        sum(steps.seconds) as seconds
    from ops.steps
    where steps.delivery_id is not null
    group by steps.delivery_id
),

last_builds as (
    select distinct on (builds.month)
        builds.build_id,
        to_char(builds.month, 'YYYYMM') as month,
        builds.household_count,
        builds.started_at,
        builds.finished_at
    from ops.builds
    where builds.status = 'published' and builds.touched_households is null
    order by builds.month, builds.build_id desc
),

build_times as (
    select
        steps.build_id,
        sum(steps.seconds) as seconds
    from ops.steps
    where steps.build_id is not null
    group by steps.build_id
),

runs as (
    select
        'load' as kind,
        newest_readings.source,
        newest_readings.month,
        min(read_times.started_at) as started_at,
        max(read_times.ended_at) as ended_at,
        sum(read_times.seconds) as seconds,
        sum(newest_readings.rows_read)::bigint as rows
    from newest_readings
    inner join read_times using (delivery_id)
    group by newest_readings.source, newest_readings.month

    union all

    select
        'build' as kind,
        null as source,
        last_builds.month,
        last_builds.started_at,
        last_builds.finished_at as ended_at,
        build_times.seconds,
        last_builds.household_count as rows
    from last_builds
    inner join build_times using (build_id)
),

usual as (
    select
        runs.kind,
        runs.source,
        runs.month,
        percentile_cont(0.5) within group (order by earlier.seconds) as seconds
    from runs
    inner join runs as earlier
        on
        runs.kind = earlier.kind
        and runs.source is not distinct from earlier.source
        and runs.started_at > earlier.started_at
    group by runs.kind, runs.source, runs.month
)

select
    runs.kind,
    runs.source,
    runs.month,
    runs.started_at,
    runs.ended_at,
    runs.seconds,
    runs.rows,
    usual.seconds as usual_seconds,
    round((runs.seconds / nullif(usual.seconds, 0))::numeric, 2) as times_usual
from runs
left join usual
    on runs.kind = usual.kind and runs.source is not distinct from usual.source and runs.month = usual.month;
comment on view ops.run_times is 'How long loads and whole builds were at work, against the median of those that began before. One row per kind, source and month: the last one · 载入与全量构建的工作时长，对照此前各次的中位数。每类每来源每月一行，取最近一次';
comment on column ops.run_times.kind is 'load or build · 载入或构建';
comment on column ops.run_times.source is 'Department; null for builds · 来源部门，构建为空';
comment on column ops.run_times.month is 'Data month, YYYYMM · 数据月份';
comment on column ops.run_times.started_at is 'Start; of a load that of its first file · 开始时间，载入取首个文件';
comment on column ops.run_times.ended_at is 'End; of a load that of its last file · 结束时间，载入取末个文件';
comment on column ops.run_times.seconds is 'Seconds at work, without waiting between steps and files · 工作秒数，不含等待';
comment on column ops.run_times.rows is 'Rows read, or households built · 读取行数或户数';
comment on column ops.run_times.usual_seconds is 'Median of those before; null for the first · 此前的中位数，首次为空';
comment on column ops.run_times.times_usual is 'How many times the usual · 为平常的几倍';

create or replace view ops.failed_expectations as
with

newest_of_months as (
    select
        results.month,
        max(results.checked_at) as checked_at
    from ops.expectation_results as results
    where results.scope = 'month'
    group by results.month
),

failed as (
    select results.*
    from ops.expectation_results as results
    inner join newest_of_months using (month, checked_at)
    where results.scope = 'month' and not results.is_success

    union all

    select results.*
    from ops.expectation_results as results
    inner join ops.deliveries on results.delivery_id = deliveries.delivery_id
    left join ops.replaced_deliveries as replaced on results.delivery_id = replaced.delivery_id
    where
        results.scope = 'delivery'
        and not results.is_success
        and deliveries.status in ('accepted', 'held', 'waiting')
        and replaced.delivery_id is null
)

select
    failed.scope,
    failed.month,
    failed.source,
    failed.extract,
    failed.delivery_id,
    failed.suite,
    failed.expectation,
    failed.column_name,
    failed.severity,
    failed.element_count,
    failed.unexpected_count,
    failed.observed,
    failed.reason,
    failed.checked_at
from failed;
comment on view ops.failed_expectations is 'What the newest check of each month and of each file that counts or is held found wrong. One row per expectation that failed · 各月及各现行、暂扣文件最近一次校验的未通过项，每项一行';
comment on column ops.failed_expectations.scope is 'delivery or month · 交付或月份';
comment on column ops.failed_expectations.month is 'Data month, YYYYMM · 数据月份';
comment on column ops.failed_expectations.source is 'Department; null where it is about the whole month · 来源部门，涉及全月则为空';
comment on column ops.failed_expectations.extract is 'Kind of file · 交付种类';
comment on column ops.failed_expectations.delivery_id is 'The file that was checked; null for a month · 被检文件，月份为空';
comment on column ops.failed_expectations.suite is 'Suite; sudden_changes holds the changes against the month before · 校验集，sudden_changes 为环比突变';
comment on column ops.failed_expectations.expectation is 'Name of the expectation · 校验名称';
comment on column ops.failed_expectations.column_name is 'Column, or source and extract · 列，或来源与种类';
comment on column ops.failed_expectations.severity is 'critical: the file is held, the month not published; warning: for people to look at · 严重：暂扣或不发布；警告：供人查看';
comment on column ops.failed_expectations.element_count is 'Rows looked at · 检查行数';
comment on column ops.failed_expectations.unexpected_count is 'Rows that fail; of a sudden change by how many rows it moved · 不符行数；突变则为变化的行数';
comment on column ops.failed_expectations.observed is 'Figures of a sudden change: now, of, before, of_before, month_before · 突变的数字：本期、本期总数、上期、上期总数、上期月份';
comment on column ops.failed_expectations.reason is 'Why the expectation exists · 校验理由';
comment on column ops.failed_expectations.checked_at is 'When it was checked · 检查时间';

create or replace view ops.model_results as
with

last_builds as (
    select distinct on (builds.month)
        builds.build_id,
        to_char(builds.month, 'YYYYMM') as month,
        builds.status as build_status
    from ops.builds
    where
        exists (
            select
            from ops.model_runs as runs
            where runs.build_id = builds.build_id
        )
    order by builds.month, builds.build_id desc
),

-- A stage that was tried again ran its models again.
results as (
    select distinct on (runs.build_id, runs.model)
        last_builds.month,
        last_builds.build_id,
        last_builds.build_status,
        runs.model,
        runs.status,
        runs.seconds,
        runs.rows
    from last_builds
    inner join ops.model_runs as runs using (build_id)
    order by runs.build_id, runs.model, runs.model_run_id desc
),

usual as (
    select
        results.model,
        percentile_cont(0.5) within group (order by results.seconds) as seconds
    from results
    group by results.model
)

select
    results.month,
    results.build_id,
    results.build_status,
    results.model,
    results.status,
    results.status in ('error', 'fail', 'runtime error') as is_failed,
    results.seconds,
    usual.seconds as usual_seconds,
    results.rows,
    rank() over (partition by results.month order by results.seconds desc nulls last) as place
from results
inner join usual using (model);
comment on view ops.model_results is 'What each model, seed and data test of a month''s last build took and gave. One row per month and model · 各月最近一次构建中每个模型、种子与数据测试的结果与耗时，每月每模型一行';
comment on column ops.model_results.month is 'Data month, YYYYMM · 数据月份';
comment on column ops.model_results.build_id is 'The build · 构建编号';
comment on column ops.model_results.build_status is 'How the build ended · 构建结果';
comment on column ops.model_results.model is 'Model, seed or test · 模型、种子或测试';
comment on column ops.model_results.status is 'dbt''s status · dbt 状态';
comment on column ops.model_results.is_failed is 'Whether it failed · 是否失败';
comment on column ops.model_results.seconds is 'Duration · 耗时（秒）';
comment on column ops.model_results.usual_seconds is 'Median over the months'' last builds · 各月最近构建的中位数';
comment on column ops.model_results.rows is 'Rows affected · 影响行数';
comment on column ops.model_results.place is '1 = the slowest of the build · 1 为该次构建中最慢';

create or replace view ops.month_overview as
with

arrivals as (
    select
        arrivals.month,
        count(*) filter (where arrivals.is_expected or arrivals.state = 'arrived') as parts_expected,
        count(*) filter (where arrivals.state = 'arrived') as parts_arrived,
        count(*) filter (where arrivals.state = 'missing') as parts_missing,
        count(*) filter (where arrivals.is_stale) as parts_stale
    from ops.month_arrivals as arrivals
    group by arrivals.month
),

files as (
    select
        deliveries.month,
        count(*) filter (where deliveries.status = 'held') as files_held,
        count(*) filter (where deliveries.status = 'waiting') as files_waiting,
        count(*) filter (where deliveries.status = 'rejected') as files_rejected,
        sum(deliveries.rows_loaded)::bigint as rows_loaded,
        sum(deliveries.rows_quarantined)::bigint as rows_quarantined,
        max(deliveries.accepted_at) as last_arrival_at
    from ops.deliveries
    where deliveries.month is not null and deliveries.status <> 'unrecognised'
    group by deliveries.month
),

last_builds as (
    select distinct on (builds.month)
        to_char(builds.month, 'YYYYMM') as month,
        builds.status,
        builds.finished_at
    from ops.builds
    order by builds.month, builds.build_id desc
),

-- A build that failed leaves what was published before it.
published as (
    select distinct on (builds.month)
        to_char(builds.month, 'YYYYMM') as month,
        builds.household_count
    from ops.builds
    where builds.status = 'published'
    order by builds.month, builds.build_id desc
),

matches as (
    select
        match_counts.month,
        round(sum(match_counts.matched) / nullif(sum(match_counts.matched + match_counts.queued), 0), 4) as match_rate
    from ops.match_counts
    group by match_counts.month
),

failed as (
    select
        failed.month,
        count(*) filter (where failed.severity = 'critical') as critical_failures,
        count(*) filter (where failed.severity <> 'critical') as warnings,
        count(*) filter (where failed.suite = 'sudden_changes') as sudden_changes
    from ops.failed_expectations as failed
    group by failed.month
),

models as (
    select
        results.month,
        count(*) filter (where results.is_failed) as models_failed
    from ops.model_results as results
    group by results.month
),

months as (
    select files.month from files
    union distinct
    select last_builds.month from last_builds
)

select
    months.month,
    coalesce(last_builds.status, 'missing') as status,
    published.household_count as households,
    last_builds.finished_at,
    coalesce(arrivals.parts_expected, 0) as parts_expected,
    coalesce(arrivals.parts_arrived, 0) as parts_arrived,
    coalesce(arrivals.parts_missing, 0) as parts_missing,
    coalesce(arrivals.parts_stale, 0) as parts_stale,
    coalesce(files.files_held, 0) as files_held,
    coalesce(files.files_waiting, 0) as files_waiting,
    coalesce(files.files_rejected, 0) as files_rejected,
    coalesce(files.rows_loaded, 0) as rows_loaded,
    coalesce(files.rows_quarantined, 0) as rows_quarantined,
    files.last_arrival_at,
    matches.match_rate,
    coalesce(failed.critical_failures, 0) as critical_failures,
    coalesce(failed.warnings, 0) as warnings,
    coalesce(failed.sudden_changes, 0) as sudden_changes,
    coalesce(models.models_failed, 0) as models_failed,
    times.seconds as build_seconds,
    times.usual_seconds as usual_build_seconds
from months
left join last_builds using (month)
left join published using (month)
left join arrivals using (month)
left join files using (month)
left join matches using (month)
left join failed using (month)
left join models using (month)
left join ops.run_times as times on months.month = times.month and times.kind = 'build';
comment on view ops.month_overview is 'A month at a glance: what came, what is missing or held, how it was built, what failed. One row per month · 月度概览：到报、缺报、暂扣、构建与未通过项，每月一行';
comment on column ops.month_overview.month is 'Data month, YYYYMM · 数据月份';
comment on column ops.month_overview.status is 'How the last build ended; missing = never built · 最近一次构建的结果，missing 为从未构建';
comment on column ops.month_overview.households is 'Households published · 已发布的户数';
comment on column ops.month_overview.finished_at is 'When it ended · 构建结束时间';
comment on column ops.month_overview.parts_expected is 'Parts of lists that were expected or came · 应到或已到的部分数';
comment on column ops.month_overview.parts_arrived is 'Parts that came and count · 已到的部分数';
comment on column ops.month_overview.parts_missing is 'Parts that were expected and of which nothing came · 应到未到的部分数';
comment on column ops.month_overview.parts_stale is 'Parts too old for the month, or that never came · 过期或缺失的部分数';
comment on column ops.month_overview.files_held is 'Held files of the month · 暂扣文件数';
comment on column ops.month_overview.files_waiting is 'Files that wait for its reopening · 等待重新开放的文件数';
comment on column ops.month_overview.files_rejected is 'Rejected files of the month · 退回文件数';
comment on column ops.month_overview.rows_loaded is 'Rows of the month''s files that were accepted · 入库行数';
comment on column ops.month_overview.rows_quarantined is 'Faulty rows among them · 隔离行数';
comment on column ops.month_overview.last_arrival_at is 'When the last file of the month began to count · 最近一个文件的计入时间';
comment on column ops.month_overview.match_rate is 'Share of the month''s rows that found their person · 匹配率';
comment on column ops.month_overview.critical_failures is 'Critical expectations that failed · 未通过的严重校验数';
comment on column ops.month_overview.warnings is 'Other expectations that failed · 其他未通过的校验数';
comment on column ops.month_overview.sudden_changes is 'Sudden changes among the warnings · 其中的突变数';
comment on column ops.month_overview.models_failed is 'Models and tests of dbt that failed in the last build · 最近构建中失败的模型与测试数';
comment on column ops.month_overview.build_seconds is 'Seconds at work of the last published build · 最近一次发布的构建秒数';
comment on column ops.month_overview.usual_build_seconds is 'Median of those before · 此前构建的中位数';
