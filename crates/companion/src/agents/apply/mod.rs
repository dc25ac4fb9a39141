//! Carrying a plan out, and taking it back.

mod backups;
mod entry_removal;
mod undo_changes;
mod undo_records;

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::config_files::MAX_FILE;
use super::plan_creation::{PlanRequest, plan_claude_file};
use super::planned_changes::{FileChange, Plan, Refused};
use crate::home::{CompanionHome, Mode, read_bounded, write_atomically};
use crate::origin::Origin;

pub use undo_changes::{UndoPlan, plan_undo, undo};

/// The outcome of a plan that was carried out.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// The files that were written or removed.
    pub written: Vec<PathBuf>,
    /// The files that were left alone although the plan names them.
    pub refused: Vec<Refused>,
    /// Sentences about what a person should know.
    pub remarks: Vec<String>,
}

/// Carries a plan out. A step that fails does not prevent the others.
///
/// Before a file is changed, a copy of it is kept in `backups/`, and `undo/` gets what is needed to take the change back.
pub fn apply(request: &PlanRequest<'_>, plan: &Plan) -> Applied {
    let mut applied = Applied::default();
    let write = |change: &FileChange| write_change(request.home, request.origin, change);
    add(&mut applied, &plan.changes, write);
    let Some(step) = &plan.claude else { return applied };
    match step.run() {
        Ok(()) => applied.written.push(request.places.claude_file()),
        Err(reason) => {
            applied.remarks.push(format!("{reason}; the file was edited instead."));
            let instead = plan_claude_file(request);
            applied.refused.extend(instead.refused);
            add(&mut applied, &instead.changes, write);
        }
    }
    applied
}

fn add(
    applied: &mut Applied,
    changes: &[FileChange],
    write: impl Fn(&FileChange) -> Result<(), String>,
) {
    for change in changes {
        match write(change) {
            Ok(()) => applied.written.push(change.path.clone()),
            Err(reason) => {
                applied.refused.push(Refused { path: change.path.clone(), reason });
            }
        }
    }
}

fn write_change(home: &CompanionHome, origin: &Origin, change: &FileChange) -> Result<(), String> {
    check_unchanged(change)?;
    backups::keep(home, change).map_err(|error| format!("cannot be backed up ({error})"))?;
    // The record comes first: a process that is killed in between leaves a record without effect.
    undo_records::remember(home, origin, change)?;
    replace(change).map_err(|error| format!("cannot be written ({error})"))
}

fn check_unchanged(change: &FileChange) -> Result<(), String> {
    match read_bounded(&change.path, MAX_FILE) {
        Ok(now) if now == change.before => Ok(()),
        Ok(_) => Err("was just changed by another program".to_owned()),
        Err(error) => Err(format!("cannot be read ({error})")),
    }
}

/// Writes the content of a change, or removes the file.
fn replace(change: &FileChange) -> io::Result<()> {
    let Some(after) = &change.after else { return remove(&change.path) };
    if let Some(folder) = change.path.parent() {
        fs::create_dir_all(folder)?;
    }
    let is_new_private = change.before.is_none() && change.is_private;
    let mode = if is_new_private { Mode::Private } else { Mode::Kept };
    write_atomically(&change.path, after, mode)
}

/// Removes a file. A link to it stays, because somebody made it.
fn remove(path: &Path) -> io::Result<()> {
    match path.canonicalize().and_then(fs::remove_file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
