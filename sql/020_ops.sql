-- Schema ops: which files came, what became of them, what was built from them. No personal data.

create table if not exists ops.instance_facts (
    name text primary key,
    value text not null,
    set_at timestamptz not null default now()
);
comment on table ops.instance_facts is 'What this warehouse remembers about itself. One row per name · 本库自身状态，每项一行';
comment on column ops.instance_facts.name is 'Which fact · 项目';
comment on column ops.instance_facts.value is 'Its value; of keys and passwords only a fingerprint · 值（密钥与口令仅存指纹）';
comment on column ops.instance_facts.set_at is 'When it was set · 设置时间';

create table if not exists ops.extracts (
    source text not null,
    extract text not null,
    title text not null,
    label text not null,
    kind text not null check (kind in ('snapshot', 'event')),
    max_age_days integer,
    tolerance numeric not null,
    drop_share numeric not null,
    drop_rows integer not null,
    one_part_per_year boolean not null,
    primary key (source, extract)
);
comment on table ops.extracts is 'The kinds of file departments hand over, from the contracts with the county''s overlay. One row per source and extract · 交付种类，来自契约及本县覆盖设置，每来源每种一行';
comment on column ops.extracts.source is 'Department · 来源部门';
comment on column ops.extracts.extract is 'Kind of file · 交付种类';
comment on column ops.extracts.title is 'Chinese title · 中文名称';
comment on column ops.extracts.label is 'English title · 英文名称';
comment on column ops.extracts.kind is 'snapshot = the whole list, event = adds rows · 快照（全量）或事件（增量）';
comment on column ops.extracts.max_age_days is 'Days after which a snapshot is stale; null = never · 快照最大有效天数，空为不限';
comment on column ops.extracts.tolerance is 'Share of faulty rows above which a file is rejected · 错误行比例上限';
comment on column ops.extracts.drop_share is 'Share of rows a snapshot may lose before it is held · 快照行数减少比例上限';
comment on column ops.extracts.drop_rows is 'Rows a snapshot must lose, at least, to be held · 触发暂扣的最少减少行数';
comment on column ops.extracts.one_part_per_year is 'Whether a year in the file name separates parts · 文件名中的年度是否区分部分';

create sequence if not exists ops.delivery_ids as bigint;
comment on sequence ops.delivery_ids is 'Numbers of deliveries; gaps are tries that ended in nothing · 交付编号，间断为未完成的尝试';

create table if not exists ops.deliveries (
    delivery_id bigint primary key,
    source text,
    extract text,
    part text not null default '',
    month text check (month ~ '^[0-9]{4}(0[1-9]|1[0-2])$'),
    file_name text not null,
    relative_path text not null,
    sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
    byte_count bigint,
    file_stamp text,
    status text not null check (status in ('accepted', 'rejected', 'held', 'duplicate', 'unrecognised')),
    rows_read bigint check (rows_read >= 0),
    rows_loaded bigint not null default 0 check (rows_loaded >= 0),
    rows_quarantined bigint not null default 0 check (rows_quarantined >= 0),
    rows_duplicate bigint not null default 0 check (rows_duplicate >= 0),
    message text,
    message_zh text,
    is_correction boolean not null default false,
    name_date text,
    data_date date,
    duplicate_of bigint references ops.deliveries,
    layout jsonb,
    warnings jsonb,
    figures jsonb,
    registered_at timestamptz not null default now(),
    constraint deliveries_accepted_rows_add_up check (
        status <> 'accepted' or (rows_read is not null and rows_read = rows_loaded + rows_quarantined + rows_duplicate)
    ),
    constraint deliveries_accepted_are_known check (
        status not in ('accepted', 'held')
        or (source is not null and extract is not null and month is not null and sha256 is not null)
    ),
    constraint deliveries_only_accepted_count check (
        status = 'accepted' or (rows_loaded = 0 and rows_quarantined = 0 and rows_duplicate = 0)
    )
);
alter table ops.deliveries add column if not exists contract_digest text;
alter table ops.deliveries add column if not exists is_addition boolean not null default false;
alter table ops.deliveries add column if not exists adds_to bigint references ops.deliveries;
alter table ops.deliveries drop constraint if exists deliveries_additions_add_to_something;
alter table ops.deliveries add constraint deliveries_additions_add_to_something check (
    (adds_to is null or is_addition) and (status <> 'accepted' or adds_to is not null or not is_addition)
);
create index if not exists deliveries_additions on ops.deliveries (adds_to) where is_addition;
create unique index if not exists deliveries_path_unread on ops.deliveries (relative_path) where sha256 is null;
create index if not exists deliveries_counting on ops.deliveries (source, extract, part, month)
where status = 'accepted';
create index if not exists deliveries_bytes on ops.deliveries (sha256);

