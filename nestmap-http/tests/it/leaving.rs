//! Leaving a company: what ends at once, what goes to others, what stays.

use nestmap_core::testing::fixture;
use serde_json::{Value, json};

use crate::client::Reply;
use crate::server::{Login, PASSWORD, Server, search};

const BEN: &str = "ben@acme.example.com";

async fn remove(server: &Server, by: &Login, person: &str) -> Reply {
    server.write(by, "DELETE", &format!("/people/{person}"), &Value::Null).await
}

async fn log_in(server: &Server, email: &str) -> Reply {
    let body = json!({ "email": email, "password": PASSWORD });
    server.ask("POST", "/api/v1/sessions").json(&body).send().await
}

async fn refresh(server: &Server, login: &Login) -> Reply {
    let body = json!({ "refresh_token": login.refresh });
    server.ask("POST", "/api/v1/sessions/refresh").json(&body).send().await
}

/// The token of an invitation.
async fn invite(server: &Server, by: &Login, email: &str, roles: &[&str]) -> String {
    let body = json!({ "email": email, "name": "Back Again", "roles": roles });
    server.post(by, "/invitations", body).await.expect(201).text("/token")
}

async fn accept(server: &Server, token: &str) -> Reply {
    let body = json!({ "token": token, "password": PASSWORD });
    server.ask("POST", "/api/v1/invitations/accept").json(&body).send().await
}

/// A trip above the cap of `who`, submitted.
async fn waiting_trip(server: &Server, who: &Login) -> Reply {
    server.profile(who).await;
    server.sell([fixture::flight(&format!("off_{}", server.fresh_key()), "612.50")]);
    let found = server.post(who, "/searches", search()).await.expect(201);
    let offer = found.text("/offers/0/offer/id");
    let item = json!({ "kind": "flight", "offer_set": found.text("/id"), "offer": offer });
    let trip = json!({ "title": "New York", "items": [item] });
    let trip = server.post(who, "/trips", trip).await.expect(201).text("/id");
    let submitted = server.post(who, &format!("/trips/{trip}/submit"), Value::Null).await;
    let submitted = submitted.expect(200);
    assert_eq!(submitted.text("/status"), "awaiting_approval");
    submitted
}

fn approvers(trip: &Reply) -> Value {
    trip.body["approvals"][0]["steps"][0]["approvers"].clone()
}

#[tokio::test]
async fn who_left_is_refused_at_once_and_stays_known() {
    let server = Server::start().await;
    let admin = server.company("Acme").await;
    let ben = server.colleague(&admin, BEN, &["member"]).await;
    let elsewhere = server.log_in(BEN).await;
    let trip =
        server.post(&ben, "/trips", json!({ "title": "Rome" })).await.expect(201).text("/id");
    for login in [&ben, &elsewhere] {
        server.get(login, "/me").await.expect(200);
    }

    let left = remove(&server, &admin, &ben.person).await.expect(200);
    assert!(left.body["left_at"].is_string(), "{}", left.body);
    assert_eq!((&left.body["roles"], &left.body["has_login"]), (&json!([]), &json!(false)));
    for login in [&ben, &elsewhere] {
        let asked = server.get(login, "/me").await;
        assert_eq!(asked.problem(401), "unauthenticated", "the access token still lives");
        assert_eq!(refresh(&server, login).await.problem(401), "session-ended");
    }
    assert_eq!(log_in(&server, BEN).await.problem(401), "credentials-wrong");
    server.get(&admin, &format!("/trips/{trip}")).await.expect(200);

    let lines = server.audit(&admin).await;
    let did = |action: &str| lines.iter().filter(|line| line["action"] == action).count();
    assert_eq!((did("person.left"), did("session.ended")), (1, 2));
    let again = remove(&server, &admin, &ben.person).await.expect(200);
    assert_eq!(again.body, left.body);
    assert_eq!(server.audit(&admin).await.len(), lines.len(), "nothing was written");
    let roles = json!({ "roles": ["member"] });
    let placed = server.put(&admin, &format!("/people/{}", ben.person), roles).await;
    assert_eq!(placed.problem(409), "person-left");
}

#[tokio::test]
async fn a_login_goes_on_working_in_other_companies() {
    let server = Server::start().await;
    let acme = server.company("Acme").await;
    let other = server.company("Other").await;
    let ben = server.colleague(&acme, BEN, &["member"]).await;
    accept(&server, &invite(&server, &other, BEN, &["member"]).await).await.expect(201);
    let both = log_in(&server, BEN).await;
    assert_eq!(both.problem(422), "invalid-field", "they say which");
    remove(&server, &acme, &ben.person).await.expect(200);
    let only = Login::of(&log_in(&server, BEN).await.expect(201));
    assert_eq!(only.organization, other.organization);
}

