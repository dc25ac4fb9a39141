//! Taking changes back: byte for byte where a file is as we wrote it, and otherwise only what is ours in it.

use std::fs;
use std::path::{Path, PathBuf};

use super::entry_removal::{is_blank, strip};
use super::undo_records::{Record, all, forget};
use super::{Applied, add, check_unchanged, replace};
use crate::agent_kinds::Agent;
use crate::agents::claude_program::ClaudeStep;
use crate::agents::config_files::{
    Content, MAX_FILE, Target, repository_targets, skill_target, user_targets,
};
use crate::agents::config_paths::Places;
use crate::agents::edit::JsonFile;
use crate::agents::planned_changes::{FileChange, Plan, Refused};
use crate::agents::server_entry::{NAME, Owner, Transport, owner};
use crate::home::{CompanionHome, read_bounded};
use crate::origin::Origin;

/// The plan that takes everything back.
#[derive(Clone, Debug, Default)]
pub struct UndoPlan {
    /// The changes of files, and the call of `claude`.
    pub plan: Plan,
    records: Vec<(PathBuf, Vec<PathBuf>)>,
}

/// Returns the plan that takes back what setup wrote for any agent, and for this folder. It writes nothing.
///
/// The server is needed for entries over HTTP in repositories, which are ours only if they lead to it.
pub fn plan_undo(
    places: &Places,
    home: &CompanionHome,
    origin: Option<&Origin>,
    folder: Option<&Path>,
    skill: &str,
) -> UndoPlan {
    let mut undo = UndoPlan::default();
    let plan = &mut undo.plan;
    let claude_file = places.claude_file();
    for record in all(home) {
        let current = match read_bounded(&record.path, MAX_FILE) {
            Ok(current) => current,
            Err(error) => {
                let reason = format!("cannot be read ({error})");
                plan.refused.push(Refused { path: record.path, reason });
                continue;
            }
        };
        match restored(home, &record, current.as_deref()) {
            Ok(after) => {
                push(plan, &record.path, current, after, &record);
                undo.records.push((record.path, record.folders));
            }
            Err(reason) => plan.refused.push(Refused { path: record.path, reason }),
        }
    }
    for target in targets(places, home, origin, folder, skill) {
        let is_known = undo.records.iter().any(|(path, _)| *path == target.path)
            || plan.refused.iter().any(|refused| refused.path == target.path);
        if is_known {
            continue;
        }
        if let Some(program) = places.claude_program.as_ref().filter(|_| target.path == claude_file)
        {
            plan.claude = claude_step(program, places);
        } else {
            push_stripped(plan, &target, origin);
        }
    }
    undo
}

/// Takes everything back that the plan names.
pub fn undo(home: &CompanionHome, undo: &UndoPlan) -> Applied {
    let mut applied = Applied::default();
    add(&mut applied, &undo.plan.changes, |change| {
        check_unchanged(change)?;
        super::backups::keep(home, change)
            .map_err(|error| format!("cannot be backed up ({error})"))?;
        replace(change).map_err(|error| format!("cannot be written ({error})"))
    });
    if let Some(step) = &undo.plan.claude {
        match step.run() {
            Ok(()) => applied.remarks.push(step.lines().join("\n")),
            Err(reason) => applied.remarks.push(format!("{reason}.")),
        }
    }
    let is_done = |path: &PathBuf| !applied.refused.iter().any(|refused| refused.path == *path);
    let done: Vec<_> = undo.records.iter().filter(|(path, _)| is_done(path)).collect();
    let mut folders: Vec<_> = done.iter().flat_map(|(_, folders)| folders).collect();
    folders.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
    for folder in folders {
        // A folder with something in it stays.
        drop(fs::remove_dir(folder));
    }
    for (path, _) in done {
        if let Err(error) = forget(home, path) {
            applied
                .remarks
                .push(format!("A record in {} remains ({error}).", home.root().display()));
        }
    }
    applied
}

/// Returns a file as it was before us.
fn restored(
    home: &CompanionHome,
    record: &Record,
    current: Option<&[u8]>,
) -> Result<Option<Vec<u8>>, String> {
    let original = record.original(home);
    if record.is_as_written(current) {
        return original.map_err(|error| format!("has lost its original content ({error})"));
    }
    let Some(current) = current else { return Ok(None) };
    if original.is_ok_and(|original| original.as_deref() == Some(current)) {
        return Ok(Some(current.to_vec()));
    }
    let stripped = strip(&record.shape, current, Some(&record.origin), record.is_in_repository);
    let stripped = stripped.map_err(|refusal| refusal.to_string())?;
    Ok(stripped.filter(|rest| record.has_original || !is_blank(&record.shape, rest)))
}

fn push(
    plan: &mut Plan,
    path: &Path,
    before: Option<Vec<u8>>,
    after: Option<Vec<u8>>,
    record: &Record,
) {
    if before != after {
        plan.changes.push(FileChange {
            path: path.to_owned(),
            before,
            after,
            shape: record.shape.clone(),
            is_private: !record.is_in_repository,
        });
    }
}

/// Returns the files in which something of ours may be.
fn targets(
    places: &Places,
    home: &CompanionHome,
    origin: Option<&Origin>,
    folder: Option<&Path>,
    skill: &str,
) -> Vec<Target> {
    // Which server the entries would be for does not matter here.
    let Some(any) = origin.cloned().or_else(|| Some(Origin::judge("localhost").ok()?.origin))
    else {
        return Vec::new();
    };
    let mut targets = Vec::new();
    for agent in Agent::ALL {
        targets.extend(user_targets(agent, places, home, &any, Transport::Stdio));
        targets.extend(skill_target(agent, places, skill));
        let repository = folder.iter();
        targets.extend(
            repository.flat_map(|it| repository_targets(agent, it, &any, Transport::Stdio)),
        );
    }
    targets
}

/// Plans the removal of what is ours in a file that has no record.
fn push_stripped(plan: &mut Plan, target: &Target, origin: Option<&Origin>) {
    let Ok(Some(before)) = read_bounded(&target.path, MAX_FILE) else { return };
    let shape = target.content.shape();
    let is_private = target.repository.is_none();
    let after = match &target.content {
        Content::Whole(text) if text.as_bytes() != before => return,
        _ => strip(&shape, &before, origin, !is_private),
    };
    let Ok(after) = after else { return };
    if after.as_ref() != Some(&before) {
        let (path, before) = (target.path.clone(), Some(before));
        plan.changes.push(FileChange { path, before, after, shape, is_private });
    }
}

fn claude_step(program: &Path, places: &Places) -> Option<ClaudeStep> {
    let bytes = read_bounded(&places.claude_file(), MAX_FILE).ok()??;
    let entry = JsonFile::parse(&bytes).ok()?.get(&["mcpServers"], NAME).ok()??;
    let is_ours = owner(&entry, None, false) == Owner::Ours;
    is_ours.then(|| ClaudeStep::new(program, places, vec![NAME.to_owned()], None))
}