comment on table ops.deliveries is 'Every file handed over and what became of it. One row per file (path and bytes) · 交付登记，每个文件（路径与内容）一行';
comment on column ops.deliveries.delivery_id is 'Number of the delivery · 交付编号';
comment on column ops.deliveries.source is 'Department; null when the folder names none · 来源部门，文件夹不可识别时为空';
comment on column ops.deliveries.extract is 'Kind of file; null when unrecognised · 交付种类，不可识别时为空';
comment on column ops.deliveries.part is 'Part of the month''s delivery: year, rural or urban, office; empty when there is one · 部分（年度、农村或城市、报送单位），不分则为空';
comment on column ops.deliveries.month is 'Data month, YYYYMM, from the folder · 数据月份';
comment on column ops.deliveries.file_name is 'File name · 文件名';
comment on column ops.deliveries.relative_path is 'Path below the landing folder · 相对路径';
comment on column ops.deliveries.sha256 is 'Digest of the bytes; null when never read · 内容摘要，未读取则为空';
comment on column ops.deliveries.byte_count is 'Size in bytes · 字节数';
comment on column ops.deliveries.file_stamp is 'Times of the file when it was read, to skip it cheaply · 读取时的文件时间，用于快速跳过';
comment on column ops.deliveries.contract_digest is 'Digest of the contract it was read by; a rejected file is read again when that changes, unless a person rejected it · 读取时的契约摘要，契约变更后重读被退回的文件';
comment on column ops.deliveries.is_addition is 'Whether it is a returned workbook, corrected: its rows are added to its part · 是否更正后的退回表，其行补充进所属部分';
comment on column ops.deliveries.adds_to is 'The whole list it adds to; null where it is none, or waits for one · 所补充的整份交付，非补充或待定时为空';
comment on column ops.deliveries.status is 'accepted, rejected, held, waiting (for the reopening of its month), duplicate or unrecognised · 接收、退回、暂扣、待重新开放、重复、不可识别';
comment on column ops.deliveries.rows_read is 'Data rows in the file; null when it could not be read · 读取行数，不可读则为空';
comment on column ops.deliveries.rows_loaded is 'Rows that count · 入库行数';
comment on column ops.deliveries.rows_quarantined is 'Faulty rows kept apart · 隔离行数';
comment on column ops.deliveries.rows_duplicate is 'Rows equal to an earlier one in every cell · 完全重复行数';
comment on column ops.deliveries.message is 'Why it was not accepted, or what was noticed, for the sender, in English · 未接收原因或提示（英文）';
comment on column ops.deliveries.message_zh is 'Why it was not accepted, or what was noticed, for the sender, in Chinese · 未接收原因或提示（中文）';
comment on column ops.deliveries.is_correction is 'Whether the name says 更正 · 是否更正文件';
comment on column ops.deliveries.name_date is 'Date or month in the file name · 文件名中的日期或月份';
comment on column ops.deliveries.data_date is 'Last day of the data month · 数据日期（数据月最后一日）';
comment on column ops.deliveries.duplicate_of is 'The accepted delivery with the same bytes · 内容相同的已接收交付';
comment on column ops.deliveries.layout is 'Sheet, header row and headers as found · 工作表、表头行与表头';
comment on column ops.deliveries.warnings is 'Counts of small faults by column and code · 各列告警数';
comment on column ops.deliveries.figures is 'Counts behind the decision: rows before, stated count, rows kept apart · 判定所依据的数字';
comment on column ops.deliveries.registered_at is 'When it was registered · 登记时间';

