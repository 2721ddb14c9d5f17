//! Log-in, tokens, refresh, invitations.

use std::sync::Arc;

use nestmap_core::memory::MemoryStore;
use nestmap_http::config::PasswordCost;
use serde_json::{Value, json};

use crate::client::Reply;
use crate::server::{Login, PASSWORD, Server, config};

async fn log_in(server: &Server, body: Value) -> Reply {
    server.ask("POST", "/api/v1/sessions").json(&body).send().await
}

async fn refresh(server: &Server, token: &str) -> Reply {
    let body = json!({ "refresh_token": token });
    server.ask("POST", "/api/v1/sessions/refresh").json(&body).send().await
}

const ADMIN: &str = "admin@acme.example.com";

#[tokio::test]
async fn wrong_addresses_and_wrong_passwords_are_answered_alike() {
    let server = Server::start().await;
    server.company("Acme").await;
    let mut answers = Vec::new();
    for (email, password) in [(ADMIN, "wrong horse battery"), ("nobody@acme.example.com", PASSWORD)]
    {
        let reply = log_in(&server, json!({ "email": email, "password": password })).await;
        assert_eq!(reply.problem(401), "credentials-wrong");
        let mut body = reply.body;
        body["request_id"] = Value::Null;
        answers.push(body);
    }
    assert_eq!(answers[0], answers[1]);
    let spelled = json!({ "email": " ADMIN@Acme.example.com ", "password": PASSWORD });
    log_in(&server, spelled).await.expect(201);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_told_for_how_long() {
    let server = Server::start().await;
    server.company("Acme").await;
    let guess = || log_in(&server, json!({ "email": ADMIN, "password": "wrong horse battery" }));
    for _ in 0..5 {
        assert_eq!(guess().await.problem(401), "credentials-wrong");
    }
    let reply = guess().await;
    assert_eq!(reply.problem(429), "rate-limited");
    let seconds: i64 = reply.header("retry-after").parse().unwrap();
    let right = json!({ "email": ADMIN, "password": PASSWORD });
    assert_eq!(log_in(&server, right.clone()).await.problem(429), "rate-limited");
    server.clock.advance_seconds(seconds);
    log_in(&server, right).await.expect(201);
}

#[tokio::test]
async fn who_belongs_to_several_companies_says_which() {
    let server = Server::start().await;
    let first = server.company("Acme").await;
    let other = server.company("Other").await;
    let invitation = json!({ "email": ADMIN, "name": "Ada", "roles": ["viewer"] });
    let invited = server.post(&other, "/invitations", invitation).await.expect(201);
    let accept = json!({ "token": invited.text("/token"), "password": PASSWORD });
    server.ask("POST", "/api/v1/invitations/accept").json(&accept).send().await.expect(201);

    let reply = log_in(&server, json!({ "email": ADMIN, "password": PASSWORD })).await;
    assert_eq!(reply.problem(422), "invalid-field");
    assert_eq!(reply.text("/field"), "organization");
    assert_eq!(
        reply.body["details"]["organizations"],
        json!([first.organization, other.organization])
    );
    for organization in [&first.organization, &other.organization] {
        let body = json!({ "email": ADMIN, "password": PASSWORD, "organization": organization });
        let login = Login::of(&log_in(&server, body).await.expect(201));
        let shown = server.get(&login, "/organization").await.expect(200);
        assert_eq!(shown.text("/id"), **organization);
    }
    let absent = format!("org_{}", "7".repeat(26));
    let body = json!({ "email": ADMIN, "password": PASSWORD, "organization": absent });
    assert_eq!(log_in(&server, body).await.problem(401), "credentials-wrong");
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_the_session_for_everybody() {
    let server = Server::start().await;
    let stolen = server.company("Acme").await;
    server.clock.advance_seconds(300);
    let honest = Login::of(&refresh(&server, &stolen.refresh).await.expect(200));
    server.clock.advance_seconds(61);
    assert_eq!(refresh(&server, &stolen.refresh).await.problem(401), "session-ended");
    assert_eq!(refresh(&server, &honest.refresh).await.problem(401), "session-ended");
    let reply = server.get(&honest, "/me").await;
    assert_eq!(reply.problem(401), "session-ended", "access tokens of the session end with it");
    let again = server.log_in(ADMIN).await;
    let audit = server.audit(&again).await;
    let why = audit.iter().find(|line| line["action"] == "session.ended").unwrap();
    assert_eq!(why["details"]["why"], "token_reused");
    assert!(!format!("{audit:?}").contains(&stolen.refresh[60..]), "no secrets in the audit log");
}

/// Ids of sessions are no secret: whoever reads the audit log has them.
#[tokio::test]
async fn a_made_up_refresh_token_ends_no_session() {
    let server = Server::start().await;
    let victim = server.company("Acme").await;
    let other = server.log_in(ADMIN).await;
    let ids = "nmr_".len() + 2 * 26;
    let random = "A".repeat(victim.refresh.len() - ids);
    for rest in [&random, &other.refresh[ids..]] {
        let made_up = format!("{}{rest}", &victim.refresh[..ids]);
        assert_eq!(refresh(&server, &made_up).await.problem(401), "session-ended");
    }
    server.get(&victim, "/me").await.expect(200);
    refresh(&server, &victim.refresh).await.expect(200);
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_may_be_repeated_for_a_minute() {
    let server = Server::start().await;
    let login = server.company("Acme").await;
    refresh(&server, &login.refresh).await.expect(200);
    server.clock.advance_seconds(30);
    let again = Login::of(&refresh(&server, &login.refresh).await.expect(200));
    server.get(&again, "/me").await.expect(200);
    refresh(&server, &again.refresh).await.expect(200);
}

#[tokio::test]
async fn sessions_end_when_idle_for_a_week() {
    let server = Server::start().await;
    let login = server.company("Acme").await;
    server.clock.advance_seconds(7 * 24 * 3_600);
    assert_eq!(refresh(&server, &login.refresh).await.problem(401), "session-ended");
    for nonsense in ["", "nmr_", "nmr_x", &login.token] {
        assert_eq!(refresh(&server, nonsense).await.problem(401), "session-ended");
    }
}

#[tokio::test]
async fn after_logging_out_neither_token_works() {
    let server = Server::start().await;
    let login = server.company("Acme").await;
    let out = server.ask("DELETE", "/api/v1/sessions/current").token(&login.token).send().await;
    assert!(out.expect(204).bytes.is_empty());
    assert_eq!(server.get(&login, "/me").await.problem(401), "session-ended");
    assert_eq!(refresh(&server, &login.refresh).await.problem(401), "session-ended");
}

#[tokio::test]
async fn a_session_ended_elsewhere_is_noticed_within_half_a_minute() {
    let server = Server::start().await;
    let login = server.company("Acme").await;
    server.get(&login, "/me").await.expect(200);
    let session = server.audit(&login).await;
    let opened = session.iter().find(|line| line["action"] == "session.opened").unwrap();
    let id = opened["subject"]["id"].as_str().unwrap().parse().unwrap();
    let organization = login.organization.parse().unwrap();
    server.nestmap.end_session(organization, id, None).await.unwrap();
    server.clock.advance_seconds(30);
    assert_eq!(server.get(&login, "/me").await.problem(401), "session-ended");
}

#[tokio::test]
async fn roles_count_from_the_moment_they_are_changed() {
    let server = Server::start().await;
    let admin = server.company("Acme").await;
    let colleague = server.colleague(&admin, "tess@acme.example.com", &["viewer"]).await;
    let trip = || server.post(&colleague, "/trips", json!({ "title": "X" }));
    assert_eq!(trip().await.problem(403), "forbidden");
    let path = format!("/people/{}", colleague.person);
    server.put(&admin, &path, json!({ "roles": ["member"] })).await.expect(200);
    trip().await.expect(201);
    let reply = server.put(&colleague, &path, json!({ "roles": ["admin"] })).await;
    assert_eq!(reply.problem(403), "forbidden", "nobody makes themselves an administrator");
}

#[tokio::test]
async fn an_invitation_works_once_and_for_a_week() {
    let server = Server::start().await;
    let admin = server.company("Acme").await;
    let invite = |email: &'static str| {
        let body = json!({ "email": email, "name": "X", "roles": ["member"] });
        server.post(&admin, "/invitations", body)
    };
    let accept = |token: String| {
        let body = json!({ "token": token, "password": PASSWORD });
        server.ask("POST", "/api/v1/invitations/accept").json(&body).send()
    };
    let first = invite("a@acme.example.com").await.expect(201).text("/token");
    let second = invite("b@acme.example.com").await.expect(201).text("/token");
    accept(first.clone()).await.expect(201);
    assert_eq!(accept(first.clone()).await.problem(401), "invitation-invalid");
    let swapped = format!("{}{}", &second[..56], &first[56..]);
    for token in [String::new(), swapped, first.replace("nmi_", "nmr_")] {
        assert_eq!(accept(token).await.problem(401), "invitation-invalid");
    }
    server.clock.advance_seconds(7 * 24 * 3_600);
    assert_eq!(accept(second).await.problem(401), "invitation-invalid");
}

#[tokio::test]
async fn a_hash_of_old_parameters_is_renewed_at_log_in() {
    let store = Arc::new(MemoryStore::new());
    let before = Server::over(config(), store.clone()).await;
    before.company("Acme").await;
    let dearer = PasswordCost { memory_kib: 16, passes: 1 };
    let config = nestmap_http::Config { password_cost: dearer, ..config() };
    let after = Server::over(config, store).await;
    let hash = || async {
        let identity = after.nestmap.identity_by_email(ADMIN).await.unwrap().unwrap();
        identity.value.password_hash
    };
    assert!(hash().await.contains("m=8,"));
    after.log_in(ADMIN).await;
    assert!(hash().await.contains("m=16,"));
    after.log_in(ADMIN).await;
}

#[tokio::test]
async fn tokens_that_are_not_ours_are_refused() {
    let server = Server::start().await;
    let login = server.company("Acme").await;
    let (header, rest) = login.token.split_once('.').unwrap();
    let (payload, tag) = rest.split_once('.').unwrap();
    // {"alg":"none","typ":"at+jwt"}
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0";
    let other = Server::start().await;
    let foreign = other.company("Acme").await.token;
    for token in [
        format!("{none}.{payload}."),
        format!("{none}.{payload}.{tag}"),
        format!("{header}.{payload}."),
        format!("{header}.{payload}"),
        format!("{header}.{payload}.{tag}x"),
        format!("{payload}.{header}.{tag}"),
        format!("{}.{payload}.{tag}", header.to_lowercase()),
        foreign,
        login.refresh.clone(),
        "x".repeat(7_000),
    ] {
        let reply = server.ask("GET", "/api/v1/me").token(&token).send().await;
        assert_eq!(reply.problem(401), "unauthenticated", "{token}");
    }
    let twice = server.ask("GET", "/api/v1/me").token(&login.token).token(&login.token);
    assert_eq!(twice.send().await.problem(401), "unauthenticated");
    server.get(&login, "/me").await.expect(200);
}
