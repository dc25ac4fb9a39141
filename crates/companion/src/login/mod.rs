//! Getting keys for this machine: a person approves a code in a browser, and the keys come here (RFC 8628).
//!
//! Nothing is written before all keys are there. A person who interrupts it leaves nothing behind.

mod device_flow_answers;
mod machine_keys;
mod terminal_and_machine;

use std::time::Duration;

use covibe_domain::boxed;
use covibe_domain::entities::AgentType;
use serde_json::json;

use device_flow_answers::{Approval, Polled, Started, expired};
pub use machine_keys::{lacking_keys, logout};
pub use terminal_and_machine::{Pace, RealPace, Surroundings, Waited};

use crate::command_error::{Exit, Problem};
use crate::credentials::{Credentials, StoredKey};
use crate::home::CompanionHome;
use crate::progress_output::Reporter;
use crate::server::{NoAnswer, Server, ServerAnswer};

/// The path that starts the flow.
const START: &str = "/api/setup/device";

/// The path that reports the decision.
const POLL: &str = "/api/setup/device/poll";

/// The time that is added when the server asks to poll less often without naming a time.
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// The number of polls in a row that may have no answer.
const MAX_LOST: u32 = 5;

/// The device flow with one server.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// The companion's folder, which gets the keys.
    pub home: &'a CompanionHome,
    /// The server.
    pub server: &'a Server,
    /// The receiver of what a person should read.
    pub reporter: &'a dyn Reporter,
    /// The terminal and the session that the command runs in.
    pub surroundings: &'a Surroundings,
    /// The way that time passes.
    pub pace: &'a dyn Pace,
}

impl Login<'_> {
    /// Gets keys of these types, and stores them. Returns the workspace that they are for.
    ///
    /// # Errors
    ///
    /// A problem with exit code 64 without a person (`CI`), 69 if the server cannot be reached, 77 if the code was denied
    /// or expired, 130 if it was interrupted, and 1 for an answer that is not to be trusted.
    #[boxed]
    pub async fn run(&self, kinds: &[AgentType]) -> Result<String, Problem> {
        self.surroundings.check_person()?;
        let started = self.start(kinds).await?;
        self.show(&started);
        let approval = self.poll(&started).await?;
        self.store(kinds, approval)
    }

    async fn start(&self, kinds: &[AgentType]) -> Result<Started, Problem> {
        let names: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
        let body = json!({ "machine_name": self.surroundings.machine, "agents": names });
        let answer = self.server.post(START, None, &body).await;
        let answer = answer.map_err(|error| self.server.unreachable(&error))?;
        if answer.status != 200 {
            return Err(self.refused_start(&answer));
        }
        Started::read(&answer, self.server.origin())
    }

    fn refused_start(&self, answer: &ServerAnswer) -> Problem {
        let origin = self.server.origin();
        match answer.status {
            400 | 422 => Problem::failure(format!(
                "{origin} can't set up a machine with this version: it refused the agents or the name of the machine."
            ))
            .hint("Update the server, or install the companion that it offers, then run `covibe-local login`."),
            404 | 405 => Problem::failure(format!("{origin} cannot set up machines.")).hint(
                "Update the server, or mint a key in its console and pass it in COVIBE_MCP_TOKEN.",
            ),
            429 => {
                let wait = answer.retry_after().unwrap_or(Duration::from_mins(1)).as_secs();
                Problem::new(Exit::Unavailable, "Too many setups were requested from this address.")
                    .hint(format!("Wait {wait} seconds, then run `covibe-local login`."))
            }
            status => Problem::new(
                Exit::Unavailable,
                format!("{origin} cannot set up machines at the moment (status {status})."),
            )
            .hint(format!("Run `covibe-local doctor --base-url {origin}`.")),
        }
    }

    fn show(&self, started: &Started) {
        let minutes = started.lifetime.as_secs().div_ceil(60);
        self.reporter.line(&format!("Code: {}", started.user_code));
        self.reporter.line(&format!(
            "Approve this machine ({}) within {minutes} minutes: {}",
            self.surroundings.machine, started.page
        ));
        if self.surroundings.opens_browser() && !self.pace.open(&started.page) {
            self.reporter.warn("No browser could be opened. Open the address yourself.");
        }
    }

    async fn poll(&self, started: &Started) -> Result<Approval, Problem> {
        let (mut interval, mut waited, mut lost) = (started.interval, Duration::ZERO, 0);
        let mut pause = interval;
        loop {
            if waited + pause > started.lifetime {
                return Err(expired());
            }
            if self.pace.wait(pause).await == Waited::Interrupted {
                return Err(Problem::new(Exit::Interrupted, "Interrupted; nothing was stored."));
            }
            waited += pause;
            pause = interval;
            let body = json!({ "device_code": started.device_code.expose() });
            match self.server.post(POLL, None, &body).await {
                Ok(answer) => match Polled::read(&answer) {
                    Polled::Approved(approval) => return Ok(approval),
                    Polled::Pending => lost = 0,
                    Polled::SlowDown(longer) => {
                        interval = longer.unwrap_or(interval + SLOW_DOWN).max(interval);
                        pause = interval;
                    }
                    Polled::Limited(wait) => {
                        pause = wait.unwrap_or(interval + SLOW_DOWN).max(interval);
                    }
                    Polled::Unavailable => lost = self.count_lost(lost, None)?,
                    Polled::Final(problem) => {
                        return Err(problem.into_problem(self.server.origin()));
                    }
                },
                Err(error) => lost = self.count_lost(lost, Some(&error))?,
            }
        }
    }

    /// Counts a poll without an answer; a few of them may be lost.
    fn count_lost(&self, lost: u32, error: Option<&NoAnswer>) -> Result<u32, Problem> {
        if lost + 1 < MAX_LOST {
            return Ok(lost + 1);
        }
        Err(match error {
            Some(error) => self.server.unreachable(error),
            None => Problem::new(
                Exit::Unavailable,
                format!("{} no longer returns usable answers.", self.server.origin()),
            )
            .hint("Run `covibe-local login` again later."),
        })
    }

    fn store(&self, kinds: &[AgentType], approval: Approval) -> Result<String, Problem> {
        let origin = self.server.origin();
        approval.check_origin(origin)?;
        let keys: Vec<_> =
            approval.keys.into_iter().filter(|(kind, _)| kinds.contains(kind)).collect();
        Credentials::update(self.home, |credentials| {
            for (kind, key) in &keys {
                credentials.insert(origin, &approval.workspace, *kind, key);
            }
        })?;
        let got =
            |kind: &&AgentType| !keys.iter().any(|(it, _): &(AgentType, StoredKey)| it == *kind);
        let absent: Vec<_> = kinds.iter().filter(got).map(|kind| kind.as_str()).collect();
        if absent.is_empty() {
            return Ok(approval.workspace);
        }
        Err(Problem::failure(format!("The server returned no key for {}.", absent.join(", ")))
            .hint("Run `covibe-local login` again."))
    }
}