create table if not exists ops.delivery_decisions (
    decision_id bigint generated by default as identity primary key,
    delivery_id bigint not null references ops.deliveries,
    decision text not null check (decision in ('released', 'rejected')),
    decided_by text not null,
    reason text not null,
    decided_at timestamptz not null default now()
);
comment on table ops.delivery_decisions is 'What people decided on held deliveries. One row per decision · 暂扣交付的人工处理，每次决定一行';
comment on column ops.delivery_decisions.decision_id is 'Number of the decision · 决定编号';
comment on column ops.delivery_decisions.delivery_id is 'The held delivery · 暂扣的交付';
comment on column ops.delivery_decisions.decision is 'released or rejected · 放行或退回';
comment on column ops.delivery_decisions.decided_by is 'Who decided · 决定人';
comment on column ops.delivery_decisions.reason is 'Why · 理由';
comment on column ops.delivery_decisions.decided_at is 'When · 决定时间';

create table if not exists ops.month_readiness (
    month text not null check (month ~ '^[0-9]{4}(0[1-9]|1[0-2])$'),
    source text not null,
    answer text not null check (answer in ('delivered', 'nothing', 'deadline')),
    answered_at timestamptz not null default now(),
    primary key (month, source)
);
comment on table ops.month_readiness is 'Each department''s answer for a month. One row per month and source · 各部门当月答复，每月每来源一行';
comment on column ops.month_readiness.month is 'Data month, YYYYMM · 数据月份';
comment on column ops.month_readiness.source is 'Department · 来源部门';
comment on column ops.month_readiness.answer is 'delivered, nothing (declared complete) or deadline (passed in silence) · 已交付、确认无交付、逾期';
comment on column ops.month_readiness.answered_at is 'When · 答复时间';

create table if not exists ops.builds (
    build_id bigint generated by default as identity primary key,
    month date not null check (extract(day from month) = 1),
    fingerprint text,
    status text not null check (status in ('building', 'published', 'blocked', 'failed')),
    message text,
    message_zh text,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    household_count integer,
    is_direct boolean not null default false
);
alter table ops.builds add column if not exists is_direct boolean not null default false;
alter table ops.builds add column if not exists models_digest text;
create index if not exists builds_month on ops.builds (month, build_id);
comment on table ops.builds is 'Tries to build a month. One row per build · 月度构建，每次一行';
comment on column ops.builds.build_id is 'Number of the build · 构建编号';
comment on column ops.builds.month is 'The month, first day · 月份首日';
comment on column ops.builds.fingerprint is 'Digest of what the month rests on · 输入摘要';
comment on column ops.builds.models_digest is 'Digest of the models it was built by · 所用模型的摘要';
comment on column ops.builds.status is 'building, published, blocked or failed · 构建中、已发布、受阻、失败';
comment on column ops.builds.message is 'Why it is blocked or failed · 受阻或失败原因（英文）';
comment on column ops.builds.message_zh is 'Why it is blocked or failed, in Chinese · 受阻或失败原因（中文）';
comment on column ops.builds.started_at is 'Start · 开始时间';
comment on column ops.builds.finished_at is 'End · 结束时间';
comment on column ops.builds.household_count is 'Households in the fact · 户数';
comment on column ops.builds.is_direct is 'Built by one process, not by Airflow''s tasks · 是否由单个进程直接构建（非 Airflow）';

create table if not exists ops.current_build (
    is_current boolean primary key default true check (is_current),
    build_id bigint not null references ops.builds,
    month date not null
);
comment on table ops.current_build is 'The month dbt is building. One row · 当前构建的月份，仅一行';
comment on column ops.current_build.is_current is 'Always true: keeps the table at one row · 恒为真，保证仅一行';
comment on column ops.current_build.build_id is 'The build · 构建编号';
comment on column ops.current_build.month is 'Its month, first day · 月份首日';

create table if not exists ops.match_counts (
    source text not null,
    extract text not null,
    month text not null check (month ~ '^[0-9]{4}(0[1-9]|1[0-2])$'),
    matched bigint not null,
    queued bigint not null,
    tier_0 bigint not null,
    tier_1 bigint not null,
    tier_2 bigint not null,
    tier_3 bigint not null,
    tier_4 bigint not null,
    counted_at timestamptz not null default now(),
    primary key (source, extract, month),
    constraint match_counts_tiers_add_up check (matched = tier_0 + tier_1 + tier_2 + tier_3 + tier_4)
);
comment on table ops.match_counts is 'How many rows of a month''s accepted deliveries found their person. One row per source, extract and month · 当月交付匹配情况，每来源每种每月一行';
comment on column ops.match_counts.source is 'Department · 来源部门';
comment on column ops.match_counts.extract is 'Kind of file · 交付种类';
comment on column ops.match_counts.month is 'Data month, YYYYMM · 数据月份';
comment on column ops.match_counts.matched is 'Rows linked to a person of the roster · 已匹配行数';
comment on column ops.match_counts.queued is 'Rows waiting in the queue · 待核队列行数';
comment on column ops.match_counts.tier_0 is 'Linked by household number and head''s name · 按户编号与户主姓名匹配';
comment on column ops.match_counts.tier_1 is 'Linked by a valid ID and name · 按有效证件号与姓名匹配';
comment on column ops.match_counts.tier_2 is 'Linked by the first 17 digits and name · 按前17位与姓名匹配';
comment on column ops.match_counts.tier_3 is 'Linked by name, birth date and village · 按姓名、出生日期与行政村匹配';
comment on column ops.match_counts.tier_4 is 'Linked by the department''s person number and name · 按部门人员编号与姓名匹配';
comment on column ops.match_counts.counted_at is 'When it was counted · 统计时间';

