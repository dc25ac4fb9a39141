//! People with browsers: the cookie of their session.

mod cookie;

pub(crate) use cookie::{credential, session_cookie};
