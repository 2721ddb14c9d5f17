-- What offers are judged by is found without reading drafts and retired policies.
alter table policies add column state text not null default 'draft'
--;
-- While this is off, the owner sees the rows of every organization and can fill the column.
alter table policies no force row level security
--;
update policies set state = document -> 'state' ->> 'state'
--;
alter table policies force row level security
--;
create index policies_state on policies (organization_id, state, policy_id)