create table if not exists ops.expectation_results (
    result_id bigint generated by default as identity primary key,
    checked_at timestamptz not null default now(),
    scope text not null check (scope in ('delivery', 'month')),
    delivery_id bigint,
    month text,
    source text,
    extract text,
    suite text not null,
    expectation text not null,
    column_name text,
    severity text not null check (severity in ('critical', 'warning', 'info')),
    is_success boolean not null,
    reason text,
    element_count bigint,
    unexpected_count bigint,
    observed jsonb,
    failing_keys jsonb
);
create index if not exists expectation_results_delivery on ops.expectation_results (delivery_id);
create index if not exists expectation_results_month on ops.expectation_results (month, checked_at);
comment on table ops.expectation_results is 'Results of the gates, with history; counts and row numbers, never values. One row per check of an expectation · 校验结果及历史，仅含计数与行号，每次检查一行';
comment on column ops.expectation_results.result_id is 'Number of the result · 结果编号';
comment on column ops.expectation_results.checked_at is 'When it was checked · 检查时间';
comment on column ops.expectation_results.scope is 'delivery or month · 交付或月份';
comment on column ops.expectation_results.delivery_id is 'The delivery checked; it may have been dropped since · 被检交付编号';
comment on column ops.expectation_results.month is 'Month, YYYYMM · 月份';
comment on column ops.expectation_results.source is 'Department · 来源部门';
comment on column ops.expectation_results.extract is 'Kind of file · 交付种类';
comment on column ops.expectation_results.suite is 'Suite · 校验集';
comment on column ops.expectation_results.expectation is 'Type of expectation · 校验类型';
comment on column ops.expectation_results.column_name is 'Column or columns · 列';
comment on column ops.expectation_results.severity is 'critical stops the delivery or month; warning and info are reported · 严重程度';
comment on column ops.expectation_results.is_success is 'Whether it holds · 是否通过';
comment on column ops.expectation_results.reason is 'Why the expectation exists · 校验理由';
comment on column ops.expectation_results.element_count is 'Rows looked at · 检查行数';
comment on column ops.expectation_results.unexpected_count is 'Rows that fail · 不符行数';
comment on column ops.expectation_results.observed is 'Figures observed, for checks of a whole table · 观测值';
comment on column ops.expectation_results.failing_keys is 'Row numbers or pseudonyms that fail · 不符的行号或假名键';

create table if not exists ops.model_runs (
    model_run_id bigint generated by default as identity primary key,
    build_id bigint not null references ops.builds,
    model text not null,
    status text not null,
    seconds numeric,
    rows bigint,
    recorded_at timestamptz not null default now()
);
alter table ops.model_runs add column if not exists started_at timestamptz;
create index if not exists model_runs_build on ops.model_runs (build_id);
comment on table ops.model_runs is 'What dbt ran for a build. One row per model run · dbt 运行记录，每次运行一行';
comment on column ops.model_runs.model_run_id is 'Number of the run · 运行编号';
comment on column ops.model_runs.build_id is 'The build · 构建编号';
comment on column ops.model_runs.model is 'Model or test · 模型或测试';
comment on column ops.model_runs.status is 'dbt''s status · dbt 状态';
comment on column ops.model_runs.seconds is 'Duration · 耗时（秒）';
comment on column ops.model_runs.rows is 'Rows affected · 影响行数';
comment on column ops.model_runs.recorded_at is 'When it was recorded · 记录时间';
comment on column ops.model_runs.started_at is 'When it began · 开始时间';

