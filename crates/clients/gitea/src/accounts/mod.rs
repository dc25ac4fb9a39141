//! Users and organisations, and what belongs to them.

mod keys;
mod orgs;
mod teams;
mod tokens;
mod users;

pub use keys::Key;
pub use orgs::Org;
pub use teams::OwnersTeam;
pub use tokens::{NewToken, Token};
pub use users::User;
