-- What the tables of `intermediate` hold: whose month they were last made for and what it rested on, so that a later
-- build of the month renews only what was touched since. Unlogged like those tables: a killed server empties all alike.
create unlogged table if not exists intermediate.standing_builds (
    build_id bigint primary key,
    month date not null,
    rests_on text not null,
    inputs jsonb not null,
    decisions bigint[] not null,
    renews bigint,
    has_begun boolean not null default false,
    is_standing boolean not null default false
);
alter table intermediate.standing_builds owner to transformer;
comment on table intermediate.standing_builds is 'The build whose tables stand in intermediate, and the one that is about to replace them. One row per build · 中间层现存数据所属的构建，以及将替换它的构建，每次构建一行';
comment on column intermediate.standing_builds.build_id is 'The build · 构建编号';
comment on column intermediate.standing_builds.month is 'Its month, first day · 月份首日';
comment on column intermediate.standing_builds.rests_on is 'Digest of parameters, kinds of file and models · 参数、交付种类与模型的摘要';
comment on column intermediate.standing_builds.inputs is 'The deliveries it rests on: source, extract, part, number, whether stale · 所依据的交付：来源、种类、部分、编号、是否过期';
comment on column intermediate.standing_builds.decisions is 'Decisions on records in doubt that were in force · 当时有效的待核决定';
comment on column intermediate.standing_builds.renews is 'The standing build whose tables it renews where they were touched; null where it builds all · 在其基础上局部更新的构建，全量构建为空';
comment on column intermediate.standing_builds.has_begun is 'Whether it has changed a table · 是否已改动中间表';
comment on column intermediate.standing_builds.is_standing is 'Whether it was published and its tables stand · 是否已发布、其表是否有效';

alter table ops.builds add column if not exists touched_households integer;
comment on column ops.builds.touched_households is 'Households renewed, where the build left the others as they were; null where all were built · 局部更新时涉及的户数，全量构建为空';
