create table trips (
    organization_id uuid not null,
    trip_id uuid not null,
    version bigint not null,
    document json not null,
    constraint trips_pkey primary key (organization_id, trip_id)
)
--;
select nm.tenant_table('trips')
--;
alter table trips add constraint trips_organization
    foreign key (organization_id) references organizations (organization_id)
--;
grant select, insert, update on trips to nm_app
--;
-- Who takes or booked a trip.
create table trip_people (
    organization_id uuid not null,
    person_id uuid not null,
    trip_id uuid not null,
    constraint trip_people_pkey primary key (organization_id, person_id, trip_id)
)
--;
select nm.tenant_table('trip_people')
--;
alter table trip_people add constraint trip_people_trip
    foreign key (organization_id, trip_id) references trips (organization_id, trip_id)
    on delete cascade
--;
grant select, insert, delete on trip_people to nm_app
--;
create index trip_people_trip on trip_people (organization_id, trip_id)
--;
create table approvals (
    organization_id uuid not null,
    approval_id uuid not null,
    trip_id uuid not null,
    version bigint not null,
    due_at timestamptz,
    document json not null,
    constraint approvals_pkey primary key (organization_id, approval_id)
)
--;
select nm.tenant_table('approvals')
--;
alter table approvals add constraint approvals_trip
    foreign key (organization_id, trip_id) references trips (organization_id, trip_id)
--;
grant select, insert, update on approvals to nm_app
--;
create index approvals_trip on approvals (organization_id, trip_id, approval_id)
--;
create index approvals_due on approvals (organization_id, due_at, approval_id)
    where due_at is not null
--;
-- For finding the organizations with work, which alone looks at all of them: nm_worker sees when
-- something is due and where, and nothing of what it is.
create index approvals_due_anywhere on approvals (due_at, organization_id) where due_at is not null
--;
create policy discovery on approvals for select to nm_worker using (true)
--;
grant select (organization_id, due_at) on approvals to nm_worker
--;
-- Who is asked about a pending approval.
create table approval_approvers (
    organization_id uuid not null,
    person_id uuid not null,
    approval_id uuid not null,
    constraint approval_approvers_pkey primary key (organization_id, person_id, approval_id)
)
--;
select nm.tenant_table('approval_approvers')
--;
alter table approval_approvers add constraint approval_approvers_approval
    foreign key (organization_id, approval_id) references approvals (organization_id, approval_id)
    on delete cascade
--;
grant select, insert, delete on approval_approvers to nm_app
--;
create index approval_approvers_approval on approval_approvers (organization_id, approval_id)
