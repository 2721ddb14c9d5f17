//! Signing up and taking up an invitation with an address that has a login.

use nestmap_http::Config;
use serde_json::{Value, json};

use crate::client::Reply;
use crate::server::{Login, PASSWORD, Server, config};

const VICTIM: &str = "vera@corp.example.com";
const GUESS: &str = "mallorys own password";

async fn sign_up(server: &Server, organization: &str, email: &str, password: &str) -> Reply {
    let mut body = Server::sign_up_body(organization);
    body["email"] = json!(email);
    body["password"] = json!(password);
    server.ask("POST", "/api/v1/organizations").key(&server.fresh_key()).json(&body).send().await
}

async fn invited(server: &Server, admin: &Login, email: &str) -> String {
    let body = json!({ "email": email, "name": "Vera", "roles": ["admin"] });
    server.post(admin, "/invitations", body).await.expect(201).text("/token")
}

async fn accept(server: &Server, token: &str, password: &str) -> Reply {
    let body = json!({ "token": token, "password": password });
    server.ask("POST", "/api/v1/invitations/accept").json(&body).send().await
}

/// Who may log in to which organization with an address and a password.
async fn log_in(server: &Server, organization: &str, password: &str) -> Reply {
    let body = json!({ "email": VICTIM, "password": password, "organization": organization });
    server.ask("POST", "/api/v1/sessions").json(&body).send().await
}

#[tokio::test]
async fn a_login_made_for_somebody_elses_address_gets_nobody_into_their_company() {
    let server = Server::start().await;
    sign_up(&server, "Mallory", VICTIM, GUESS).await.expect(201);
    let corp = server.company("Corp").await;
    let token = invited(&server, &corp, VICTIM).await;
    let refused = accept(&server, &token, PASSWORD).await;
    assert_eq!(refused.problem(401), "credentials-wrong");
    assert_eq!(refused.text("/field"), "password");
    let mallory = log_in(&server, &corp.organization, GUESS).await;
    assert_eq!(mallory.problem(401), "credentials-wrong", "nobody joined");
    let people = server.get(&corp, "/people").await.expect(200);
    assert_eq!(people.body["items"].as_array().unwrap().len(), 1, "{}", people.body);
}

#[tokio::test]
async fn an_invitation_is_taken_up_with_the_password_of_the_login() {
    let server = Server::start().await;
    sign_up(&server, "Own", VICTIM, PASSWORD).await.expect(201);
    let corp = server.company("Corp").await;
    let token = invited(&server, &corp, VICTIM).await;
    assert_eq!(accept(&server, &token, GUESS).await.problem(401), "credentials-wrong");
    accept(&server, &token, PASSWORD).await.expect(201);
    log_in(&server, &corp.organization, PASSWORD).await.expect(201);
}

#[tokio::test]
async fn nobody_adds_a_company_to_somebody_elses_login() {
    let server = Server::start().await;
    sign_up(&server, "Own", VICTIM, PASSWORD).await.expect(201);
    let refused = sign_up(&server, "Mallory", VICTIM, GUESS).await;
    assert_eq!(refused.problem(401), "credentials-wrong");
    let plain = json!({ "email": VICTIM, "password": PASSWORD });
    server.ask("POST", "/api/v1/sessions").json(&plain).send().await.expect(201);
    sign_up(&server, "Second", VICTIM, PASSWORD).await.expect(201);
}

#[tokio::test]
async fn a_repeated_sign_up_needs_the_password_and_answers_what_the_first_did() {
    let server = Server::start().await;
    let send = |password: &str| {
        let mut body = Server::sign_up_body("Acme");
        body["password"] = json!(password);
        server.ask("POST", "/api/v1/organizations").key("one").json(&body).send()
    };
    let first = send(PASSWORD).await.expect(201);
    assert_eq!(send(GUESS).await.problem(401), "credentials-wrong");
    assert_eq!(send(PASSWORD).await.expect(201).body, first.body);
}

#[tokio::test]
async fn where_the_operator_adds_companies_nobody_signs_up() {
    let closed = Config { sign_up_open: false, ..config() };
    let server = Server::with(closed).await;
    assert_eq!(sign_up(&server, "Acme", VICTIM, PASSWORD).await.problem(403), "sign-up-closed");
    let anything = server.ask("POST", "/api/v1/organizations").bytes("{").send().await;
    assert_eq!(anything.problem(403), "sign-up-closed", "and nothing is read");
}

/// A password takes long to look at; nobody has the server do it for an invitation that isn't there.
#[tokio::test]
async fn an_invitation_that_is_not_open_is_refused_before_its_password_is_looked_at() {
    let server = Server::start().await;
    let corp = server.company("Corp").await;
    let token = invited(&server, &corp, VICTIM).await;
    let made_up = format!("{}{}", &token[..token.len() - 43], "A".repeat(43));
    assert_eq!(accept(&server, &made_up, "weak").await.problem(401), "invitation-invalid");
    assert_eq!(accept(&server, &token, "weak").await.problem(422), "password-weak");
}

/// What makes nothing mustn't tell whether an address has a login.
#[tokio::test]
async fn refusals_that_make_nothing_do_not_tell_who_has_a_login() {
    let server = Server::start().await;
    let corp = server.company("Corp").await;
    sign_up(&server, "Own", VICTIM, PASSWORD).await.expect(201);
    let told = |mut reply: Reply| {
        assert!(reply.status.is_client_error(), "{}", reply.body);
        reply.body["request_id"] = Value::Null;
        reply.body
    };
    for (organization, password) in [("", GUESS), ("Corp", "password1234"), ("Corp", "")] {
        let mut answers = Vec::new();
        for email in [VICTIM, "nobody@corp.example.com"] {
            answers.push(told(sign_up(&server, organization, email, password).await));
        }
        assert_eq!(answers[0], answers[1]);
    }
    let mut answers = Vec::new();
    for email in [VICTIM, "nobody@corp.example.com"] {
        let token = invited(&server, &corp, email).await;
        answers.push(told(accept(&server, &token, "password1234").await));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0]["code"], "password-weak");
}

/// Neither way leads around the brake at log-in.
#[tokio::test]
async fn guessing_by_joining_is_slowed_down_with_guessing_at_log_in() {
    let server = Server::start().await;
    sign_up(&server, "Own", VICTIM, PASSWORD).await.expect(201);
    let corp = server.company("Corp").await;
    let token = invited(&server, &corp, VICTIM).await;
    for n in 0..5 {
        let guess = format!("{GUESS} {n}");
        let reply = match n % 2 {
            0 => accept(&server, &token, &guess).await,
            _ => sign_up(&server, "Mallory", VICTIM, &guess).await,
        };
        assert_eq!(reply.problem(401), "credentials-wrong");
    }
    for reply in [
        accept(&server, &token, PASSWORD).await,
        sign_up(&server, "Mallory", VICTIM, PASSWORD).await,
        log_in(&server, &corp.organization, PASSWORD).await,
    ] {
        assert_eq!(reply.problem(429), "rate-limited");
        assert!(reply.headers.contains_key("retry-after"));
    }
    server.clock.advance_seconds(3_600);
    accept(&server, &token, PASSWORD).await.expect(201);
}
