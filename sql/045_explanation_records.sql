-- What an explanation needs and nothing else keeps: the contracts' columns, how a month's rows were linked, who read.

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
