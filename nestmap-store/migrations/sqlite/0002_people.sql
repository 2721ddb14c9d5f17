-- SQLite looks at the rules of uniqueness from the last to the first: the primary key stands last,
-- so that of two duplicates the id is named.
create table identities (
    identity_id blob not null,
    version integer not null,
    email text not null,
    document text not null,
    unique (email),
    primary key (identity_id)
) strict, without rowid
--;
create table people (
    organization_id blob not null references organizations (organization_id),
    person_id blob not null,
    version integer not null,
    email text not null,
    identity_id blob,
    left_at integer,
    document text not null,
    unique (organization_id, identity_id),
    unique (organization_id, email),
    primary key (organization_id, person_id)
) strict, without rowid
--;
create table person_roles (
    organization_id blob not null,
    role text not null,
    person_id blob not null,
    primary key (organization_id, role, person_id),
    foreign key (organization_id, person_id) references people (organization_id, person_id)
        on delete cascade
) strict, without rowid
--;
create index person_roles_person on person_roles (organization_id, person_id)
--;
-- Where a login belongs, for when it comes without an organization: ids and nothing else.
create table memberships (
    identity_id blob not null,
    organization_id blob not null,
    person_id blob not null,
    primary key (identity_id, organization_id)
) strict, without rowid
--;
create table invitations (
    organization_id blob not null references organizations (organization_id),
    invitation_id blob not null,
    version integer not null,
    document text not null,
    primary key (organization_id, invitation_id)
) strict, without rowid
--;
create table sessions (
    organization_id blob not null,
    session_id blob not null,
    person_id blob not null,
    version integer not null,
    document text not null,
    primary key (organization_id, session_id),
    foreign key (organization_id, person_id) references people (organization_id, person_id)
) strict, without rowid
