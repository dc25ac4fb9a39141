//! Users and organisations, with their teams, keys and tokens.

mod further_sign_ins;
mod keys;
mod orgs;
mod teams;
mod tokens;
mod users;

pub use keys::Key;
pub use orgs::Org;
pub use teams::Team;
pub use tokens::{NewToken, Token, Tokens};
pub use users::User;
