//! What every store has to do, case by case.
//!
//! A store's tests name how to run a future and how to open the store; [`store_suite!`] makes one
//! test of each case. Cases bring organizations of their own, so they may share a database, and
//! run at the same time.
//!
//! ```ignore
//! nestmap_core::store_suite!(run = block_on, open = open_my_store);
//! ```
//!
//! [`store_suite!`]: crate::store_suite

#![expect(clippy::unwrap_used, reason = "a test's expectation that fails is a panic")]

pub mod atomic;
pub mod everything;
pub mod fixture;
pub mod isolation;
pub mod lists;
pub mod once;
pub mod outbox;
pub mod races;
pub mod unique;
pub mod values;
pub mod versions;
pub mod work;

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use crate::id::{IdEntropy, OrganizationId};
use crate::people::Person;
use crate::port::store::{Change, Commit, Store, StoreError, Write};
use crate::trip::Trip;
pub use fixture::Fixture;

/// Makes a test of each case of the suite.
///
/// `open` names an `async fn() -> Option<World>`; with none the cases are left out. `run` names a
/// function that runs a future to its end.
#[macro_export]
macro_rules! store_suite {
    (run = $run:path, open = $open:path) => {
        $crate::store_suite! { @cases $run, $open,
            versions {
                inserted_things_are_read_back_at_version_one
                an_update_replaces_the_value_and_counts
                an_update_of_an_older_version_is_a_conflict
                an_update_of_something_absent_is_a_conflict
                an_insert_of_an_existing_id_is_a_duplicate
                a_guard_on_another_version_is_a_conflict
                a_guard_on_something_absent_is_a_conflict
                a_guard_that_holds_changes_nothing
                absent_things_are_not_found
            }
            atomic {
                a_commit_that_fails_at_its_end_leaves_nothing
                a_conflict_among_many_changes_leaves_nothing
                a_failed_commit_does_not_disturb_its_neighbors
                parents_and_children_may_come_in_any_order
                a_thing_without_its_parent_is_refused
                things_of_another_organization_are_refused
                a_thing_changed_twice_is_refused
                a_thousand_changes_are_one_commit
            }
            unique {
                addresses_of_logins_are_unique
                addresses_of_people_are_unique_inside_an_organization
                a_login_stands_for_one_person_in_an_organization
                a_supplier_order_belongs_to_one_order
                a_leg_of_an_order_moves_once
                ids_of_events_audit_records_and_transfers_are_unique
                an_update_may_keep_what_is_unique
                what_was_given_up_can_be_taken
            }
            once {
                the_reply_is_kept_and_read
                a_second_commit_answers_the_first_reply_and_does_nothing
                done_before_comes_before_conflict
                a_failed_commit_does_not_use_its_key_up
                keys_of_scopes_and_organizations_are_apart
                the_same_key_twice_at_once_applies_once
            }
            races {
                one_of_many_updates_of_a_version_wins
                guards_prevent_write_skew
                commits_that_lock_in_opposite_order_all_end
                one_of_many_inserts_of_something_unique_wins
            }
            isolation {
                the_same_ids_in_two_organizations_stay_apart
                nothing_of_another_organization_is_read
                nothing_of_another_organization_is_written
                a_login_leads_to_each_of_its_organizations
                a_login_does_not_lead_to_where_somebody_left
            }
            lists {
                people_come_newest_first_page_by_page
                people_with_roles_are_oldest_first_without_those_who_left
                people_with_roles_are_at_most_a_thousand
                policies_come_newest_first_page_by_page
                published_policies_are_oldest_first_and_all_of_them
                a_policy_is_published_as_long_as_it_says_so
                trips_come_newest_first_page_by_page
                trips_of_a_person_are_those_they_take_or_booked
                a_trip_that_changes_hands_changes_lists
                approvals_of_a_trip_are_oldest_first
                pending_approvals_wait_for_those_who_are_asked
                orders_of_a_trip_are_oldest_first
                orders_of_several_trips_are_oldest_first
                orders_needing_a_person_are_oldest_first_and_at_most_a_hundred
                transfers_of_an_order_are_oldest_first
                audit_lines_come_newest_first_page_by_page
                people_are_found_by_address
                sessions_of_a_person_come_newest_first_page_by_page
            }
            values {
                microseconds_survive
                hostile_text_survives
                text_that_is_looked_up_is_only_text
                extreme_amounts_and_instants_survive
                details_of_any_shape_survive
            }
            work {
                what_is_due_comes_longest_due_first
                nothing_is_due_before_its_time_or_after_it_is_done
                organizations_with_work_come_in_order_after_a_given_one
                an_event_is_work_until_it_is_delivered
                the_store_answers
            }
            outbox {
                events_are_claimed_oldest_first_and_once
                a_claim_ends_with_its_lease
                a_lost_claim_ends_nothing
                a_delivery_ends_once
                what_is_delivered_or_dead_is_not_claimed_again
                what_is_tried_again_waits_for_its_time
                claims_at_once_do_not_overlap
                another_organization_cannot_end_a_claim
            }
        }
    };
    (@cases $run:path, $open:path, $($module:ident { $($case:ident)* })*) => {
        $(mod $module {
            $(#[test]
            fn $case() {
                $run(async {
                    if let Some(world) = $open().await {
                        $crate::testing::store_suite::$module::$case(&world).await;
                    }
                });
            })*
        })*

        /// How many cases the suite has.
        pub(crate) const CASES: usize = [$($(stringify!($case)),*),*].len();
    };
}

