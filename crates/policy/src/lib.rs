//! Decisions on permission: principals, the tenant boundary, the domain namespace, guardrails.
//!
//! Pure: every decision is made on values that the caller passes in.

mod app_variables;
mod build_variables;
mod confirmation;
mod creation_limits;
mod host_namespace;
mod image_labels;
mod installation_names;
mod principal;
mod secret_variables;
mod tenant_boundary;

pub use app_variables::{app_variable, is_generated, own_variable, quoted_variable, routes};
pub use build_variables::build_variable;
pub use confirmation::confirm;
pub use creation_limits::{
    check_label, harmless_name, provider, providers, public_port, repository_name, resource_name,
};
pub use host_namespace::Namespace;
pub use image_labels::{acted_on, barred_label, foreign_label};
pub use installation_names::Installation;
pub use principal::{CallerGroup, Principal};
pub use secret_variables::looks_secret;
pub use tenant_boundary::{Boundary, Owned};
