//! Who may do what: principals, the tenant boundary, the domain namespace, creation guardrails.
//!
//! Pure: decisions over values that others fetched.

mod boundary;
mod confirmation;
mod guardrails;
mod namespace;
mod principal;

pub use boundary::{Boundary, Owned};
pub use confirmation::confirm;
pub use guardrails::{provider, repository_name};
pub use namespace::Namespace;
pub use principal::{Access, Principal};