/// A store with two organizations in it.
pub struct World {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The organization a case works in.
    pub ours: Fixture,
    /// Somebody else's.
    pub theirs: Fixture,
    _kept: Option<Box<dyn Any + Send + Sync>>,
}

impl World {
    /// Signs up two organizations whose ids are made of `entropy`, which nobody has used before.
    pub async fn new(store: Arc<dyn Store>, entropy: [IdEntropy; 2]) -> Self {
        let [ours, theirs] = entropy.map(|entropy| OrganizationId::new(Fixture::now(), entropy));
        let world =
            Self { store, ours: Fixture::new(ours), theirs: Fixture::new(theirs), _kept: None };
        world.store.commit(world.ours.sign_up()).await.unwrap();
        world.store.commit(world.theirs.sign_up()).await.unwrap();
        world
    }

    /// Keeps what the store needs, such as a folder, until the case is over.
    pub fn keeping(self, kept: impl Send + Sync + 'static) -> Self {
        Self { _kept: Some(Box::new(kept)), ..self }
    }

    /// Applies changes of our organization.
    pub async fn apply(&self, changes: impl IntoIterator<Item = Change>) {
        self.store.commit(self.ours.commit_of(changes)).await.unwrap();
    }

    /// Why changes of our organization aren't applied.
    pub async fn refusal(&self, changes: impl IntoIterator<Item = Change>) -> StoreError {
        self.refusal_of(self.ours.commit_of(changes)).await
    }

    /// Why a commit isn't applied.
    pub async fn refusal_of(&self, commit: Commit) -> StoreError {
        self.store.commit(commit).await.unwrap_err()
    }

    /// A traveler of ours.
    pub async fn traveler(&self) -> Person {
        let person = self.ours.person();
        self.apply([Change::Person(Write::Insert(person.clone()))]).await;
        person
    }

    /// A trip of ours and who takes it.
    pub async fn trip(&self) -> Trip {
        let trip = self.ours.trip(self.traveler().await.id);
        self.apply([Change::Trip(Write::Insert(trip.clone()))]).await;
        trip
    }
}

/// A future of a case.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Runs futures at the same time, to the end of all of them.
pub async fn join_all<T>(futures: impl IntoIterator<Item = Boxed<'_, T>>) -> Vec<T> {
    let mut futures: Vec<_> = futures.into_iter().map(|future| (future, None)).collect();
    std::future::poll_fn(move |context| {
        for (future, result) in futures.iter_mut().filter(|(_, result)| result.is_none()) {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                *result = Some(value);
            }
        }
        if futures.iter().any(|(_, result)| result.is_none()) {
            return Poll::Pending;
        }
        Poll::Ready(futures.iter_mut().filter_map(|(_, result)| result.take()).collect())
    })
    .await
}

/// Whether `error` is a conflict about that kind of thing.
pub(crate) fn is_conflict(error: &StoreError, expected: &str) -> bool {
    matches!(error, StoreError::Conflict { kind } if *kind == expected)
}

/// Asserts that `error` is a duplicate of that kind and field.
#[track_caller]
pub(crate) fn assert_duplicate(error: &StoreError, expected: (&str, &str)) {
    let StoreError::Duplicate { kind, field } = error else { panic!("{error:?}") };
    assert_eq!((*kind, *field), expected);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryStore;
    use crate::testing::run_until_stuck;

    fn run(future: impl Future<Output = ()>) {
        run_until_stuck(future).expect("a store in memory never waits");
    }

    async fn open() -> Option<World> {
        let store = Arc::new(MemoryStore::new());
        Some(World::new(store, [[1; 10], [2; 10]]).await)
    }

    crate::store_suite!(run = super::run, open = super::open);

    #[test]
    fn every_case_is_in_the_list() {
        let files = [
            include_str!("store_suite/atomic.rs"),
            include_str!("store_suite/isolation.rs"),
            include_str!("store_suite/lists.rs"),
            include_str!("store_suite/once.rs"),
            include_str!("store_suite/outbox.rs"),
            include_str!("store_suite/races.rs"),
            include_str!("store_suite/unique.rs"),
            include_str!("store_suite/values.rs"),
            include_str!("store_suite/versions.rs"),
            include_str!("store_suite/work.rs"),
        ];
        let written: usize = files.iter().map(|file| file.matches("\npub async fn").count()).sum();
        assert_eq!(written, CASES);
    }
}
