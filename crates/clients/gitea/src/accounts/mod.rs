//! Users and organisations, with their teams, keys and tokens.

mod keys;
mod orgs;
mod teams;
mod tokens;
mod users;
mod ways_in;

pub use keys::Key;
pub use orgs::Org;
pub use teams::Team;
pub use tokens::{NewToken, Token, Tokens};
pub use users::User;