create table if not exists ops.steps (
    step_id bigint generated by default as identity primary key,
    delivery_id bigint,
    build_id bigint references ops.builds,
    step text not null,
    started_at timestamptz not null,
    seconds numeric not null check (seconds >= 0),
    check (num_nonnulls(delivery_id, build_id) = 1)
);
comment on table ops.steps is 'How long the steps of a delivery''s load (read, parse, copy, gate, seal) and of a month''s build (transform, gate, publish) took. One row per step · 载入与构建各步骤耗时，每步一行';
comment on column ops.steps.step_id is 'Number of the step · 步骤编号';
comment on column ops.steps.delivery_id is 'The delivery; one that was superseded has left the register · 交付编号';
comment on column ops.steps.build_id is 'The build · 构建编号';
comment on column ops.steps.step is 'read, parse, copy, gate, seal; transform, gate, publish · 步骤';
comment on column ops.steps.started_at is 'When it began · 开始时间';
comment on column ops.steps.seconds is 'Duration; steps of two departments run side by side · 耗时（秒），各部门可并行';

create or replace view ops.time_spent as
select
    'load' as stage,
    deliveries.month,
    deliveries.source || ' ' || deliveries.extract as subject,
    steps.step,
    steps.started_at,
    steps.seconds
from ops.steps
inner join ops.deliveries using (delivery_id)
union all
select
    'build' as stage,
    to_char(builds.month, 'YYYYMM') as month,
    null as subject,
    steps.step,
    steps.started_at,
    steps.seconds
from ops.steps
inner join ops.builds using (build_id)
union all
select
    'model' as stage,
    to_char(builds.month, 'YYYYMM') as month,
    runs.model as subject,
    'transform' as step,
    runs.started_at,
    runs.seconds
from ops.model_runs as runs
inner join ops.builds using (build_id);
comment on view ops.time_spent is 'Where the time went: every step of every load and build, and the models within the step transform. One row per step or model · 耗时明细，每步骤或模型一行';
comment on column ops.time_spent.stage is 'load, build, or model (within the build''s transform) · 载入、构建、模型';
comment on column ops.time_spent.month is 'Month, YYYYMM · 月份';
comment on column ops.time_spent.subject is 'Source and extract, or model · 来源与种类，或模型';
comment on column ops.time_spent.step is 'Step · 步骤';
comment on column ops.time_spent.started_at is 'When it began · 开始时间';
comment on column ops.time_spent.seconds is 'Duration · 耗时（秒）';

create sequence if not exists ops.rule_parameter_sets as bigint;
comment on sequence ops.rule_parameter_sets is 'Numbers of parameter sets · 参数集编号';

create table if not exists ops.rule_parameters (
    set_id bigint not null,
    parameter text not null,
    population_group text not null default '',
    division_code text not null,
    valid_from date not null,
    valid_to date,
    value text not null,
    unit text,
    source text,
    loaded_at timestamptz not null default now(),
    is_current boolean not null,
    check (valid_to is null or valid_to >= valid_from),
    primary key (set_id, parameter, population_group, division_code, valid_from)
);
create index if not exists rule_parameters_current on ops.rule_parameters (parameter, division_code) where is_current;
comment on table ops.rule_parameters is 'Numbers the rules need, by division and date; earlier sets are kept. One row per set, parameter, group, division and start · 规则参数，按区划与有效期，保留历史';
comment on column ops.rule_parameters.set_id is 'The file it came with · 参数集编号';
comment on column ops.rule_parameters.parameter is 'Parameter · 参数';
comment on column ops.rule_parameters.population_group is 'Group it is for; empty = all · 适用人群，空为全部';
comment on column ops.rule_parameters.division_code is 'Division, 00 = country · 区划代码，00 为全国';
comment on column ops.rule_parameters.valid_from is 'First day · 生效日期';
comment on column ops.rule_parameters.valid_to is 'Last day; null = open · 失效日期，空为长期';
comment on column ops.rule_parameters.value is 'Value as written · 值';
comment on column ops.rule_parameters.unit is 'Unit · 单位';
comment on column ops.rule_parameters.source is 'Policy it comes from · 政策依据';
comment on column ops.rule_parameters.loaded_at is 'When it was loaded · 载入时间';
comment on column ops.rule_parameters.is_current is 'Whether the set counts now · 是否现行';
