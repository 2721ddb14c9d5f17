-- What offers are judged by is found without reading drafts and retired policies.
alter table policies add column state text not null default 'draft'
--;
update policies set state = document ->> '$.state.state'
--;
create index policies_state on policies (organization_id, state, policy_id)
