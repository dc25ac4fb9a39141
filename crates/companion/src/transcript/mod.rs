//! The records that Claude Code and Codex keep of a session, read for the numbers of tokens alone.
//!
//! The formats are internal to these agents, so that whatever is not understood is skipped. A record is read a piece at
//! a time, from where the last reading ended.

mod appended_lines;
mod claude;
mod codex;
mod transcript_folders;

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use covibe_domain::Timestamp;
use covibe_domain::companion::TokenCounts;
use serde::{Deserialize, Serialize};

pub use appended_lines::add;
pub use transcript_folders::{is_allowed, usual_roots};

/// The state of a record that is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TranscriptState {
    position: appended_lines::Position,
    inode: u64,
    claude: claude::Claude,
    codex: codex::Codex,
}

impl TranscriptState {
    /// Returns the tokens so far.
    pub fn tokens(&self) -> TokenCounts {
        add(self.claude.tokens(), self.codex.tokens())
    }

    /// Forgets the parts that only matter while a session goes on.
    pub fn settle(&mut self) {
        self.claude.settle();
    }

    /// Reads the next piece of a record, at most a few MiB, and counts the answers since a time. Returns whether
    /// something was read.
    ///
    /// # Errors
    ///
    /// An error of the file system, or something that is not a regular file.
    pub fn advance(&mut self, agent: &str, path: &Path, since: Timestamp) -> io::Result<bool> {
        let mut file = open(path)?;
        let metadata = file.metadata()?;
        if self.inode != metadata.ino() || metadata.len() < self.position.offset() {
            // Another file took its place. The counts stay; a copy of old lines is recognised by its ids.
            self.position = appended_lines::Position::default();
            self.inode = metadata.ino();
        }
        if metadata.len() == self.position.offset() {
            return Ok(false);
        }
        let (claude, codex) = (&mut self.claude, &mut self.codex);
        appended_lines::read(&mut file, &mut self.position, |line| match agent {
            "claude-code" => claude.read(line, since),
            "codex" => codex.read(line, since),
            _ => {}
        })
    }
}

fn open(path: &Path) -> io::Result<File> {
    // Opening a pipe without this would wait for its other end.
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
}
