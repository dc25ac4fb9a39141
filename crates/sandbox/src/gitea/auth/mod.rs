//! Authentication of callers, and their rights.

mod caller;
mod visibility;

pub(crate) mod scopes;

pub(crate) use caller::{Caller, authenticate};
pub(crate) use visibility::{visible_org, visible_repo};
