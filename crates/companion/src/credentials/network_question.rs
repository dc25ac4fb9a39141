//! The question whether agents may use the proxies and certificates of a command's environment.
//!
//! The hint of a refusal names `setup` or `login`. An agent that follows the hint runs the command in the environment that
//! a repository may have chosen. So a command notes a new value only once a person confirms it at a terminal.

use serde_json::{Map, Value};

use super::noted_network::NETWORK;
use super::{Credentials, NetworkVariables};
use crate::command_error::{Exit, Problem};
use crate::home::CompanionHome;
use crate::progress_output::{Person, Reporter};

/// The question before a command notes the proxies and certificates of its environment.
pub struct NetworkQuestion<'a> {
    /// The companion's folder.
    pub home: &'a CompanionHome,
    /// The proxies and certificates of the environment.
    pub network: &'a NetworkVariables,
    /// The person who is asked about new values.
    pub person: &'a dyn Person,
    /// The receiver of the warning that no person can answer.
    pub reporter: &'a dyn Reporter,
    /// True if a machine without keys and notes trusts the values when no person can answer. The script that sets up a
    /// new machine chooses its environment itself.
    pub trusts_first: bool,
}

impl NetworkQuestion<'_> {
    /// Asks about the values that are not noted. Returns the variables to note; none if no person can answer.
    ///
    /// # Errors
    ///
    /// A problem with exit code 77 if the person refuses, or that of a file that cannot be trusted.
    pub fn ask(&self) -> Result<NetworkVariables, Problem> {
        if self.network.is_empty() {
            return Ok(NetworkVariables::default());
        }
        let credentials = Credentials::load(self.home)?;
        let new = credentials.new_network(self.network);
        if new.is_empty() {
            return Ok(NetworkVariables::default());
        }
        let question = format!(
            "These values of the environment are new on this machine:\n{}\nWhoever controls them \
             can read the keys of agents. Do you trust them?",
            new.lines()
        );
        match self.person.confirm(&question) {
            Some(true) => Ok(new),
            Some(false) => {
                let names = new.names();
                Err(Problem::new(Exit::Denied, format!("The values of {names} were refused."))
                    .hint(format!("Unset or correct {names}, and run the command again.")))
            }
            None if self.trusts_first && credentials.is_unused() => Ok(new),
            None => {
                self.reporter.warn(&format!(
                    "No person can confirm the values of {} here, so agents do not use them. If \
                     you set them, run the command again in a terminal.",
                    new.names()
                ));
                Ok(NetworkVariables::default())
            }
        }
    }
}

impl Credentials {
    /// Returns whether no command has stored or noted anything on this machine yet.
    fn is_unused(&self) -> bool {
        let servers = self.content.get("servers").and_then(Value::as_object);
        servers.is_none_or(Map::is_empty) && !self.content.contains_key(NETWORK)
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use covibe_domain::Secret;

    use super::*;
    use crate::credentials::note_network;
    use crate::origin::Origin;
    use crate::progress_output::{FixedAnswer, Recorder};

    struct Machine {
        _folder: tempfile::TempDir,
        home: CompanionHome,
        network: NetworkVariables,
        reporter: Recorder,
    }

    impl Machine {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let proxy = OsString::from("http://proxy.example.com:3128");
            Self {
                home: CompanionHome::at(folder.path().join("covibe")),
                _folder: folder,
                network: NetworkVariables::from_values([("HTTPS_PROXY", proxy)]),
                reporter: Recorder::default(),
            }
        }

        /// Returns a machine that was set up with a key of the environment.
        fn set_up() -> Self {
            let machine = Self::new();
            let server = Origin::judge("https://a.example.com").unwrap().origin;
            let key = Secret::new("vibn_sk_a");
            Credentials::update(&machine.home, |it| it.note_key(&server, &key)).unwrap();
            machine
        }

        fn ask(
            &self,
            answer: Option<bool>,
            trusts_first: bool,
        ) -> Result<NetworkVariables, Problem> {
            let question = NetworkQuestion {
                home: &self.home,
                network: &self.network,
                person: &FixedAnswer(answer),
                reporter: &self.reporter,
                trusts_first,
            };
            question.ask()
        }
    }

    #[test]
    fn a_new_value_is_noted_only_if_a_person_confirms_it() {
        let machine = Machine::set_up();
        for trusts_first in [true, false] {
            assert_eq!(machine.ask(Some(true), trusts_first), Ok(machine.network.clone()));
            let refused = machine.ask(Some(false), trusts_first).unwrap_err();
            assert_eq!(refused.exit, Exit::Denied);
            assert!(refused.message.contains("HTTPS_PROXY"), "{refused}");
            assert_eq!(machine.ask(None, trusts_first), Ok(NetworkVariables::default()));
        }
        let text = machine.reporter.text();
        assert!(text.contains("HTTPS_PROXY") && text.contains("in a terminal"), "{text}");
    }

    #[test]
    fn a_noted_value_is_not_asked_about_again() {
        let machine = Machine::set_up();
        note_network(&machine.home, &machine.network, &machine.reporter).unwrap();
        assert_eq!(machine.ask(Some(false), false), Ok(NetworkVariables::default()));
    }

    #[test]
    fn a_script_that_sets_up_a_new_machine_needs_no_person() {
        let machine = Machine::new();
        assert_eq!(machine.ask(None, true), Ok(machine.network.clone()));
        assert_eq!(machine.ask(None, false), Ok(NetworkVariables::default()));
        assert!(machine.ask(Some(false), true).is_err(), "a person at the terminal is asked");
    }
}
