//! Drafting, publishing and retiring policies.

use serde_json::json;

use super::{Call, found, home};
use crate::access::{Permission, Resource, may};
use crate::error::Result;
use crate::id::{OrganizationId, PolicyId};
use crate::nestmap::NestMap;
use crate::policy::{Policy, PolicyDocument, PolicyInForce, in_force};
use crate::port::store::{Change, Key, Stored, Version, Write};
use crate::time::Timestamp;

impl NestMap {
    /// Keeps a policy as a draft.
    pub async fn draft_policy(
        &self,
        call: &Call,
        document: PolicyDocument,
    ) -> Result<Stored<Policy>> {
        may(&call.actor, Permission::PolicyWrite, Resource::of("organization", home(call)))?;
        let id = self
            .write(call, "draft_policy", &document, |mut work| {
                let document = document.clone();
                async move {
                    let id = PolicyId::new(work.now, self.for_id());
                    let policy = Policy::draft(id, home(call), document);
                    let facts = json!({ "digest": policy.document.digest() });
                    work.record(Change::Policy(Write::Insert(policy)), "policy.drafted", facts);
                    Ok((work, id))
                }
            })
            .await?;
        found("policy", self.store.policy(home(call), id).await?)
    }

    /// Replaces a draft's document.
    pub async fn revise_policy(
        &self,
        call: &Call,
        id: PolicyId,
        document: PolicyDocument,
        expected: Option<Version>,
    ) -> Result<Stored<Policy>> {
        let input = (id, &document);
        self.update_policy(call, id, expected, "policy.revised", &input, |policy, _| {
            policy.revise(document.clone())
        })
        .await
    }

    /// Puts a draft in force, for the days its document names.
    pub async fn publish_policy(
        &self,
        call: &Call,
        id: PolicyId,
        expected: Option<Version>,
    ) -> Result<Stored<Policy>> {
        let by = call.actor.need_person()?;
        self.update_policy(call, id, expected, "policy.published", &id, |policy, now| {
            policy.publish(now, by)
        })
        .await
    }

    /// Takes a published policy out of force.
    pub async fn retire_policy(
        &self,
        call: &Call,
        id: PolicyId,
        expected: Option<Version>,
    ) -> Result<Stored<Policy>> {
        let by = call.actor.need_person()?;
        self.update_policy(call, id, expected, "policy.retired", &id, |policy, now| {
            policy.retire(now, by)
        })
        .await
    }

    async fn update_policy<I: serde::Serialize>(
        &self,
        call: &Call,
        id: PolicyId,
        expected: Option<Version>,
        action: &str,
        input: &I,
        change: impl Fn(Policy, Timestamp) -> Result<Policy>,
    ) -> Result<Stored<Policy>> {
        may(&call.actor, Permission::PolicyWrite, Resource::of("organization", home(call)))?;
        self.write(call, action, input, |mut work| {
            let change = &change;
            async move {
                let stored = found("policy", self.store.policy(home(call), id).await?)?;
                let stored = stored.expect(expected)?;
                // Whoever decides by the policies in force guards the organization: touching it
                // here makes them decide again.
                let organization =
                    found("organization", self.store.organization(home(call)).await?)?;
                let policy = change(stored.value, work.now)?;
                let facts = json!({ "digest": policy.document.digest() });
                work.record(Change::Policy(Write::Update(policy, stored.version)), action, facts);
                let touched = Write::Update(organization.value, organization.version);
                work.change(Change::Organization(touched));
                Ok((work, ()))
            }
        })
        .await?;
        found("policy", self.store.policy(home(call), id).await?)
    }

    /// One policy.
    pub async fn policy(&self, call: &Call, id: PolicyId) -> Result<Stored<Policy>> {
        may(&call.actor, Permission::PolicyRead, Resource::of("policy", home(call)))?;
        found("policy", self.store.policy(home(call), id).await?)
    }

    /// Every policy, oldest first.
    pub async fn policies(&self, call: &Call) -> Result<Vec<Stored<Policy>>> {
        may(&call.actor, Permission::PolicyRead, Resource::of("organization", home(call)))?;
        Ok(self.store.policies(home(call)).await?)
    }

    /// The policies that hold now, and what to guard so that they still do at the commit.
    pub(crate) async fn policies_in_force(
        &self,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<(Vec<PolicyInForce>, (Key, Version))> {
        // The organization is read first: a policy published in between fails the guard.
        let stored = found("organization", self.store.organization(organization).await?)?;
        let policies = self.store.policies(organization).await?;
        let utc = crate::time::Zone::parse("UTC")?;
        let day = now.in_zone(&utc).date();
        let holding = in_force(policies.iter().map(|p| (&p.value, p.version)), day);
        Ok((holding, (Key::Organization(organization), stored.version)))
    }
}
