-- Events on their way out. What happened is never changed, how far it was delivered is.
create table outbox (
    organization_id blob not null,
    event_id blob not null,
    available_at integer,
    claimed_until integer,
    claim_token integer not null,
    ended text,
    document text not null,
    primary key (organization_id, event_id)
) strict, without rowid
--;
create index outbox_waiting on outbox (organization_id, event_id) where available_at is not null
--;
create index outbox_due_anywhere on outbox (available_at, organization_id)
    where available_at is not null
--;
-- Only ever added to.
create table audit (
    organization_id blob not null,
    audit_id blob not null,
    subject_kind text not null,
    subject_id text not null,
    document text not null,
    primary key (organization_id, audit_id)
) strict, without rowid
--;
create index audit_subject on audit (organization_id, subject_kind, subject_id, audit_id)
--;
-- What requests with an idempotency key were answered.
create table replies (
    organization_id blob not null,
    scope text not null,
    key text not null,
    fingerprint blob not null,
    replied_at integer not null,
    document text not null,
    primary key (organization_id, scope, key)
) strict, without rowid
