//! Users and organisations, with their teams, keys and tokens.

mod access_tokens;
mod orgs;
mod other_sign_in_methods;
mod ssh_keys;
mod teams;
mod users;

pub use access_tokens::{NewToken, Token, Tokens};
pub use orgs::Org;
pub use ssh_keys::Key;
pub use teams::Team;
pub use users::User;
