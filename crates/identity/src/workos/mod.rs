//! Signing in by WorkOS: its organisations are our tenants, and who is a member there is one here.
//!
//! A sign-in is bound to one browser by a sealed cookie, comes back once, and is believed only as far as the
//! verified token says. After it, and about once an hour with the session's token, memberships are taken over
//! from WorkOS.

mod begin;
mod companies;
mod errors;
mod finish;
mod members;
mod pending;
mod person;
mod renewal;
mod sign_in;

pub use begin::{Begun, SignInRequest};
pub use finish::{CameBack, Finished};
