-- Roles, schemas and who may enter them. Run by the warehouse's owner: superuser rights are not needed, CREATEROLE is
-- only for roles that do not exist yet. Passwords are set by `hearth.database.bootstrap`.

do $$
declare
    wanted name;
begin
    foreach wanted in array array['loader', 'transformer', 'analyst', 'dashboard', 'caseworker']::name[] loop
        if not exists (select from pg_roles where rolname = wanted) then
            execute format('create role %I login', wanted);
        end if;
    end loop;

    -- Owns the view through which cards are read, so that row security applies to it; nobody logs in as this role.
    if not exists (select from pg_roles where rolname = 'card_reader') then
        create role card_reader nologin;
    end if;

    -- The owner acts for the three roles that own objects; a superuser may already.
    foreach wanted in array array['loader', 'transformer', 'card_reader']::name[] loop
        if not pg_has_role(current_user, wanted, 'usage') then
            execute format('grant %I to current_user', wanted);
        end if;
    end loop;

    execute format(
        'grant connect on database %I to loader, transformer, analyst, dashboard, caseworker', current_database()
    );
    -- dbt makes its own schemas and temporary tables.
    execute format('grant create, temporary on database %I to transformer', current_database());
end
$$;

create schema if not exists raw authorization loader;
create schema if not exists staging authorization transformer;
create schema if not exists intermediate authorization transformer;
create schema if not exists marts_next authorization transformer;
create schema if not exists marts authorization transformer;
create schema if not exists ops;
create schema if not exists restricted;

comment on schema raw is 'Rows as delivered, one slice per delivery; holds personal data · 原始数据：每个交付文件一个分区，含个人信息';
comment on schema staging is 'One view per raw table, renamed and cast · 暂存层：每张原始表一个视图';
comment on schema intermediate is 'Identity, households and risk rules; holds personal data · 中间层：身份、户与风险规则，含个人信息';
comment on schema marts_next is 'A month being built, before its gate · 在建月份，校验通过前不发布';
comment on schema marts is 'What people query: published months, no personal data · 对外查询：已发布月份，不含个人信息';
comment on schema ops is 'How the warehouse runs: deliveries, builds, parameters; no personal data · 运行记录：交付、构建、参数，不含个人信息';
comment on schema restricted is 'What leads back to a family, and quarantined rows · 受限数据：可回溯到户的对照与隔离行';

revoke all on schema public from public;
