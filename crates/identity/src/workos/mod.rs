//! Signing in with WorkOS: its organisations are our tenants, and who is a member there is one here.
//!
//! A sign-in is bound to one browser by a sealed cookie, comes back once, and is believed only as far as the
//! verified token says. After it, and about once an hour with the session's token, memberships are taken over
//! from WorkOS.
//!
//! An organisation is a tenant if its external id is the tenant's and the tenant has its id (`companies`); both are
//! written so that either can be found by the other. Changes of admins (`members`) are made at WorkOS first,
//! because the next sign-in would undo a change that is only here. A round (`membership_copies`) copies what ended or
//! changed there of people who don't come. What is copied is in the audit (`membership_changes`). One request of one
//! instance renews a session's token (`session_renewal`), so that a refresh token is used once. The rate budget for
//! WorkOS is shared by the reasons of calls (`CallReason`): however much a company changes, people sign in, and the
//! round goes on.

mod companies;
mod members;
mod membership_changes;
mod membership_copies;
mod pending_sign_in;
mod session_renewal;
mod sign_in;
mod sign_in_callback;
mod sign_in_start;
mod workos_errors;
mod workos_person;

pub use sign_in_callback::{FinishedSignIn, SignInCallback};
pub use sign_in_start::{SignInRequest, StartedSignIn};
