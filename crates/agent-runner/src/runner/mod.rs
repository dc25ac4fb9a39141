//! The queue, the jobs, and what is done for each.
//!
//! | module | what it does |
//! |---|---|
//! | `shared` | holds what all tasks share |
//! | `live_job` | a job in memory, whose record is written with each change |
//! | `index` | the jobs by id and key, and the queue |
//! | `start` | begins: one runner for a folder |
//! | `recovery` | finds the jobs of an earlier runner |
//! | `intake` | accepts a job |
//! | `schedule` | takes jobs from the queue |
//! | `preparation` | a job's worktree and configuration |
//! | `attempt` | starts a supervisor |
//! | `ending` | learns how a job ended |
//! | `job_outcome` | puts that into words |
//! | `cancelling` | cancels a job |
//! | `cleaning` | removes what is too old |
//! | `view` | shows jobs |

mod attempt;
mod cancelling;
mod cleaning;
mod ending;
mod index;
mod intake;
mod job_outcome;
mod live_job;
mod preparation;
mod recovery;
mod schedule;
mod shared;
mod start;
mod view;

pub use shared::Runner;
pub use start::LockedHome;

pub(crate) use live_job::LiveJob;
