//! Who may do what: principals, the tenant boundary, the domain namespace, creation guardrails,
//! compose files.
//!
//! Pure: decisions over values that others fetched.

mod boundary;
mod build;
mod compose;
mod confirmation;
mod guardrails;
mod namespace;
mod principal;

pub use boundary::{Boundary, Owned};
pub use build::build_variable;
pub use compose::{
    Compose, ComposeService, app_variable, compose, compose_services, is_generated, own_variable,
    quoted_variable,
};
pub use confirmation::confirm;
pub use guardrails::{provider, providers, public_port, repository_name};
pub use namespace::Namespace;
pub use principal::Principal;
