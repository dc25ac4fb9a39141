//! Who may do what: principals, the tenant boundary, the domain namespace, creation guardrails,
//! compose files.
//!
//! Pure: decisions over values that others fetched.

mod boundary;
mod compose;
mod confirmation;
mod guardrails;
mod namespace;
mod principal;

pub use boundary::{Boundary, Owned};
pub use compose::{
    Compose, ComposeService, app_variable, compose, compose_services, compose_variable,
    is_generated, own_variable,
};
pub use confirmation::confirm;
pub use guardrails::{provider, providers, repository_name};
pub use namespace::Namespace;
pub use principal::{Access, Principal};
