//! The texts of an item: a companion is a program on a machine that others control.

use covibe_domain::companion::{
    ActivityItem, ItemBody, MAX_DIRTY_PATHS, Machine, RepositoryRef, Session, SnapshotBody,
};
use covibe_domain::names::is_visible;
use covibe_domain::secret::has_credential_form;
use covibe_domain::{Failure, has_uuid_form};

/// The operations of git that can be in progress.
const IN_PROGRESS: [&str; 5] = ["merge", "rebase", "cherry-pick", "revert", "bisect"];

/// Checks the machine of a batch.
///
/// # Errors
///
/// Invalid if it has a text that is not allowed.
pub(super) fn check_machine(machine: &Machine) -> Result<(), Failure> {
    let is_sound = is_text(&machine.name, 64)
        && is_text(&machine.platform, 32)
        && is_text(&machine.companion_version, 32);
    if is_sound {
        return Ok(());
    }
    Err(Failure::invalid("`machine` is not allowed.")
        .hint("Send short texts of printable characters, without credentials."))
}

/// Returns whether everything in an item may be stored.
pub(super) fn is_sound(item: &ActivityItem) -> bool {
    let is_body_sound = match &item.body {
        ItemBody::Snapshot(snapshot) => is_snapshot_sound(snapshot),
        ItemBody::Session(session) => is_session_sound(session),
    };
    is_id(&item.id) && is_repository_sound(&item.repo) && is_body_sound
}

/// Returns whether a text is a UUID, with dashes.
fn is_id(id: &str) -> bool {
    id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
        || has_uuid_form(id) && id.len() <= 36
}

fn is_repository_sound(repo: &RepositoryRef) -> bool {
    let is_remote = |remote: &String| {
        is_text(remote, 300) && !remote.contains(['@', '?', '#']) && !remote.contains("://")
    };
    is_text(&repo.name, 100) && repo.remote.as_ref().is_none_or(is_remote)
}

fn is_snapshot_sound(snapshot: &SnapshotBody) -> bool {
    let SnapshotBody { head, upstream, dirty, in_progress, .. } = snapshot;
    head.branch.as_ref().is_none_or(|branch| is_text(branch, 255))
        && head.commit.as_ref().is_none_or(|commit| is_hash(commit))
        && upstream.as_ref().is_none_or(|upstream| is_text(&upstream.name, 255))
        && dirty.paths.len() <= MAX_DIRTY_PATHS
        && in_progress.as_ref().is_none_or(|word| IN_PROGRESS.contains(&word.as_str()))
}

fn is_session_sound(session: &Session) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    is_text(&session.agent, 32)
        && session.agent.chars().all(is_word)
        && session.model.as_ref().is_none_or(|model| is_text(model, 64))
}

fn is_hash(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Returns whether a text has 1 to `max` visible characters and no credential.
fn is_text(text: &str, max: usize) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= max
        && text.chars().all(is_visible)
        && !has_credential_form(text)
}
