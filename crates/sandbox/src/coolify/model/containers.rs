//! The containers of resources: a service's stack of them, their limits, and their state as docker and Coolify see it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use covibe_domain::Timestamp;
use serde_json::Value;

use super::env_variable::Variable;
use crate::coolify::arranged_outcomes::Condition;
use crate::coolify::json_values::Object;
use crate::coolify::predicted_failures::Ending;

/// The CPUs of the host.
pub(crate) const CPUS: u32 = 2;

/// The least memory that Docker lets a container have, in bytes.
const LEAST_MEMORY: u64 = 6 << 20;

/// The moment when Coolify was installed: 2026-01-05 09:00:00.
const INSTALLED: Timestamp = Timestamp::from_millis(1_767_603_600_000);

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
    /// True if Docker starts it again when it ends like that.
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

/// The maximum that a container may use, in docker's units; 0 means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes.
    pub(crate) memory: u64,
    /// Bytes of memory and swap together.
    pub(crate) swap: u64,
    /// Billionths of a CPU.
    pub(crate) nano_cpus: u64,
}

impl Limits {
    /// Reads the columns of an application or a database. Coolify (4.3.11) stores whatever text it gets; Docker refuses
    /// it when the container is created, with the message that is returned then.
    pub(crate) fn read(columns: &Object) -> Result<Self, String> {
        let text = |name| columns.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("build_pack") == "dockercompose" {
            // Its file says it.
            return Ok(Self::default());
        }
        let memory = bytes(text("limits_memory"))?;
        let swap = bytes(text("limits_memory_swap"))?;
        let nano_cpus = nano_cpus(text("limits_cpus"))?;
        match (memory, swap) {
            (1..LEAST_MEMORY, _) => Err("Minimum memory limit allowed is 6MB".to_owned()),
            (0, 1..) => Err("You should always set the Memory limit when using Memoryswap limit, \
                             see usage"
                .to_owned()),
            (_, 1..) if swap < memory => Err("Minimum memoryswap limit should be larger than \
                                              memory limit, see usage"
                .to_owned()),
            // As much swap as memory by default.
            (_, 0) => Ok(Self { memory, swap: 2 * memory, nano_cpus }),
            _ => Ok(Self { memory, swap, nano_cpus }),
        }
    }
}

/// Returns the bytes of a size as Docker Compose writes it.
fn bytes(text: &str) -> Result<u64, String> {
    let lower = text.trim().to_ascii_lowercase();
    let digits = lower.trim_end_matches('b');
    let (number, shift) = match digits.as_bytes().last() {
        Some(b'k') => (&digits[..digits.len() - 1], 10),
        Some(b'm') => (&digits[..digits.len() - 1], 20),
        Some(b'g') => (&digits[..digits.len() - 1], 30),
        Some(_) => (digits, 0),
        None => ("0", 0),
    };
    let number = number.parse::<u64>().map_err(|_| format!("invalid size: '{text}'"))?;
    Ok(number << shift)
}

/// Returns billionths of CPUs. PHP reads a text that is not a number as 0.
fn nano_cpus(text: &str) -> Result<u64, String> {
    let cpus = text.trim().parse::<f64>().unwrap_or_default();
    if cpus < 0.0 || cpus > f64::from(CPUS) || (cpus > 0.0 && cpus < 0.01) {
        return Err(format!(
            "range of CPUs is from 0.01 to {CPUS}.00, as there are only {CPUS} CPUs available"
        ));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is within the bounds"
    )]
    Ok((cpus * 1e9).round() as u64)
}

/// An action of Docker itself on a container, without Coolify, which notices it at its next look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DockerAction {
    Stopped,
    Started,
    Removed,
}

/// The last action on each container of a resource, by the name of the container in its compose file; the only
/// container of a resource has no name.
#[derive(Default)]
pub(crate) struct DockerActions(BTreeMap<String, (Instant, DockerAction)>);

impl DockerActions {
    /// Notes an action.
    pub(crate) fn note(&mut self, part: &str, at: Instant, deed: DockerAction) {
        self.0.insert(part.to_owned(), (at, deed));
    }

    /// Returns the last action on a container that has existed since that moment.
    pub(crate) fn last(
        &self,
        part: &str,
        since: Option<Instant>,
    ) -> Option<(Instant, DockerAction)> {
        self.0.get(part).copied().filter(|(at, _)| since.is_none_or(|since| *at >= since))
    }
}

/// The state of a resource's containers at Coolify's last look, and the coming looks.
#[derive(Clone, Debug)]
pub(crate) struct ObservedState {
    /// Their condition; `None` if there was no container.
    pub(crate) seen: Option<Condition>,
    /// Those of a service that had been stopped or removed by Docker itself, by name.
    pub(crate) stopped: Vec<String>,
    /// The number of times that Docker had restarted them.
    pub(crate) restarts: u128,
    /// The time of its last look, or of its last own action: `last_online_at`.
    pub(crate) at: Timestamp,
    /// The moments of coming looks.
    looks: Vec<Instant>,
}

impl ObservedState {
    /// Returns the sight of a resource that was never looked at: it has the default of the column (4.3.11).
    pub(crate) fn new() -> Self {
        Self { seen: None, stopped: Vec::new(), restarts: 0, at: INSTALLED, looks: Vec::new() }
    }

    /// Notes the result of a look.
    pub(crate) fn update(&mut self, seen: Option<Condition>, restarts: u128, at: Timestamp) {
        (self.seen, self.at) = (seen, at);
        self.stopped.clear();
        // A container that was removed keeps its count.
        if restarts > 0 || seen.is_some() {
            self.restarts = restarts;
        }
    }

    /// Plans a look.
    pub(crate) fn plan(&mut self, at: Instant) {
        self.looks.push(at);
    }

    /// Plans one look in place of all others, as after a start.
    pub(crate) fn plan_only(&mut self, at: Instant) {
        self.looks = vec![at];
    }

    /// Returns the moment of the next look.
    pub(crate) fn next_look(&self) -> Option<Instant> {
        self.looks.iter().copied().min()
    }

    /// Returns the moment of the last look that is due, and plans the one after it.
    pub(crate) fn due(&mut self, now: Instant, every: Duration) -> Option<Instant> {
        let due = self.looks.iter().copied().filter(|at| *at <= now).max()?;
        self.looks.retain(|at| *at > now);
        let every = every.max(Duration::from_millis(1));
        let more = now.duration_since(due).as_nanos() / every.as_nanos();
        let last = due + every * u32::try_from(more).unwrap_or(u32::MAX);
        self.looks.push(last + every);
        Some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_sizes_and_cpus_are_parsed_as_docker_does() {
        assert_eq!(bytes("512m"), Ok(512 << 20));
        assert_eq!(bytes("2G"), Ok(2 << 30));
        assert_eq!((bytes("0"), bytes("64kb"), bytes("7")), (Ok(0), Ok(64 << 10), Ok(7)));
        assert_eq!(bytes("abc").unwrap_err(), "invalid size: 'abc'");
        assert_eq!((nano_cpus("0.5"), nano_cpus("0")), (Ok(500_000_000), Ok(0)));
        assert!(nano_cpus("-1").is_err() && nano_cpus("2.01").is_err() && nano_cpus("2").is_ok());
    }
}
