//! Deploying on push: Gitea tells of a push, or a round finds one that nobody told, and the worker of the
//! server acts on it.
//!
//! | module | what it contains |
//! |---|---|
//! | `delivery` | a delivery: whose it is, and whether it is signed |
//! | `agenda` | when a repository is looked at next |
//! | `round` | the look for pushes that nobody told |
//! | `hooks` | the look for hooks of workspaces that nobody provisions |
//! | `watch` | the task that has the worker act |
//!
//! A delivery is only a hint: where a branch is, Gitea is asked. So whoever can send one can't have anything
//! deployed that was not pushed, and nothing depends on a delivery: Gitea never repeats one.

mod agenda;
mod delivery;
mod hooks;
mod round;
mod watch;

pub use delivery::{Delivery, RefusedDelivery};
pub use watch::{PushWatch, PushWorker};
