//! A plan: the files that setup would change, and what it leaves alone.

use std::fmt;
use std::path::PathBuf;

use super::claude_program::ClaudeStep;
use super::config_files::Shape;
use super::edit::unified_diff;

/// The change of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// The file.
    pub path: PathBuf,
    /// Its content; none if it does not exist.
    pub before: Option<Vec<u8>>,
    /// Its content afterwards; none if it is removed.
    pub after: Option<Vec<u8>>,
    /// The kind of content that is ours.
    pub shape: Shape,
    /// True if a new file is closed to other users, because its program may write secrets into it.
    pub is_private: bool,
}

impl FileChange {
    /// Returns the change as a unified diff, with the values of members that look secret left out.
    pub fn diff(&self) -> String {
        unified_diff(&self.path, self.before.as_deref(), self.after.as_deref())
    }
}

/// A file that is left alone, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The file.
    pub path: PathBuf,
    /// The reason, which follows the name of the file in a sentence.
    pub reason: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}. It was not changed.", self.path.display(), self.reason)
    }
}

/// The changes of files and the call of `claude` that connect the agents.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The changes; none of them is without effect, and no path is there twice.
    pub changes: Vec<FileChange>,
    /// The call of Claude Code's own program, which writes the file that it rewrites while it runs.
    pub claude: Option<ClaudeStep>,
    /// The files that are left alone.
    pub refused: Vec<Refused>,
    /// Sentences about what a person should know.
    pub remarks: Vec<String>,
}

impl Plan {
    /// Returns whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.claude.is_none()
    }

    /// Returns all changes as text: unified diffs, and the call of `claude`.
    pub fn diff(&self) -> String {
        let mut text: String = self.changes.iter().map(FileChange::diff).collect();
        for line in self.claude.iter().flat_map(ClaudeStep::lines) {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }
}
