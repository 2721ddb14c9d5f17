//! Who asks: passwords, access tokens, refresh tokens, and the brake on guessing.

pub mod password;
pub mod throttle;
pub mod token;

pub(crate) mod bearer;
mod common;
mod invitation;
mod joining;
mod live;
mod refresh;

pub use joining::joining_login;
pub use password::Passwords;
pub use throttle::Throttle;
pub use token::{Claims, Tokens};

pub(crate) use invitation::{InvitationToken, InvitationTokens, digest};
pub(crate) use joining::braked_joining_login;
pub(crate) use live::LiveSessions;
pub(crate) use refresh::{RefreshSecret, RefreshToken, RefreshTokens};
