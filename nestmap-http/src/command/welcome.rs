//! A company to play with, for who starts a server on the sandbox for the first time.

use std::error::Error;

use nestmap_core::NestMap;
use nestmap_core::access::{Actor, Role};
use nestmap_core::digest::Digest;
use nestmap_core::flow::Call;
use nestmap_core::flow::onboard::{Login, NewInvitation, SignUp};
use nestmap_core::people::{Gender, Title, TravelDocument, TravelerProfile};
use nestmap_core::place::Country;
use nestmap_core::policy::PolicyDocument;
use nestmap_core::policy::document::Problem;
use nestmap_core::{Currency, Error as CoreError};
use nestmap_http::Config;
use nestmap_http::auth::Passwords;
use nestmap_http::config::Environment;
use nestmap_http::system::SystemEntropy;

/// Known to everybody who reads this. It opens play companies on one's own machine only.
const PASSWORD: &str = "play-flights-only-2026";
const ADMIN: &str = "ada@play.example";
const TRAVELER: &str = "tess@play.example";
const APPROVER: &str = "ben@play.example";
const POLICY: &str = include_str!("welcome-policy.json");

/// Whether nobody else could use the company: in development, on this machine, on the sandbox.
pub(super) fn is_welcome(config: &Config) -> bool {
    config.environment == Environment::Development && config.listen.ip().is_loopback()
}

/// Refuses to serve people, or real flights, beside logins whose password everybody knows.
pub(super) async fn refuse_elsewhere(
    nestmap: &NestMap,
    config: &Config,
) -> Result<(), Box<dyn Error>> {
    if config.environment == Environment::Development && config.sells_play_flights() {
        return Ok(());
    }
    for email in [ADMIN, TRAVELER, APPROVER] {
        if nestmap.identity_by_email(email).await?.is_some() {
            let why = "whose password everybody knows: use another database";
            return Err(
                format!("the database has the play company's login `{email}`, {why}").into()
            );
        }
    }
    Ok(())
}

/// Makes the company where it doesn't exist, and says how to log in.
pub(super) async fn play_company(
    nestmap: &NestMap,
    config: &Config,
) -> Result<Vec<String>, Box<dyn Error>> {
    if nestmap.identity_by_email(ADMIN).await?.is_none() {
        let pepper = config.password_pepper.as_ref();
        let passwords = Passwords::new(config.password_cost, pepper, &SystemEntropy);
        make(nestmap, &passwords).await?;
    }
    Ok(vec![
        format!("A company to play with: {ADMIN} (administrator), {TRAVELER} (traveler) and"),
        format!("{APPROVER} (approver), each with the password {PASSWORD}"),
    ])
}

async fn make(nestmap: &NestMap, passwords: &Passwords) -> Result<(), Box<dyn Error>> {
    let login = async || -> Result<_, CoreError> {
        let password_hash = passwords.hash(PASSWORD, &SystemEntropy).await?;
        Ok(Some(Login::New { password_hash }))
    };
    let sign_up = SignUp {
        organization: "Play".into(),
        country: Country::parse("DE")?,
        currency: Currency::parse("EUR")?,
        name: "Ada Admin".into(),
        email: ADMIN.into(),
        login: login().await?,
    };
    let made = nestmap.sign_up(sign_up, None, None).await?;
    let roles = [Role::Admin, Role::Member].into();
    let admin = Call::by(Actor::person(made.organization, made.person, roles));
    let people =
        [(TRAVELER, "Tess Traveler", Role::Member), (APPROVER, "Ben Approver", Role::Approver)];
    for (email, name, role) in people {
        let secret = Digest::of_bytes(email.as_bytes());
        let new = NewInvitation {
            email: email.into(),
            name: name.into(),
            roles: [role].into(),
            manager: None,
        };
        let invitation = nestmap.invite(&admin, new, secret).await?.value.id;
        let login = login().await?;
        let joined =
            nestmap.accept_invitation(made.organization, invitation, secret, login, None).await?;
        if role == Role::Member {
            nestmap.update_profile(&admin, joined.person, profile()?, None).await?;
        }
    }
    let document = PolicyDocument::parse_json(POLICY)
        .map_err(|problems: Vec<Problem>| -> CoreError { Problem::error(&problems) })?;
    let policy = nestmap.draft_policy(&admin, document).await?.value.id;
    nestmap.publish_policy(&admin, policy, None).await?;
    Ok(())
}

/// What airlines ask for.
fn profile() -> Result<TravelerProfile, CoreError> {
    Ok(TravelerProfile {
        given_name: Some("Tess".into()),
        family_name: Some("Traveler".into()),
        title: Some(Title::Ms),
        gender: Some(Gender::Female),
        born_on: Some("1990-05-17".parse()?),
        phone: Some("+4930123456".into()),
        document: Some(TravelDocument {
            number: "C01X00T47".into(),
            issued_by: Country::parse("DE")?,
            expires_on: "2034-01-01".parse()?,
        }),
    })
}
