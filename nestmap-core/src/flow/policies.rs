//! Drafting, publishing and retiring policies.

use serde_json::json;

use super::{Call, found, home};
use crate::access::{Permission, Resource, may};
use crate::error::{Code, Error, Result};
use crate::id::{OrganizationId, PolicyId};
use crate::nestmap::NestMap;
use crate::page::{Page, PageRequest};
use crate::policy::{Policy, PolicyDocument, PolicyInForce, in_force};
use crate::port::store::{Change, Key, Stored, Version, Write};
use crate::time::Timestamp;

/// Most policies of an organization that are drafts or published. Retired ones don't count.
pub const POLICIES_MAX: i64 = 100;
/// Most rules that the published policies of an organization have together: every offer of every
/// search is held against those in force.
pub const PUBLISHED_RULES_MAX: usize = 2_000;

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
                    self.check_room_for_draft(home(call)).await?;
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
                if policy.state.is_published() {
                    self.check_room_for_rules(&policy).await?;
                }
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

    /// Policies in any state, newest first.
    pub async fn policies(
        &self,
        call: &Call,
        page: PageRequest<PolicyId>,
    ) -> Result<Page<Stored<Policy>, PolicyId>> {
        may(&call.actor, Permission::PolicyRead, Resource::of("organization", home(call)))?;
        Ok(self.store.policies(home(call), page).await?)
    }

    /// Drafts at the same moment may be a few more than the limit: it is there for what grows
    /// without end.
    async fn check_room_for_draft(&self, organization: OrganizationId) -> Result<()> {
        if self.store.living_policies(organization).await? < POLICIES_MAX {
            return Ok(());
        }
        let message = format!("there are {POLICIES_MAX} drafts and published policies already");
        Err(Error::new(Code::PolicyLimit, message).detail("policies_max", POLICIES_MAX))
    }

    /// Whoever publishes touches the organization, so two at the same moment see each other.
    async fn check_room_for_rules(&self, policy: &Policy) -> Result<()> {
        let published = self.store.published_policies(policy.organization).await?;
        let others = published.iter().map(|other| other.value.document.rules.len());
        let rules = others.sum::<usize>() + policy.document.rules.len();
        if rules <= PUBLISHED_RULES_MAX {
            return Ok(());
        }
        let message =
            format!("{rules} rules would be published, at most {PUBLISHED_RULES_MAX} may be");
        Err(Error::new(Code::PolicyLimit, message).detail("rules_max", PUBLISHED_RULES_MAX))
    }

    /// The policies that hold now, and what to guard so that they still do at the commit.
    pub(crate) async fn policies_in_force(
        &self,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<(Vec<PolicyInForce>, (Key, Version))> {
        // The organization is read first: a policy published in between fails the guard.
        let stored = found("organization", self.store.organization(organization).await?)?;
        let policies = self.store.published_policies(organization).await?;
        let utc = crate::time::Zone::parse("UTC")?;
        let day = now.in_zone(&utc).date();
        let holding = in_force(policies.iter().map(|p| (&p.value, p.version)), day);
        Ok((holding, (Key::Organization(organization), stored.version)))
    }
}
