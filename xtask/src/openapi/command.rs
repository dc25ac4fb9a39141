//! The programs of this gate, and where they run.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The time in which a program must be installed.
pub(super) const INSTALL: Duration = Duration::from_mins(5);

/// The document, relative to the folder of this gate.
pub(super) const DOCUMENT: &str = "openapi.json";

/// Returns a call of a program in this folder.
pub(super) fn within(folder: &Path, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}
