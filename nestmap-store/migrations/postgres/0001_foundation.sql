-- Roles. Where the migrating role may not create them, somebody who may must have done so:
--   create role nm_app login noinherit; create role nm_worker; grant nm_worker to nm_app;
-- `noinherit` matters: nm_app becomes nm_worker only when it says so, to find due work.
do $$
begin
    if not exists (select from pg_roles where rolname = 'nm_worker') then
        create role nm_worker nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'nm_app') then
        create role nm_app nologin noinherit;
        grant nm_worker to nm_app;
    end if;
end
$$
--;
create schema nm
--;
grant usage on schema nm to nm_app
--;
grant usage on schema nm to nm_worker
--;
-- The organization the transaction works in; none where it named none. Simple enough to be
-- inlined, so that it is looked up once for a query and not for each row.
create function nm.current_org() returns uuid language sql stable parallel safe
return nullif(current_setting('nm.org', true), '')::uuid
--;
-- The login whose organizations the transaction looks up; none where it named none.
create function nm.current_identity() returns uuid language sql stable parallel safe
return nullif(current_setting('nm.identity', true), '')::uuid
--;
-- Spreads a table over the nodes of a Citus cluster, beside the others of the same organization.
create function nm.shard_by_org(relation regclass) returns void language plpgsql as $$
begin
    if exists (select from pg_extension where extname = 'citus') then
        if relation = 'organizations'::regclass then
            perform create_distributed_table(relation, 'organization_id', colocate_with => 'none');
        else
            perform create_distributed_table(
                relation, 'organization_id', colocate_with => 'organizations');
        end if;
    end if;
end
$$
--;
-- Keeps a small table without organizations on every node of a Citus cluster.
create function nm.keep_everywhere(relation regclass) returns void language plpgsql as $$
begin
    if exists (select from pg_extension where extname = 'citus') then
        perform create_reference_table(relation);
    end if;
end
$$
--;
-- Every table of things that belong to organizations goes through here right after it was created:
-- spread, and behind row-level security that binds its owner too.
create function nm.tenant_table(relation regclass) returns void language plpgsql as $$
begin
    perform nm.shard_by_org(relation);
    execute format('alter table %s enable row level security', relation);
    execute format('alter table %s force row level security', relation);
    execute format(
        'create policy tenant on %s using (organization_id = nm.current_org()) '
        'with check (organization_id = nm.current_org())', relation);
end
$$
--;
grant select on _sqlx_migrations to nm_app
--;
create table organizations (
    organization_id uuid not null,
    version bigint not null,
    document json not null,
    constraint organizations_pkey primary key (organization_id)
)
--;
select nm.tenant_table('organizations')
--;
grant select, insert, update on organizations to nm_app
