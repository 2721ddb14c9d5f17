//! What the two databases spell differently, beside the statements with two texts.

/// A uniqueness rule: its name on PostgreSQL, its columns as SQLite prints them, and what a
/// duplicate is called.
struct Unique {
    name: &'static str,
    columns: &'static str,
    kind: &'static str,
    field: &'static str,
}

macro_rules! unique {
    ($($name:literal, $columns:literal => $kind:literal, $field:literal;)*) => {
        &[$(Unique { name: $name, columns: $columns, kind: $kind, field: $field },)*]
    };
}

const UNIQUE: &[Unique] = unique! {
    "organizations_pkey", "organizations.organization_id" => "organization", "id";
    "identities_pkey", "identities.identity_id" => "identity", "id";
    "identities_email", "identities.email" => "identity", "email";
    "people_pkey", "people.organization_id, people.person_id" => "person", "id";
    "people_email", "people.organization_id, people.email" => "person", "email";
    "people_identity", "people.organization_id, people.identity_id" => "person", "identity";
    "invitations_pkey", "invitations.organization_id, invitations.invitation_id" => "invitation", "id";
    "sessions_pkey", "sessions.organization_id, sessions.session_id" => "session", "id";
    "policies_pkey", "policies.organization_id, policies.policy_id" => "policy", "id";
    "offer_sets_pkey", "offer_sets.organization_id, offer_sets.offer_set_id" => "offer_set", "id";
    "trips_pkey", "trips.organization_id, trips.trip_id" => "trip", "id";
    "approvals_pkey", "approvals.organization_id, approvals.approval_id" => "approval", "id";
    "orders_pkey", "orders.organization_id, orders.order_id" => "order", "id";
    "orders_supplier_order", "orders.organization_id, orders.supplier, orders.supplier_order_id" => "order", "supplier_order";
    "transfers_pkey", "transfers.organization_id, transfers.transfer_id" => "transfer", "id";
    "transfers_leg", "transfers.organization_id, transfers.order_id, transfers.leg" => "transfer", "leg";
    "outbox_pkey", "outbox.organization_id, outbox.event_id" => "event", "id";
    "audit_pkey", "audit.organization_id, audit.audit_id" => "audit_record", "id";
};

/// The kind and field of the uniqueness rule that a database names.
pub(crate) fn unique(constraint: &str) -> Option<(&'static str, &'static str)> {
    let named = |rule: &&Unique| rule.name == constraint || rule.columns == constraint;
    UNIQUE.iter().find(named).map(|rule| (rule.kind, rule.field))
}

/// Tables whose rows belong to organizations, with row-level security on PostgreSQL.
#[cfg(any(feature = "postgres", test))]
pub(crate) const TENANT_TABLES: &[&str] = &[
    "organizations",
    "people",
    "person_roles",
    "memberships",
    "invitations",
    "sessions",
    "policies",
    "offer_sets",
    "trips",
    "trip_people",
    "approvals",
    "approval_approvers",
    "orders",
    "transfers",
    "outbox",
    "audit",
    "replies",
];
