create table policies (
    organization_id uuid not null,
    policy_id uuid not null,
    version bigint not null,
    document json not null,
    constraint policies_pkey primary key (organization_id, policy_id)
)
--;
select nm.tenant_table('policies')
--;
alter table policies add constraint policies_organization
    foreign key (organization_id) references organizations (organization_id)
--;
grant select, insert, update on policies to nm_app
--;
create table offer_sets (
    organization_id uuid not null,
    offer_set_id uuid not null,
    version bigint not null,
    document json not null,
    constraint offer_sets_pkey primary key (organization_id, offer_set_id)
)
--;
select nm.tenant_table('offer_sets')
--;
alter table offer_sets add constraint offer_sets_organization
    foreign key (organization_id) references organizations (organization_id)
--;
grant select, insert, update on offer_sets to nm_app
