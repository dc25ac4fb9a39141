//! The programs that judge files: the compose policy, and Docker Compose's own loader.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::corpus_files::File;
use crate::shell;

/// A problem of a file that is refused.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Problem {
    pub(super) path: String,
    #[serde(rename = "problem")]
    pub(super) text: String,
    #[serde(default)]
    pub(super) fix: String,
}

/// A verdict of the compose policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Verdict {
    /// The file is accepted.
    Accepted {
        /// The text that is sent.
        sent: String,
        /// The path, the change and the reason of each difference that is reported.
        changes: Vec<[String; 3]>,
    },
    /// The file is refused.
    Refused {
        problems: Vec<Problem>,
        /// The file as a tree; null if it is not YAML.
        form: Value,
    },
}

/// A file with its verdict.
pub(super) struct JudgedFile {
    pub(super) file: File,
    /// True if it was mended.
    pub(super) is_mended: bool,
    pub(super) verdict: Verdict,
}

/// The compose policy, as a program.
pub(super) struct Judge(PathBuf);

impl Judge {
    /// Builds the program.
    pub(super) fn build() -> Result<Self> {
        let build = ["build", "--quiet", "--package", "covibe-compose", "--example", "judge"];
        shell::run(&mut shell::cargo(build))?;
        Ok(Self(shell::target()?.join("debug/examples/judge")))
    }

    /// Judges files.
    pub(super) fn judge(
        &self,
        files: &BTreeMap<String, File>,
    ) -> Result<BTreeMap<String, Verdict>> {
        ask(&self.0, &json!(files))
    }
}

/// A reading of Docker Compose.
#[derive(Debug, Default, Deserialize)]
pub(super) struct LoadedFile {
    /// The reason why it refuses the file.
    #[serde(default)]
    pub(super) error: Option<String>,
    /// The project that it reads.
    #[serde(default)]
    pub(super) model: Value,
}

/// The readings of files, by their names, and of what is sent for them.
#[derive(Debug, Default)]
pub(super) struct Readings {
    pub(super) given: BTreeMap<String, LoadedFile>,
    pub(super) sent: BTreeMap<String, LoadedFile>,
}

/// Docker Compose's own loader, as a program.
pub(super) struct Loader(PathBuf);

impl Loader {
    /// Builds the program. Fails where Go is missing or too old.
    pub(super) fn build() -> Result<Self> {
        let program = shell::target()?.join("tools/compose-loader");
        let mut go = Command::new("go");
        go.current_dir(shell::root().join("crates/compose/tests/loader"));
        go.args(["build", "-mod=readonly", "-buildvcs=false", "-o"]).arg(&program);
        shell::read_output(&mut go)?;
        Ok(Self(program))
    }

    /// Reads the files, and what is sent for them.
    pub(super) fn read_all(&self, judged: &BTreeMap<String, JudgedFile>) -> Result<Readings> {
        let given = judged.iter().map(|(name, one)| (name.clone(), json!(one.file)));
        let sent = judged.iter().filter_map(|(name, one)| match &one.verdict {
            Verdict::Accepted { sent, .. } => {
                let file = json!({ "text": passed_on(sent), "variables": one.file.variables });
                Some((name.clone(), file))
            }
            Verdict::Refused { .. } => None,
        });
        let (given, sent): (BTreeMap<_, _>, BTreeMap<_, _>) = (given.collect(), sent.collect());
        Ok(Readings { given: ask(&self.0, &json!(given))?, sent: ask(&self.0, &json!(sent))? })
    }
}

/// Returns what Coolify passes on of a file: it keeps one key to itself (4.3.11).
fn passed_on(sent: &str) -> String {
    let lines = sent.lines().filter(|line| !line.trim_start().starts_with("\"exclude_from_hc\""));
    lines.fold(String::new(), |all, line| all + line + "\n")
}

/// Writes a value to a program's stdin, and returns what it writes to stdout.
fn ask<T: DeserializeOwned>(program: &PathBuf, input: &Value) -> Result<T> {
    let mut command = Command::new(program);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().context("no stdin")?;
    // Both programs read everything before they write.
    stdin.write_all(input.to_string().as_bytes())?;
    drop(stdin);
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "{} failed", program.display());
    Ok(serde_json::from_slice(&output.stdout)?)
}
