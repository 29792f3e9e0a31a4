-- Marts of an existing warehouse take the shape that their models have now, and no published month loses a value.

alter table ops.builds add column if not exists marts_shape text;
comment on column ops.builds.marts_shape is 'Digest of the marts'' columns and types it was built for; a published month of another shape is due · 构建时数据集市结构摘要，与现行结构不同的月份须重建';

create or replace function ops.fit_mart(mart regclass, slice regclass)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    wanted record;
    loses boolean;
    former name;
begin
    for wanted in
        select
            theirs.attname as name,
            format_type(theirs.atttypid, theirs.atttypmod) as kind,
            format_type(ours.atttypid, ours.atttypmod) as former_kind
        from pg_attribute as theirs
        left join pg_attribute as ours
            on ours.attrelid = mart and ours.attname = theirs.attname and not ours.attisdropped
        where
            theirs.attrelid = slice and theirs.attnum > 0 and not theirs.attisdropped
            and format_type(theirs.atttypid, theirs.atttypmod)
            is distinct from format_type(ours.atttypid, ours.atttypmod)
        order by theirs.attnum
    loop
        if wanted.former_kind is not null then
            begin
                execute format(
                    'select exists (select from %1$s where %2$I::%3$s::%4$s is distinct from %2$I)',
                    mart, wanted.name, wanted.kind, wanted.former_kind
                ) into loses;
                if not loses then
                    execute format(
                        'alter table %1$s alter column %2$I type %3$s using %2$I::%3$s', mart, wanted.name, wanted.kind
                    );
                    continue;
                end if;
            exception
                -- A value that is none of the new type, types without a way between them, a view on the column.
                when data_exception or cannot_coerce or feature_not_supported then null;
            end;
            former := left(wanted.name, 50) || '__former';
            while exists (
                select from pg_attribute where attrelid = mart and attname = former and not attisdropped
            ) loop
                former := left(former, 60) || '_';
            end loop;
            execute format('alter table %s rename column %I to %I', mart, wanted.name, former);
        end if;
        execute format('alter table %s add column %I %s', mart, wanted.name, wanted.kind);
    end loop;
end
$$;
comment on function ops.fit_mart(regclass, regclass) is 'Gives a mart the columns and types of a month built for it. A type into which no value fits unchanged becomes a column of its own, beside the former one, named …__former · 使数据集市具备新建月份的列与类型；旧值无法原样转换时保留为 …__former 列';
