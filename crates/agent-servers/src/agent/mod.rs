//! The agent server: it starts agents on a runner and asks what became of them.
//!
//! | module | what it holds |
//! |---|---|
//! | [`runner_api_types`] | the types that the runner's API and these tools share |
//! | [`runner_token`] | the token that the runner's callers present, and its file |
//! | [`runner_proof`] | the proof that a program is the runner, before it is sent the token |
//! | `context` | the runner's address |

mod context;
mod get_job_status;
pub mod runner_api_types;
pub mod runner_proof;
mod runner_refusals;
pub mod runner_token;
mod spawn_agent;

use covibe_operation::{Part, Tool};

use self::get_job_status::GetJobStatus;
use self::spawn_agent::SpawnAgent;

pub use self::context::AgentContext;

/// Returns the tools, for a context that has that of this server.
pub fn tools<Cx: Part<AgentContext> + Sync + 'static>() -> Vec<Tool<Cx>> {
    vec![
        Tool::running_in_part::<AgentContext, SpawnAgent>(),
        Tool::running_in_part::<AgentContext, GetJobStatus>(),
    ]
}
