//! The end of an agent, as its supervisor saw it.

use covibe_domain::Timestamp;
use serde::{Deserialize, Serialize};

/// Why an agent ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    /// It ended itself, or somebody else killed it.
    Exited,
    /// Its time was over.
    TimedOut,
    /// Somebody cancelled the job.
    Cancelled,
    /// The supervisor was asked to stop, such as when the machine is shut down.
    Interrupted,
    /// It could not be started.
    NotStarted,
}

/// The end of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Exit {
    pub(crate) ending: Ending,
    /// Its exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<i32>,
    /// The signal that it died of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signal: Option<i32>,
    /// Why it could not be started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    pub(crate) at: Timestamp,
}

impl Exit {
    /// Returns an ending without an exit code, which is now.
    pub(crate) fn now(ending: Ending) -> Self {
        Self { ending, code: None, signal: None, reason: None, at: Timestamp::now() }
    }
}
