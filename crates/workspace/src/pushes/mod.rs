//! Deploying on push: Gitea reports a push, or a round finds an unreported one, and the worker of the server acts on
//! it.
//!
//! | module | what it contains |
//! |---|---|
//! | `webhook_delivery` | a delivery: its workspace, and its signature |
//! | `due_workspaces` | the workspaces that a round looks at |
//! | `unreported_pushes` | the search for unreported pushes |
//! | `hourly_hook_rounds` | the hourly check of hooks of workspaces that nobody provisions |
//! | `push_worker` | the tasks that have the worker act |
//!
//! Deliveries and rounds schedule checks on the agenda in `push_intake`, where each tenant has its own places. A push
//! that finds none is not lost: rounds remember only what they scheduled, so a later one schedules it. A tenant whose
//! repositories Gitea reads slowly is searched less often, and delays nobody else's search.
//!
//! A delivery is only a hint: the position of a branch is read from Gitea. So somebody who can send one cannot have
//! anything deployed that was not pushed, and nothing depends on a delivery, because Gitea never repeats one.
//!
//! `PushWatch`, which `serve` owns, hands repositories to the worker in `tools/src/apps/run/pushes`, because a push
//! deploys by the way of `apps.deploy`. The worker acquires the lease of the app's row in `followed_branches`,
//! reads the branch's head from Gitea, and commits the deployment that it is about to queue together with the
//! newest one that the app had. A row with such a claim was left by a killed process or a lost answer: the next
//! look adopts a deployment of that commit that came after that one, and queues one only if there is none. Calls
//! that deploy record the commit in the same turn, so that its delivery finds nothing to do. Deployments whose end
//! has to be reported are in `push_statuses`. The workspace of a delivery is found by the number of its
//! organisation, by a policy that shows one row.

mod due_workspaces;
mod hourly_hook_rounds;
mod push_worker;
mod unreported_pushes;
mod webhook_delivery;

pub use push_worker::{PushWatch, PushWorker};
pub use webhook_delivery::{Delivery, RefusedDelivery};
