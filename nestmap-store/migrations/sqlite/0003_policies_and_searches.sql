create table policies (
    organization_id blob not null references organizations (organization_id),
    policy_id blob not null,
    version integer not null,
    document text not null,
    primary key (organization_id, policy_id)
) strict, without rowid
--;
create table offer_sets (
    organization_id blob not null references organizations (organization_id),
    offer_set_id blob not null,
    version integer not null,
    document text not null,
    primary key (organization_id, offer_set_id)
) strict, without rowid
