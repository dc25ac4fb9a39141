//! The containers and variables of a service.

use std::time::Instant;

use super::variable::Variable;
use crate::coolify::fate::Ending;
use crate::coolify::outcomes::Condition;

/// The containers and variables of a service.
#[derive(Default)]
pub(crate) struct Stack {
    pub(crate) containers: Vec<Container>,
    pub(crate) variables: Vec<Variable>,
    /// The number of times that the file was applied.
    pub(crate) updates: usize,
}

/// A container of a service.
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a container")]
pub(crate) struct Container {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) image: String,
    /// A database can have no URL.
    pub(crate) is_database: bool,
    pub(crate) urls: Vec<String>,
    /// True if the compose file gives it a health check.
    pub(crate) has_check: bool,
    /// True if the compose file contains it. Coolify continues to list a container that was removed from the file.
    pub(crate) is_in_file: bool,
    /// True if Coolify fails to read its labels: docker compose joins the services that it depends on by commas in
    /// one of them (`docker.php:160`, 4.3.11).
    pub(crate) breaks_looks: bool,
    /// True if it ends for good: its policy is never to restart.
    pub(crate) runs_once: bool,
    /// The end of its command, if that ends at once.
    pub(crate) ending: Option<Ending>,
    /// True if docker starts it again when it ends like that.
    pub(crate) restarts: bool,
    /// True if the status of the service ignores it: `exclude_from_status`.
    pub(crate) is_excluded: bool,
    /// The moment when it alone was stopped, after the last start of the service.
    pub(crate) stopped_at: Option<Instant>,
}

impl Container {
    /// Returns its condition while the service is in this one. Databases run, whatever happens to the applications.
    pub(crate) fn condition(&self, of_service: Condition) -> Condition {
        match &self.ending {
            _ if self.is_database => Condition::default(),
            Some(_) => of_service.after_ending(self.restarts),
            None => of_service,
        }
    }
}

impl Stack {
    /// Returns the status of the whole service when its applications were seen in that condition.
    ///
    /// An application that was removed from the file counts as exited until it is excluded (4.3.11), and so do the
    /// containers that were seen to be `stopped`.
    pub(crate) fn status(&self, seen: Option<Condition>, stopped: &[String]) -> &'static str {
        let Some(condition) = seen else { return "exited" };
        let is_lost = |one: &Container| !one.is_in_file && !one.is_excluded && !one.is_database;
        if condition.is_up() && self.containers.iter().any(is_lost) {
            return "degraded:unhealthy";
        }
        let in_file = || self.containers.iter().filter(|one| one.is_in_file && !one.is_excluded);
        let is_stopped = |one: &Container| stopped.contains(&one.name);
        if in_file().all(is_stopped) {
            return "exited";
        }
        if condition.is_up() && in_file().any(is_stopped) {
            return "degraded:unhealthy";
        }
        if condition.is_up() && in_file().any(|one| one.ending.is_some()) {
            let all_ended = in_file().all(|one| one.ending.is_some() && !one.restarts);
            return if all_ended { "exited" } else { "degraded:unhealthy" };
        }
        let has_database = in_file().any(|one| one.is_database);
        match condition {
            Condition::Restarting => "degraded:unhealthy",
            Condition::Exited if has_database => "degraded:unhealthy",
            _ => condition.text(in_file().all(|one| one.has_check)),
        }
    }

    /// Returns the sorted URLs of all containers, as creation and PATCH answer them.
    pub(crate) fn domains(&self) -> Vec<String> {
        let with_urls = self.containers.iter().filter(|container| !container.urls.is_empty());
        let mut domains: Vec<_> = with_urls.map(|container| container.urls.join(",")).collect();
        domains.sort();
        domains
    }

    /// Adds a variable, unless there is one with that key.
    pub(crate) fn add_variable(&mut self, key: &str, value: Option<&str>) {
        if self.variables.iter().all(|variable| variable.key != key) {
            self.variables.push(Variable::generated(key, value));
        }
    }

    /// Adds a variable in place of any with that key.
    pub(crate) fn replace_variable(&mut self, key: &str, value: Option<&str>) {
        self.variables.retain(|variable| variable.key != key);
        self.add_variable(key, value);
    }
}
