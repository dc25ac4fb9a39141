//! What is wrong with a container, in words.

use covibe_docker_host::{Health, State, Status};
use covibe_workspace::ForeignLabel;

use crate::on_host::{FIX, told};

/// From how many restarts on a container is said to crash again and again.
const LOOP: u64 = 3;

/// Returns what is wrong with a container that printed this many lines.
pub(super) fn of(name: &str, state: &State, lines: usize, is_narrowed: bool) -> Vec<String> {
    let mut found = Vec::new();
    if state.out_of_memory {
        found.push(format!(
            "{name}: ran out of memory and was killed. Give it more memory, or use less."
        ));
    }
    match state.status {
        Status::Restarting => found.push(crashes(name, state)),
        Status::Running if state.restart_count >= LOOP => found.push(crashes(name, state)),
        Status::Created => found.push(format!("{name}: was created and never ran.")),
        Status::Exited | Status::Dead if state.exit_code != 0 => {
            found.push(format!("{name}: ended with exit code {}.", state.exit_code));
        }
        Status::Exited | Status::Dead => found.push(format!("{name}: has ended.")),
        _ => {}
    }
    if state.health == Some(Health::Unhealthy) {
        found.push(format!("{name}: its health check fails; healthOutput is what it printed."));
    }
    if lines == 0 && !is_narrowed {
        found.push(format!("{name}: printed nothing."));
    }
    found
}

/// Returns what to know of a container that may not run.
pub(super) fn rejected(name: &str, label: &ForeignLabel) -> String {
    format!("{}, so this server stops it. {FIX}", told(name, label))
}

/// Returns what to know of a service of the file that has no container.
pub(super) fn absent(name: &str) -> String {
    format!("{name}: has no container: it never ran, or was stopped, so there is no log.")
}

/// Returns what to know of a log that was too long to be read to its beginning.
pub(super) fn cut(name: &str) -> String {
    format!("{name}: the log is long; its older lines were not read. Pass since or fewer lines.")
}

/// Returns what to know of containers whose logs are not returned.
pub(super) fn left_out(count: usize) -> String {
    format!("The logs of {count} more containers were left out. Pass service for one of them.")
}

fn crashes(name: &str, state: &State) -> String {
    let (count, code) = (state.restart_count, state.exit_code);
    format!("{name}: crashes and was restarted {count} times; the last exit code is {code}.")
}
