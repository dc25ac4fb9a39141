//! Counts the tokens of a session from the agent's own record.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::SessionState;
use crate::transcript::is_allowed;

/// The maximum number of records of a session: its own, and those of its subagents.
const MAX_TRANSCRIPTS: usize = 64;

/// The time before the first event to which answers belong that the agent notes late.
const MARGIN: Duration = Duration::from_mins(1);

impl SessionState {
    /// Reads the next piece of its records, as far as they lie below these folders. Returns whether it has read something.
    pub fn read_tokens(&mut self, roots: &[PathBuf]) -> bool {
        let Some(transcript) = self.transcript.clone() else { return false };
        let since = self.started_at.before(MARGIN);
        let mut has_read = false;
        for path in transcripts(&transcript) {
            if !is_allowed(&self.agent, &path, roots) || !path.is_file() {
                continue;
            }
            let Ok(path) = fs::canonicalize(path) else { continue };
            let is_known = self.transcripts.contains_key(&path);
            if !is_known && self.transcripts.len() >= MAX_TRANSCRIPTS {
                continue;
            }
            let state = self.transcripts.entry(path.clone()).or_default();
            has_read |= state.advance(&self.agent, &path, since).unwrap_or_default();
        }
        has_read
    }
}

/// Returns a record, and those of the subagents of its session.
fn transcripts(main: &Path) -> Vec<PathBuf> {
    let folder = main.with_extension("").join("subagents");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.take(MAX_TRANSCRIPTS).map(|entry| entry.path());
    [main.to_path_buf()].into_iter().chain(files).collect()
}
