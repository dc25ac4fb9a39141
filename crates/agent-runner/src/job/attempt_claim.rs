//! The claim on an attempt: whoever makes its file decides whether an agent is started.

use std::io;

use covibe_domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::folder::JobFolder;
use crate::durable_files;
use crate::process::ProcessId;

/// The claim on an attempt at starting a job's agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Claim {
    /// The supervisor, which starts the agent. None if a runner claimed the attempt, so that nobody starts one.
    pub(crate) supervisor: Option<ProcessId>,
    /// When it was made.
    pub(crate) at: Timestamp,
}

impl Claim {
    /// Makes the claim of a supervisor; false if somebody has made one.
    pub(crate) fn by_supervisor(folder: &JobFolder, attempt: u32) -> io::Result<bool> {
        let own = ProcessId::current().ok_or(io::ErrorKind::NotFound)?;
        Self { supervisor: Some(own), at: Timestamp::now() }.make(folder, attempt)
    }

    /// Returns the claim on an attempt. If nobody has made one, the runner makes it, so that the attempt's supervisor
    /// never starts an agent.
    pub(crate) fn settled(folder: &JobFolder, attempt: u32) -> io::Result<Self> {
        let withdrawn = Self { supervisor: None, at: Timestamp::now() };
        if withdrawn.make(folder, attempt)? {
            return Ok(withdrawn);
        }
        durable_files::read_json(&folder.claim(attempt))?
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn make(&self, folder: &JobFolder, attempt: u32) -> io::Result<bool> {
        durable_files::create_json(&folder.claim(attempt), self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_belongs_to_whoever_claims_it_first() {
        let folder = tempfile::tempdir().unwrap();
        let folder = JobFolder::at(folder.path());
        assert!(Claim::by_supervisor(&folder, 1).unwrap());
        assert!(!Claim::by_supervisor(&folder, 1).unwrap());
        assert_eq!(Claim::settled(&folder, 1).unwrap().supervisor, ProcessId::current());
        assert_eq!(Claim::settled(&folder, 2).unwrap().supervisor, None);
        assert!(!Claim::by_supervisor(&folder, 2).unwrap(), "the runner was first");
    }
}
