//! Trips that don't go straight: refused, forgotten, sold out, dearer than approved.

mod approvals;
mod purchases;

use nestmap_core::approval::Answer;
use nestmap_core::flow::approve::NewDecision;
use nestmap_core::flow::trips::TripView;
use nestmap_core::id::TripId;
use nestmap_core::policy::PolicyDocument;
use nestmap_core::testing::flights_suite::BookedOrder;
use nestmap_core::trip::TripState;
use serde_json::{Value, json};

use crate::stage::{Scene, Supplier, ready, travel_policy};

impl Scene {
    /// A company with this policy instead of the usual one.
    fn with_policy(change: impl FnOnce(&mut Value)) -> Self {
        let scene = Self::new();
        let document = policy(change);
        ready(scene.acme.adopt(&scene.memory.nestmap, document));
        scene
    }

    fn view(&self, id: TripId) -> TripView {
        let view = self.memory.nestmap.trip(&self.acme.traveler, id);
        ready(view).expect("a traveler sees the trip")
    }

    /// A trip that waits for approval, its seats held where they can be.
    fn waiting(&self) -> TripView {
        let request = self.memory.supplier.request();
        let trip = ready(self.acme.trip_to_approve(&self.memory.nestmap, request));
        ready(self.memory.settle());
        self.view(trip.trip.value.id)
    }

    fn answer(&self, view: &TripView, answer: Answer) {
        let approval = &view.approvals[0].value;
        let digest = approval.binding.digest;
        let decision = NewDecision { answer, comment: None, digest };
        let decided = self.memory.nestmap.decide(&self.acme.approver, approval.id, decision, None);
        ready(decided).expect("the approver decides");
    }

    fn books(&self) -> Vec<BookedOrder> {
        ready(self.memory.supplier.books())
    }

    /// The one order in the supplier's books: how often it was paid, and whether it was canceled.
    fn only_order(&self) -> (i64, bool) {
        let books = self.books();
        assert_eq!(books.len(), 1, "{books:?}");
        (books[0].payments, books[0].canceled)
    }
}

/// The usual policy, changed.
fn policy(change: impl FnOnce(&mut Value)) -> PolicyDocument {
    let mut document = serde_json::to_value(travel_policy()).expect("a policy is JSON");
    change(&mut document);
    PolicyDocument::from_value(&document).expect("the change is well-formed")
}

/// Any offer asks for this.
fn everything(outcome: Value) -> impl FnOnce(&mut Value) {
    move |document| {
        document["rules"] = json!([{
            "id": "everything",
            "kind": "air.price_cap",
            "amount": "0.01 EUR",
            "tax": "included",
            "per": "journey",
            "outcome": outcome,
        }]);
    }
}

/// Why the trip is a draft again.
fn reopened(view: &TripView) -> &str {
    match &view.trip.value.state {
        TripState::Draft { reopened: Some(reopened) } => &reopened.why,
        other => panic!("it is a draft again: {other:?}"),
    }
}
