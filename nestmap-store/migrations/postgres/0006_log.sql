-- Events on their way out. What happened is never changed, how far it was delivered is.
create table outbox (
    organization_id uuid not null,
    event_id uuid not null,
    available_at timestamptz,
    claimed_until timestamptz,
    claim_token bigint not null,
    ended text,
    document json not null,
    constraint outbox_pkey primary key (organization_id, event_id)
)
--;
select nm.tenant_table('outbox')
--;
grant select, insert on outbox to nm_app
--;
grant update (available_at, claimed_until, claim_token, ended) on outbox to nm_app
--;
create index outbox_waiting on outbox (organization_id, event_id) where available_at is not null
--;
create index outbox_due_anywhere on outbox (available_at, organization_id)
    where available_at is not null
--;
create policy discovery on outbox for select to nm_worker using (true)
--;
grant select (organization_id, available_at, claimed_until) on outbox to nm_worker
--;
-- Only ever added to.
create table audit (
    organization_id uuid not null,
    audit_id uuid not null,
    subject_kind text not null,
    subject_id text not null,
    document json not null,
    constraint audit_pkey primary key (organization_id, audit_id)
)
--;
select nm.tenant_table('audit')
--;
grant select, insert on audit to nm_app
--;
revoke update, delete, truncate on audit from nm_app
--;
create index audit_subject on audit (organization_id, subject_kind, subject_id, audit_id)
--;
-- What requests with an idempotency key were answered.
create table replies (
    organization_id uuid not null,
    scope text not null,
    key text not null,
    fingerprint bytea not null,
    replied_at timestamptz not null,
    document json not null,
    constraint replies_pkey primary key (organization_id, scope, key)
)
--;
select nm.tenant_table('replies')
--;
grant select, insert on replies to nm_app
