//! Warnings about containers.

use covibe_docker_host::{ContainerDetails, Health, Status};
use covibe_workspace::ForeignLabel;

use crate::container_access::{FIX, describe_label};

/// The number of restarts from which a running container counts as crashing.
const LOOP: u64 = 3;

/// Returns the warnings about a container that printed this many lines. The subject is `web` for a service, or `The
/// container`.
pub(super) fn container_warnings(
    subject: &str,
    state: &ContainerDetails,
    lines: usize,
    is_narrowed: bool,
) -> Vec<String> {
    let mut found = Vec::new();
    if state.out_of_memory {
        found.push(format!(
            "{subject} ran out of memory and was killed. Raise its memory limit, or make the program use less."
        ));
    }
    match state.status {
        Status::Restarting => found.push(crash_warning(subject, state)),
        Status::Running if state.restart_count >= LOOP => found.push(crash_warning(subject, state)),
        Status::Created => found.push(format!("{subject} was created and never ran.")),
        Status::Exited | Status::Dead if state.exit_code != 0 => {
            found.push(format!("{subject} ended with exit code {}.", state.exit_code));
        }
        Status::Exited | Status::Dead => found.push(format!("{subject} has ended.")),
        _ => {}
    }
    if state.health == Some(Health::Unhealthy) {
        found.push(format!("{subject} fails its health check; `healthOutput` has its output."));
    }
    if lines == 0 && !is_narrowed {
        found.push(format!("{subject} printed nothing."));
    }
    found
}

/// Returns the warning about a container that may not run.
pub(super) fn rejected_container(name: &str, label: &ForeignLabel) -> String {
    format!("{}, so this server stops it. {FIX}", describe_label(name, label))
}

/// Returns the warning about a service of the file that has no container.
pub(super) fn missing_container(name: &str) -> String {
    format!("{name} has no container and no log, because it never ran or was stopped.")
}

/// The reason why some of the requested lines were not read.
pub(super) enum UnreadLines {
    /// The log was too long to be read to its beginning.
    Cut,
    /// More lines came after the cursor than are read at once.
    AfterCursor,
    /// It was too long to be searched, except for this many of its newest lines.
    Searched(usize),
}

impl UnreadLines {
    /// Returns the warning about the log.
    pub(super) fn text(&self, subject: &str) -> String {
        match self {
            Self::Cut => format!(
                "{subject} has a long log; its older lines were not read. Pass `since` or fewer `lines`."
            ),
            Self::AfterCursor => format!(
                "{subject} printed too many lines after the cursor; the older ones were left out. \
                 Read more often, or pass `service`."
            ),
            Self::Searched(lines) => format!(
                "{subject} has a long log; only its newest {lines} lines were searched. Pass a \
                 later `since`."
            ),
        }
    }
}

/// Returns the warning about containers whose logs are not returned.
pub(super) fn omitted_containers(count: usize) -> String {
    format!("The logs of {count} more containers were left out. Pass `service` to get one of them.")
}

fn crash_warning(subject: &str, state: &ContainerDetails) -> String {
    let (count, code) = (state.restart_count, state.exit_code);
    format!(
        "{subject} keeps crashing and was restarted {count} times; its last exit code is {code}."
    )
}