#[tokio::test]
async fn the_last_administrator_can_neither_leave_nor_be_demoted() {
    let server = Server::start().await;
    let admin = server.company("Acme").await;
    let path = format!("/people/{}", admin.person);
    let demoted = json!({ "roles": ["member"] });
    assert_eq!(remove(&server, &admin, &admin.person).await.problem(409), "last-administrator");
    let refused = server.put(&admin, &path, demoted.clone()).await;
    assert_eq!(refused.problem(409), "last-administrator");
    // Who can't log in administers nothing.
    let guest = json!({ "email": "g@acme.example.com", "name": "G", "roles": ["admin"] });
    server.post(&admin, "/people", guest).await.expect(201);
    assert_eq!(remove(&server, &admin, &admin.person).await.problem(409), "last-administrator");

    let ben = server.colleague(&admin, BEN, &["admin"]).await;
    remove(&server, &admin, &admin.person).await.expect(200);
    assert_eq!(server.get(&admin, "/me").await.problem(401), "unauthenticated");
    assert_eq!(remove(&server, &ben, &ben.person).await.problem(409), "last-administrator");
}

#[tokio::test]
async fn what_waits_for_somebody_who_left_waits_for_others() {
    let server = Server::start().await;
    let admin = server.company("Acme").await;
    let ben = server.colleague(&admin, BEN, &["approver"]).await;
    let cleo = server.colleague(&admin, "cleo@acme.example.com", &["approver"]).await;
    let tess = server.colleague(&admin, "tess@acme.example.com", &["member"]).await;
    let submitted = waiting_trip(&server, &tess).await;
    let path = format!("/trips/{}", submitted.text("/id"));
    let trip = || async { server.get(&admin, &path).await.expect(200) };
    let mut both = [ben.person.clone(), cleo.person.clone()];
    both.sort();
    assert_eq!(approvers(&trip().await), json!(both));

    remove(&server, &admin, &ben.person).await.expect(200);
    assert_eq!(approvers(&trip().await), json!([cleo.person]));
    // Lines of one instant have no order.
    server.clock.advance_seconds(60);
    remove(&server, &admin, &cleo.person).await.expect(200);
    assert_eq!(approvers(&trip().await), json!([admin.person]), "an administrator stands in");
    let lines = server.audit(&admin).await;
    let passed_on: Vec<_> =
        lines.iter().filter(|line| line["action"] == "approval.passed_on").collect();
    assert_eq!(passed_on.len(), 2);
    assert_eq!(passed_on[0]["details"]["left"], json!(cleo.person));
    assert_eq!(passed_on[0]["details"]["approvers"], json!([admin.person]));

    let waiting = server.get(&admin, "/approvals").await.expect(200);
    let decision =
        json!({ "answer": "approve", "digest": waiting.text("/items/0/binding/digest") });
    let path = format!("/approvals/{}/decisions", waiting.text("/items/0/id"));
    server.post(&admin, &path, decision).await.expect(200);
    server.settle().await;
    assert!(["booked", "ticketed"].contains(&&*trip().await.text("/status")));
}

#[tokio::test]
async fn a_trip_that_nobody_may_decide_about_any_more_is_a_draft_again() {
    let server = Server::start().await;
    let admin = server.company("Acme").await;
    let ben = server.colleague(&admin, BEN, &["approver"]).await;
    let submitted = waiting_trip(&server, &admin).await;
    server.settle().await;
    remove(&server, &admin, &ben.person).await.expect(200);
    server.settle().await;
    let trip = server.get(&admin, &format!("/trips/{}", submitted.text("/id"))).await.expect(200);
    assert_eq!(trip.text("/status"), "draft");
    assert_eq!(trip.text("/approvals/0/state/state"), "withdrawn");
    assert!(
        server
            .flights
            .orders()
            .iter()
            .all(|order| order.canceled_at.is_some() && order.payments == 0)
    );
}

#[tokio::test]
async fn an_invitation_brings_the_same_person_back_unless_it_is_older_than_their_leaving() {
    let server = Server::start().await;
    let admin = server.company("Acme").await;
    let twice = invite(&server, &admin, BEN, &["admin"]).await;
    let ben = server.colleague(&admin, BEN, &["member"]).await;
    server.profile(&ben).await;
    server.clock.advance_seconds(60);
    remove(&server, &admin, &ben.person).await.expect(200);
    server.clock.advance_seconds(60);
    assert_eq!(accept(&server, &twice).await.problem(401), "invitation-invalid");

    accept(&server, &invite(&server, &admin, BEN, &["viewer"]).await).await.expect(201);
    let back = server.log_in(BEN).await;
    assert_eq!(back.person, ben.person);
    let me = server.get(&back, "/me").await.expect(200);
    assert_eq!((&me.body["roles"], &me.body["left_at"]), (&json!(["viewer"]), &Value::Null));
    assert_eq!(me.text("/profile/family_name"), "Lovelace");
    assert_eq!(server.get(&ben, "/me").await.problem(401), "session-ended", "the old session");
}
