//! The queue, the jobs, and what is done for each.
//!
//! | module | what it does |
//! |---|---|
//! | `shared_state` | holds what all tasks share |
//! | `live_job` | a job in memory, whose record is written with each change |
//! | `job_index` | the jobs by id and key, and the queue |
//! | `runner_startup` | begins: one runner for a folder |
//! | `job_recovery` | finds the jobs of an earlier runner |
//! | `job_acceptance` | accepts a job |
//! | `schedule` | takes jobs from the queue |
//! | `work_folder` | a job's worktree and configuration |
//! | `client_folder` | makes a folder for the settings of a job's agent |
//! | `launch_attempt` | starts a supervisor |
//! | `job_end` | learns how a job ended |
//! | `job_outcome` | puts that into words |
//! | `cancelling` | cancels a job |
//! | `retention` | removes what is too old |
//! | `job_answers` | jobs as answers show them |

mod cancelling;
mod client_folder;
mod job_acceptance;
mod job_answers;
mod job_end;
mod job_index;
mod job_outcome;
mod job_recovery;
mod launch_attempt;
mod live_job;
mod retention;
mod runner_startup;
mod schedule;
mod shared_state;
mod work_folder;

pub use runner_startup::LockedHome;
pub use shared_state::Runner;

pub(crate) use live_job::LiveJob;
