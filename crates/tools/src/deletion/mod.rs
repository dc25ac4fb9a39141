//! Deletion: confirmed by name, keeps volumes by default, waits until the resource is gone, and looks at the
//! docker host afterwards.
//!
//! Coolify (4.3.11) answers a deletion at once and runs it afterwards. The resource exists meanwhile,
//! and repeating the deletion is safe. On a host that it can't reach it deletes the resource all the same,
//! and its containers, its volumes, its network and the proxy of a public database stay.

mod answer;
mod carry_out;
mod deletion_parameters;
mod deletion_wait;
mod leftovers_on_host;

pub(crate) use answer::Deletion;
pub(crate) use carry_out::{DeletionRequest, delete};
pub(crate) use deletion_parameters::{MAX_CONFIRM, WithVolumes, volumes};
pub(crate) use deletion_wait::{follow, max_wait, until_gone};
