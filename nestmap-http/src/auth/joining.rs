//! The login of somebody who joins: a new one, or the one their address has, by its password.

use nestmap_core::flow::onboard::Login;
use nestmap_core::{Code, Error, NestMap};

use super::Passwords;
use super::password::{Checked, check_strength};
use crate::app::App;
use crate::client::Client;
use crate::system::SystemEntropy;

/// The login for `email`: where the address has one, `password` must be its password, else it
/// becomes the password of a new one. `own_words` are what the password must not be made of.
///
/// A weak password is refused as weak whether or not the address has a login: what an attempt
/// makes nothing of doesn't tell either. Nothing here slows down who guesses.
pub async fn joining_login(
    nestmap: &NestMap,
    passwords: &Passwords,
    email: &str,
    password: &str,
    own_words: &[&str],
) -> Result<Login, Error> {
    let known = nestmap.identity_by_email(email).await?.map(|known| known.value);
    let hash = known.as_ref().map(|known| known.password_hash.as_str());
    let checked = passwords.check(password, hash).await?;
    match known {
        Some(known) if matches!(checked, Checked::Right { .. }) => Ok(Login::Known(known.id)),
        Some(_) => {
            check_strength(password, own_words)?;
            let message = "this address has a login, and this isn't its password";
            Err(Error::new(Code::CredentialsWrong, message).field("password"))
        }
        None => {
            check_strength(password, own_words)?;
            let password_hash = passwords.hash(password, &SystemEntropy).await?;
            Ok(Login::New { password_hash })
        }
    }
}

/// The same for a client of `app`, who is slowed down as at log-in.
pub(crate) async fn braked_joining_login(
    app: &App,
    client: Client,
    email: &str,
    password: &str,
    own_words: &[&str],
) -> Result<Login, Error> {
    let account = email.trim().to_lowercase();
    app.throttle().attempt(&account, client, app.nestmap().now())?;
    let login =
        joining_login(app.nestmap(), app.passwords(), &account, password, own_words).await?;
    app.throttle().succeeded(&account, client);
    Ok(login)
}
