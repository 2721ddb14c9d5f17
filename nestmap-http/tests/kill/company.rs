//! A company that signs up and then travels without a pause.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::api::{Api, Ask, text};
use crate::dice::Dice;
use crate::traveler::Traveler;

const PASSWORD: &str = "correct horse battery";

/// A company, and what it was promised.
#[derive(Debug)]
pub struct Company {
    pub organization: String,
    pub admin: Login,
    pub promised: Promised,
}

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub struct Login {
    pub token: String,
}

/// What was answered with "done".
#[derive(Clone, Debug, Default)]
pub struct Promised {
    /// Trips by id, with their titles.
    pub drafted: BTreeSet<(String, String)>,
    /// Trips that were handed in.
    pub submitted: BTreeSet<String>,
    /// Requests for approval that were decided.
    pub decided: BTreeSet<String>,
    /// Trips that were given up.
    pub given_up: BTreeSet<String>,
    /// Orders whose cancellation was agreed to.
    pub canceled: BTreeSet<String>,
}

/// Signs a company up and lets two of its people travel until `stop`; each approves what the other
/// submits.
pub async fn keep_busy(api: Api, stop: CancellationToken, index: usize, mut dice: Dice) -> Company {
    let (organization, admin, approver) = sign_up(&api, index).await;
    let promised = Arc::new(Mutex::new(Promised::default()));
    let mut travel = |who: &Login, decides: &Login, name: &str| {
        let traveler = Traveler {
            api: api.clone(),
            who: who.clone(),
            decides: decides.clone(),
            dice: Dice::new(dice.between(0, u64::MAX)),
            promised: promised.clone(),
            trips: 0,
            name: format!("{index}-{name}"),
        };
        tokio::spawn(traveler.travel(stop.clone()))
    };
    let both = [travel(&admin, &approver, "a"), travel(&approver, &admin, "b")];
    for traveler in both {
        traveler.await.expect("no defect shows");
    }
    let promised = promised.lock().expect("nobody panicked").clone();
    Company { organization, admin, promised }
}

async fn sign_up(api: &Api, index: usize) -> (String, Login, Login) {
    let email = format!("ada@company-{index}.example.com");
    let body = json!({
        "organization": format!("Company {index}"), "country": "DE", "currency": "EUR",
        "name": "Ada Admin", "email": email, "password": PASSWORD,
    });
    let signed_up =
        api.send(Ask::post("/v1/organizations", format!("sign-up-{index}"), body)).await;
    let organization = text(&signed_up.done(), "/organization").to_owned();
    let admin = log_in(api, &email).await;
    let send = async |ask: Ask| api.send(ask.token(&admin.token)).await.done();

    let policy = send(Ask::post("/v1/policies", "policy", policy())).await;
    let path = format!("/v1/policies/{}/publish", text(&policy, "/id"));
    send(Ask::post(path, "publish", Value::Null)).await;
    let email = format!("ben@company-{index}.example.com");
    let invitation = json!({ "email": email, "name": "Ben Both", "roles": ["approver", "member"] });
    let invited = send(Ask::post("/v1/invitations", "invite", invitation)).await;
    // Accepting twice is refused, which is as good as an answer.
    let accept = json!({ "token": text(&invited, "/token"), "password": PASSWORD });
    api.send(Ask::post("/v1/invitations/accept", "accept", accept)).await;
    let approver = log_in(api, &email).await;
    for (who, name) in [(&admin, "Ada"), (&approver, "Ben")] {
        let ask = Ask::put("/v1/me/profile", "profile", profile(name)).token(&who.token);
        api.send(ask).await.done();
    }
    (organization, admin, approver)
}

async fn log_in(api: &Api, email: &str) -> Login {
    let body = json!({ "email": email, "password": PASSWORD });
    let session = api.send(Ask::post("/v1/sessions", "log-in", body)).await.done();
    Login { token: text(&session, "/access_token").to_owned() }
}

/// Economy class is within the policy, anything else needs a consent.
fn policy() -> Value {
    json!({
        "schema": "nestmap.policy/1",
        "title": "Everybody",
        "currency": "EUR",
        "approvals": { "approvers": ["any_approver"], "window_hours": 24 },
        "rules": [{
            "id": "cabin", "kind": "air.cabin_by_duration", "measure": "elapsed",
            "bands": [{ "at_least_minutes": 0, "cabin": "economy" }],
            "outcome": "approve",
        }],
    })
}

fn profile(name: &str) -> Value {
    json!({
        "given_name": name, "family_name": "Traveler", "title": "ms", "gender": "female",
        "born_on": "1990-05-17", "phone": "+4930123456",
        "document": { "number": "C01X00T47", "issued_by": "DE", "expires_on": "2034-01-01" },
    })
}
