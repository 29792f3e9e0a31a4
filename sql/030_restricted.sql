-- Schema restricted: what leads back to a family. Keys are pseudonyms issued once by `hearth.keys`.

create table if not exists restricted.quarantine (
    delivery_id bigint not null references ops.deliveries deferrable initially deferred,
    row_number integer not null,
    cells jsonb not null check (jsonb_typeof(cells) = 'array'),
    reasons jsonb not null check (jsonb_typeof(reasons) = 'array' and jsonb_array_length(reasons) > 0),
    primary key (delivery_id, row_number)
);
comment on table restricted.quarantine is 'Faulty rows of accepted and held deliveries, to go back to the sender. One row per delivery and row · 隔离行，退回报送单位，每交付每行一条';
comment on column restricted.quarantine.delivery_id is 'The delivery · 交付编号';
comment on column restricted.quarantine.row_number is 'Row as the sender sees it, from 1 · 原文件行号';
comment on column restricted.quarantine.cells is 'The cells as delivered, in the file''s order · 原始单元格，按文件列序';
comment on column restricted.quarantine.reasons is 'Every reason: column, header, code, message_zh, message_en · 全部原因';

create table if not exists restricted.row_answers (
    delivery_id bigint not null references ops.deliveries on delete cascade deferrable initially deferred,
    row_number integer not null,
    answers_delivery_id bigint not null,
    answers_row integer not null,
    primary key (delivery_id, row_number)
);
create index if not exists row_answers_answered on restricted.row_answers (answers_delivery_id, answers_row);
comment on table restricted.row_answers is 'Which faulty row a row of a returned workbook corrects. One row per row of an addition that says so · 退回表的行更正了哪一行，每行一条';
comment on column restricted.row_answers.delivery_id is 'The addition · 补充交付的编号';
comment on column restricted.row_answers.row_number is 'Its row, from 1 · 补充交付中的行号';
comment on column restricted.row_answers.answers_delivery_id is 'The delivery whose row was faulty · 错误行所在的交付';
comment on column restricted.row_answers.answers_row is 'The faulty row · 错误行的行号';

create table if not exists restricted.delivery_tops (
    delivery_id bigint primary key references ops.deliveries on delete cascade deferrable initially deferred,
    cells jsonb not null check (jsonb_typeof(cells) = 'array'),
    merged_cells jsonb not null check (jsonb_typeof(merged_cells) = 'array')
);
comment on table restricted.delivery_tops is 'What stands above the first row of deliveries with faulty rows, for the workbook that goes back. One row per delivery · 有错误行的交付的表头及其上方内容，用于退回表，每交付一行';
comment on column restricted.delivery_tops.delivery_id is 'The delivery · 交付编号';
comment on column restricted.delivery_tops.cells is 'Title rows and header rows, cell by cell · 标题行与表头行的单元格';
comment on column restricted.delivery_tops.merged_cells is 'Merged cells among them: first row, first column, last row, last column, from 0 · 其中的合并单元格（从0起）';

create table if not exists restricted.row_samples (
    delivery_id bigint primary key references ops.deliveries on delete cascade deferrable initially deferred,
    told_by text[] not null,
    digests bigint[] not null
);
comment on table restricted.row_samples is 'By which a list is known again that comes as another part. One row per delivery of a list with rows · 名册行摘要的样本，用于识别以另一部分名义重复报送的名册，每份有数据的名册一行';
comment on column restricted.row_samples.delivery_id is 'The delivery · 交付编号';
comment on column restricted.row_samples.told_by is 'The columns by which its rows are told from each other · 用以区分各行的列';
comment on column restricted.row_samples.digests is 'The 256 least digests of its rows'' keys · 其各行标识摘要中最小的256个';

create table if not exists restricted.households (
    household_key text primary key,
    household_no text not null unique,
    first_seen_delivery_id bigint
);
comment on table restricted.households is 'Pseudonym and household number. One row per household ever on the roster · 户假名与户编号对照，每户一行';
comment on column restricted.households.household_key is 'Pseudonym, issued once · 户假名，一经签发不变';
comment on column restricted.households.household_no is 'Household number of the roster · 户编号';
comment on column restricted.households.first_seen_delivery_id is 'The roster that first named it · 首次出现的交付';

create table if not exists restricted.persons (
    person_key text primary key,
    person_no text not null unique,
    first_seen_delivery_id bigint
);
comment on table restricted.persons is 'Pseudonym and person number. One row per person ever on the roster · 人假名与人编号对照，每人一行';
comment on column restricted.persons.person_key is 'Pseudonym, issued once · 人假名，一经签发不变';
comment on column restricted.persons.person_no is 'Person number of the roster · 人编号';
comment on column restricted.persons.first_seen_delivery_id is 'The roster that first named them · 首次出现的交付';

create table if not exists restricted.household_cards (
    household_key text primary key references restricted.households,
    household_no text not null,
    month date not null,
    village_code text not null,
    township_code text not null,
    township_name text,
    village_name text,
    head_name text,
    phone text,
    member_names text[] not null default '{}'
);
create index if not exists household_cards_village on restricted.household_cards (village_code);
comment on table restricted.household_cards is 'What a caseworker needs to find and visit a family, from the newest published month. One row per household · 入户卡，取最新发布月份，每户一行';
comment on column restricted.household_cards.household_key is 'Pseudonym · 户假名';
comment on column restricted.household_cards.household_no is 'Household number · 户编号';
comment on column restricted.household_cards.month is 'Month it describes, first day · 所述月份首日';
comment on column restricted.household_cards.village_code is 'Village in that month · 行政村代码';
comment on column restricted.household_cards.township_code is 'Township in that month · 乡镇代码';
comment on column restricted.household_cards.township_name is 'Township · 乡镇';
comment on column restricted.household_cards.village_name is 'Village · 行政村';
comment on column restricted.household_cards.head_name is 'Head of the household · 户主姓名';
comment on column restricted.household_cards.phone is 'Telephone · 联系电话';
comment on column restricted.household_cards.member_names is 'Members · 家庭成员姓名';

create table if not exists restricted.caseworker_divisions (
    role_name name not null,
    division_code text not null check (division_code = '00' or division_code ~ '^[0-9]{12}$'),
    assigned_at timestamptz not null default now(),
    assigned_by name not null default current_user,
    primary key (role_name, division_code)
);
comment on table restricted.caseworker_divisions is 'Which divisions a caseworker''s role may look into; none = no card. One row per role and division · 帮扶干部可查看的区划，无记录则不可见';
comment on column restricted.caseworker_divisions.role_name is 'Database role, or a group it belongs to · 数据库角色或其所属组';
comment on column restricted.caseworker_divisions.division_code is 'Division of any level, 12 digits; 00 = all · 任一级区划代码，00 为全部';
comment on column restricted.caseworker_divisions.assigned_at is 'When it was assigned · 授权时间';
comment on column restricted.caseworker_divisions.assigned_by is 'Who assigned it · 授权人';

create table if not exists restricted.read_log (
    read_id bigint generated always as identity primary key,
    role_name name not null,
    household_key text not null,
    read_at timestamptz not null default clock_timestamp()
);
create index if not exists read_log_household on restricted.read_log (household_key, read_at);
comment on table restricted.read_log is 'Every card that was read. One row per card and read · 入户卡查阅日志，每次每户一行';
comment on column restricted.read_log.read_id is 'Number of the read · 查阅编号';
comment on column restricted.read_log.role_name is 'Who logged in · 登录角色';
comment on column restricted.read_log.household_key is 'Whose card · 被查阅的户';
comment on column restricted.read_log.read_at is 'When · 查阅时间';
