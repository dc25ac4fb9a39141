//! Skills: `skills/<name>/SKILL.md` of a repository on a Gitea.

mod errors;
mod front_matter;
mod repository;
mod settings;
mod snapshot;

pub(super) use settings::Skills;
pub(super) use snapshot::{Skill, Snapshot};

/// The maximum number of skills.
pub(super) const MAX_SKILLS: usize = 100;

/// The maximum length of a skill's name.
pub(super) const MAX_NAME: usize = 64;

/// The maximum size of a `SKILL.md`, in bytes.
pub(super) const MAX_FILE: usize = 128 * 1024;

/// Returns whether a folder's name is one that a skill may have.
pub(super) fn is_name(text: &str) -> bool {
    let is_safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=MAX_NAME).contains(&text.len()) && !text.starts_with('.') && text.bytes().all(is_safe)
}
