-- Logins belong to no organization.
create table identities (
    identity_id uuid not null,
    version bigint not null,
    email text not null,
    document json not null,
    constraint identities_pkey primary key (identity_id),
    constraint identities_email unique (email)
)
--;
select nm.keep_everywhere('identities')
--;
grant select, insert, update on identities to nm_app
--;
create table people (
    organization_id uuid not null,
    person_id uuid not null,
    version bigint not null,
    email text not null,
    identity_id uuid,
    left_at timestamptz,
    document json not null,
    constraint people_pkey primary key (organization_id, person_id),
    constraint people_email unique (organization_id, email),
    constraint people_identity unique (organization_id, identity_id)
)
--;
select nm.tenant_table('people')
--;
alter table people add constraint people_organization
    foreign key (organization_id) references organizations (organization_id)
--;
grant select, insert, update on people to nm_app
--;
create table person_roles (
    organization_id uuid not null,
    role text not null,
    person_id uuid not null,
    constraint person_roles_pkey primary key (organization_id, role, person_id)
)
--;
select nm.tenant_table('person_roles')
--;
alter table person_roles add constraint person_roles_person
    foreign key (organization_id, person_id) references people (organization_id, person_id)
    on delete cascade
--;
grant select, insert, delete on person_roles to nm_app
--;
create index person_roles_person on person_roles (organization_id, person_id)
--;
-- Where a login belongs, for when it comes without an organization: ids and nothing else. A
-- transaction sees those of the one login it names; only the organization itself adds and removes
-- its own.
create table memberships (
    identity_id uuid not null,
    organization_id uuid not null,
    person_id uuid not null,
    constraint memberships_pkey primary key (identity_id, organization_id)
)
--;
select nm.keep_everywhere('memberships')
--;
alter table memberships enable row level security
--;
alter table memberships force row level security
--;
create policy tenant on memberships using (organization_id = nm.current_org())
    with check (organization_id = nm.current_org())
--;
create policy login on memberships for select using (identity_id = nm.current_identity())
--;
grant select, insert, delete on memberships to nm_app
--;
create table invitations (
    organization_id uuid not null,
    invitation_id uuid not null,
    version bigint not null,
    document json not null,
    constraint invitations_pkey primary key (organization_id, invitation_id)
)
--;
select nm.tenant_table('invitations')
--;
alter table invitations add constraint invitations_organization
    foreign key (organization_id) references organizations (organization_id)
--;
grant select, insert, update on invitations to nm_app
--;
create table sessions (
    organization_id uuid not null,
    session_id uuid not null,
    person_id uuid not null,
    version bigint not null,
    document json not null,
    constraint sessions_pkey primary key (organization_id, session_id)
)
--;
select nm.tenant_table('sessions')
--;
alter table sessions add constraint sessions_person
    foreign key (organization_id, person_id) references people (organization_id, person_id)
--;
grant select, insert, update on sessions to nm_app
