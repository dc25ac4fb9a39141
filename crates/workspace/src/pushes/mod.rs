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
//!
//! `PushWatch`, which `serve` owns, hands repositories to the worker in `tools/src/apps/pushes`, because a push
//! deploys by the way of `apps.deploy`. The worker acquires the lease of the app's row in `followed_branches`,
//! reads the branch's head from Gitea, and commits the deployment that it is about to queue together with the
//! newest one that the app had. A row with such a claim was left by a killed process or a lost answer: the next
//! look adopts a deployment of that commit that came after that one, and queues one only if there is none. Calls
//! that deploy record the commit in the same turn, so that its delivery finds nothing to do. Deployments whose end
//! has to be reported are in `push_statuses`. The workspace of a delivery is found by the number of its
//! organisation, by a policy that shows one row.

mod agenda;
mod delivery;
mod hooks;
mod round;
mod watch;

pub use delivery::{Delivery, RefusedDelivery};
pub use watch::{PushWatch, PushWorker};
