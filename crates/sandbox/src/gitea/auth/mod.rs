//! Who calls, and what that caller may see and do.

mod caller;
mod visibility;

pub(crate) mod scopes;

pub(crate) use caller::{Caller, authenticate};
pub(crate) use visibility::{visible_org, visible_repo};
