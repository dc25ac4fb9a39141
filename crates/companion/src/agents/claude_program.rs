//! The program `claude`, which writes its own file: it rewrites that file while it runs, so that an edit of ours could
//! be lost, or could undo one of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::config_files::MAX_FILE;
use super::config_paths::Places;
use super::edit::JsonFile;
use super::server_entry::NAME;
use crate::home::read_bounded;

/// The maximum duration of a call.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The time between two looks at a call.
const PAUSE: Duration = Duration::from_millis(20);

/// The calls of `claude` that change the servers of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaudeStep {
    program: PathBuf,
    home: PathBuf,
    folder: Option<PathBuf>,
    file: PathBuf,
    removed: Vec<String>,
    added: Option<Value>,
}

impl ClaudeStep {
    /// Creates the calls that remove these entries, and add ours.
    pub fn new(
        program: &Path,
        places: &Places,
        removed: Vec<String>,
        added: Option<Value>,
    ) -> Self {
        Self {
            program: program.to_owned(),
            home: places.home.clone(),
            folder: places.claude.clone(),
            file: places.claude_file(),
            removed,
            added,
        }
    }

    /// Returns the command lines, as a person would enter them.
    pub fn lines(&self) -> Vec<String> {
        let line = |words: Vec<String>| {
            let words: Vec<_> = words.iter().map(|word| shell_word(word)).collect();
            format!("claude {}", words.join(" "))
        };
        self.calls().into_iter().map(line).collect()
    }

    /// Makes the calls, and looks at the file for what they did.
    ///
    /// # Errors
    ///
    /// A sentence without its full stop about the call that failed.
    pub fn run(&self) -> Result<(), String> {
        for words in self.calls() {
            self.call(&words)?;
        }
        if self.is_done() {
            Ok(())
        } else {
            Err("`claude mcp` succeeded, but its file does not have the change".to_owned())
        }
    }

    fn calls(&self) -> Vec<Vec<String>> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let mut calls: Vec<Vec<String>> = Vec::new();
        for name in &self.removed {
            calls.push(words(&["mcp", "remove", "--scope", "user", name]));
        }
        if let Some(entry) = &self.added {
            let entry = entry.to_string();
            calls.push(words(&["mcp", "add-json", "--scope", "user", NAME, &entry]));
        }
        calls
    }

    fn call(&self, words: &[String]) -> Result<(), String> {
        let name = format!("`claude {} {}`", words[0], words[1]);
        let mut command = Command::new(&self.program);
        command.args(words).current_dir(&self.home).env("HOME", &self.home);
        if let Some(folder) = &self.folder {
            command.env("CLAUDE_CONFIG_DIR", folder);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child =
            command.spawn().map_err(|error| format!("{name} did not start ({error})"))?;
        let started = Instant::now();
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(format!("{name} failed ({status})")),
                Ok(None) if started.elapsed() < TIMEOUT => sleep(PAUSE),
                Ok(None) => {
                    let _gone = child.kill().and_then(|()| child.wait());
                    return Err(format!("{name} took longer than {} seconds", TIMEOUT.as_secs()));
                }
                Err(error) => {
                    return Err(format!("the state of {name} could not be read ({error})"));
                }
            }
        }
    }

    fn is_done(&self) -> bool {
        let bytes = read_bounded(&self.file, MAX_FILE).ok().flatten().unwrap_or_default();
        let value = JsonFile::parse(&bytes).map(|file| file.value()).unwrap_or_default();
        let servers = &value["mcpServers"];
        match &self.added {
            // The program may add members of its own.
            Some(Value::Object(wanted)) => {
                wanted.iter().all(|(name, value)| servers[NAME].get(name) == Some(value))
            }
            _ => self.removed.iter().all(|name| servers.get(name).is_none()),
        }
    }
}

fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
