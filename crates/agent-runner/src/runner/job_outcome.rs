//! The words for what became of a job.

use covibe_agent_servers::agent::runner_api_types::JobStatus;

use crate::job::{Ending, Exit, Record};

/// The fate of an agent's commits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Pushed {
    /// No push was requested.
    #[default]
    Unasked,
    /// There are no commits.
    Nothing,
    /// They were pushed.
    Done,
    /// They were not pushed, or could not be read, for this reason.
    Not(String),
}

/// A status, and a sentence or two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conclusion {
    pub(super) status: JobStatus,
    pub(super) summary: String,
}

/// Returns the outcome of a job whose agent ended with `exit`; `None` stands for an unknown end.
pub(super) fn conclude(exit: Option<&Exit>, record: &Record, pushed: &Pushed) -> Conclusion {
    let Some(exit) = exit else {
        let summary = "Its outcome is unknown: its supervisor was killed, or the machine was \
                       restarted. It will not be run again.";
        return Conclusion { status: JobStatus::Lost, summary: summary.to_owned() };
    };
    let (status, summary) = by_exit(exit, record);
    let (status, suffix) = match pushed {
        Pushed::Unasked => (status, String::new()),
        Pushed::Nothing => (status, " It made no commit, so nothing was pushed.".to_owned()),
        Pushed::Done => (status, format!(" Its commits were pushed to {}.", record.id.branch())),
        Pushed::Not(reason) => {
            (unpushed(status, record), format!(" Its commits were not pushed: {reason}."))
        }
    };
    Conclusion { status, summary: summary + &suffix }
}

/// Returns the status of a job whose commits did not come out of its worktree.
fn unpushed(status: JobStatus, record: &Record) -> JobStatus {
    if status == JobStatus::Succeeded && record.push { JobStatus::Failed } else { status }
}

fn by_exit(exit: &Exit, record: &Record) -> (JobStatus, String) {
    match (exit.ending, exit.code, exit.signal) {
        (Ending::Exited, Some(0), _) => {
            (JobStatus::Succeeded, "The agent ended with exit code 0.".to_owned())
        }
        (Ending::Exited, Some(code), _) => {
            (JobStatus::Failed, format!("The agent ended with exit code {code}."))
        }
        (Ending::Exited, None, Some(signal)) => {
            (JobStatus::Failed, format!("The agent was killed by signal {signal}."))
        }
        (Ending::Exited, None, None) => {
            (JobStatus::Failed, "The agent ended, and its exit code could not be read.".to_owned())
        }
        (Ending::TimedOut, ..) => {
            let limit = record.timeout_s;
            (JobStatus::TimedOut, format!("The agent was stopped after {limit} seconds."))
        }
        (Ending::Cancelled, ..) => {
            let when = if record.started_at.is_some() { "while" } else { "before" };
            (JobStatus::Cancelled, format!("It was cancelled {when} its agent ran."))
        }
        (Ending::Interrupted, ..) => {
            let summary = "The machine stopped its agent, for example for a shutdown. It will not be run again.";
            (JobStatus::Lost, summary.to_owned())
        }
        (Ending::NotStarted, ..) => {
            let reason = exit.reason.as_deref().unwrap_or("the reason is not known");
            (JobStatus::Failed, format!("The agent could not be started: {reason}."))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(push: bool) -> Record {
        let id = crate::job::JobId::new();
        let value = json!({ "id": id, "agent": "coder", "timeoutS": 7, "status": "running", "push": push,
                            "createdAt": "2026-01-01T00:00:00Z" });
        serde_json::from_value(value).unwrap()
    }

    fn exited(code: Option<i32>) -> Exit {
        Exit { code, ..Exit::now(Ending::Exited) }
    }

    #[test]
    fn each_kind_of_exit_gives_its_job_status() {
        let status =
            |exit: Option<Exit>| conclude(exit.as_ref(), &record(false), &Pushed::Unasked).status;
        assert_eq!(status(None), JobStatus::Lost);
        assert_eq!(status(Some(exited(Some(0)))), JobStatus::Succeeded);
        assert_eq!(status(Some(exited(Some(1)))), JobStatus::Failed);
        assert_eq!(status(Some(exited(None))), JobStatus::Failed);
        for (ending, expected) in [
            (Ending::TimedOut, JobStatus::TimedOut),
            (Ending::Cancelled, JobStatus::Cancelled),
            (Ending::Interrupted, JobStatus::Lost),
            (Ending::NotStarted, JobStatus::Failed),
        ] {
            assert_eq!(status(Some(Exit { code: Some(0), ..Exit::now(ending) })), expected);
        }
    }

    #[test]
    fn a_job_whose_commits_cannot_be_pushed_fails_even_if_its_agent_succeeded() {
        let not = Pushed::Not("it is protected".to_owned());
        let conclusion = conclude(Some(&exited(Some(0))), &record(true), &not);
        assert_eq!(conclusion.status, JobStatus::Failed);
        assert!(conclusion.summary.ends_with("not pushed: it is protected."));
        let unasked = conclude(Some(&exited(Some(0))), &record(false), &not);
        assert_eq!(unasked.status, JobStatus::Succeeded);
        let done = conclude(Some(&exited(Some(0))), &record(true), &Pushed::Done);
        assert_eq!(done.status, JobStatus::Succeeded);
        assert!(done.summary.contains(" pushed to agents/"));
    }
}
