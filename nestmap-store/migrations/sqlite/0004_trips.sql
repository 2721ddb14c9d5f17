create table trips (
    organization_id blob not null references organizations (organization_id),
    trip_id blob not null,
    version integer not null,
    document text not null,
    primary key (organization_id, trip_id)
) strict, without rowid
--;
-- Who takes or booked a trip.
create table trip_people (
    organization_id blob not null,
    person_id blob not null,
    trip_id blob not null,
    primary key (organization_id, person_id, trip_id),
    foreign key (organization_id, trip_id) references trips (organization_id, trip_id)
        on delete cascade
) strict, without rowid
--;
create index trip_people_trip on trip_people (organization_id, trip_id)
--;
create table approvals (
    organization_id blob not null,
    approval_id blob not null,
    trip_id blob not null,
    version integer not null,
    due_at integer,
    document text not null,
    primary key (organization_id, approval_id),
    foreign key (organization_id, trip_id) references trips (organization_id, trip_id)
) strict, without rowid
--;
create index approvals_trip on approvals (organization_id, trip_id, approval_id)
--;
create index approvals_due on approvals (organization_id, due_at, approval_id)
    where due_at is not null
--;
create index approvals_due_anywhere on approvals (due_at, organization_id) where due_at is not null
--;
-- Who is asked about a pending approval.
create table approval_approvers (
    organization_id blob not null,
    person_id blob not null,
    approval_id blob not null,
    primary key (organization_id, person_id, approval_id),
    foreign key (organization_id, approval_id) references approvals (organization_id, approval_id)
        on delete cascade
) strict, without rowid
--;
create index approval_approvers_approval on approval_approvers (organization_id, approval_id)
