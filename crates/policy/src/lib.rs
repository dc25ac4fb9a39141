//! Decisions on permission: principals, the tenant boundary, the domain namespace, guardrails.
//!
//! Pure: every decision is made on values that the caller passes in.

mod boundary;
mod build;
mod confirmation;
mod credential;
mod guardrails;
mod installation;
mod label;
mod namespace;
mod principal;
mod variable;

pub use boundary::{Boundary, Owned};
pub use build::build_variable;
pub use confirmation::confirm;
pub use credential::looks_secret;
pub use guardrails::{
    check_label, harmless_name, provider, providers, public_port, repository_name, resource_name,
};
pub use installation::Installation;
pub use label::{acted_on, barred_label, foreign_label};
pub use namespace::Namespace;
pub use principal::Principal;
pub use variable::{app_variable, is_generated, own_variable, quoted_variable, routes};
