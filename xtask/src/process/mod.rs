//! A child process that prints a line once it is ready.

pub(crate) mod throwaway_postgres;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use crate::shell;

/// The time within which a process must print its first line.
const PATIENCE: Duration = Duration::from_secs(30);

/// Gives a command the environment `environment` with the variables that every program needs, and the folder `scratch`.
pub(crate) fn isolate(
    command: &mut Command,
    environment: &BTreeMap<String, String>,
    scratch: &Path,
) -> Result<()> {
    command.env_clear().envs(environment).env("PATH", std::env::join_paths(shell::folders())?);
    command.env("HOME", scratch).current_dir(scratch);
    Ok(())
}

/// A running child process. Dropping this closes its standard input and kills it.
pub(crate) struct Process {
    child: Child,
    /// Kept open because a child fails when it writes into a closed pipe.
    stdout: BufReader<ChildStdout>,
}

impl Process {
    /// Starts `command` in `scratch` with an environment of `environment` and the variables that
    /// every program needs; returns the child and its first line. Its stderr goes to a file in
    /// `scratch`.
    pub(crate) async fn start(
        command: &mut Command,
        environment: &BTreeMap<String, String>,
        scratch: &Path,
    ) -> Result<(Self, String)> {
        let mut process = Self::spawn(command, environment, scratch)?;
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, process.stdout.read_line(&mut line)).await;
        if !matches!(read, Ok(Ok(1..))) {
            let stderr = std::fs::read_to_string(log(command, scratch)).unwrap_or_default();
            let program = command.as_std().get_program().display();
            bail!("{program} printed no first line; its stderr:\n{}", tail(&stderr));
        }
        Ok((process, line.trim_end().to_owned()))
    }

    /// Likewise, without waiting for a first line.
    pub(crate) fn spawn(
        command: &mut Command,
        environment: &BTreeMap<String, String>,
        scratch: &Path,
    ) -> Result<Self> {
        isolate(command, environment, scratch)?;
        let stderr = File::create(log(command, scratch))?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr).kill_on_drop(true);
        let program = command.as_std().get_program().to_owned();
        let child = command.spawn();
        let mut child = child.with_context(|| format!("{} did not start", program.display()))?;
        let stdout = BufReader::new(child.stdout.take().context("no stdout")?);
        Ok(Self { child, stdout })
    }

    /// Sends an empty line and returns the line that the child answers.
    pub(crate) async fn ask(&mut self) -> Result<String> {
        self.child.stdin.as_mut().context("no stdin")?.write_all(b"\n").await?;
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, self.stdout.read_line(&mut line)).await;
        ensure!(matches!(read, Ok(Ok(1..))), "the process did not answer");
        Ok(line)
    }

    /// Asks the process to end (SIGTERM), and waits until it has.
    pub(crate) async fn stop(mut self) -> Result<()> {
        shell::run(std::process::Command::new("kill").arg(self.pid()?.to_string()))?;
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = ended.context("the process did not stop")??;
        ensure!(status.success(), "the process failed while it stopped ({status})");
        Ok(())
    }

    /// Returns the process's id.
    pub(crate) fn pid(&self) -> Result<u32> {
        self.child.id().context("the process has ended")
    }
}

/// Returns the file in `scratch` that has the stderr of a command's program.
fn log(command: &Command, scratch: &Path) -> PathBuf {
    let program = Path::new(command.as_std().get_program()).file_name().unwrap_or_default();
    scratch.join(program).with_extension("log")
}

/// Returns the last lines of a text.
fn tail(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn returns_the_first_line_and_kills_the_process_on_drop() {
        let scratch = tempfile::tempdir().unwrap();
        let mut command = script("echo \"$READY\"; exec sleep 60");
        let ready = BTreeMap::from([("READY".to_owned(), "yes".to_owned())]);
        let (process, line) = Process::start(&mut command, &ready, scratch.path()).await.unwrap();
        assert_eq!(line, "yes");
        let of_proc = format!("/proc/{}", process.pid().unwrap());
        drop(process);
        for _ in 0..200 {
            let state = std::fs::read_to_string(format!("{of_proc}/stat")).unwrap_or_default();
            if state.is_empty() || state.contains(") Z ") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("still running");
    }

    #[tokio::test]
    async fn ask_returns_the_answer_and_stop_reports_a_failing_exit() {
        let scratch = tempfile::tempdir().unwrap();
        let words = "trap 'exit 0' TERM; echo ready; read x; echo \"said $x.\"; read x";
        let started = Process::start(&mut script(words), &BTreeMap::new(), scratch.path()).await;
        let mut process = started.unwrap().0;
        assert_eq!(process.ask().await.unwrap(), "said .\n");
        process.stop().await.unwrap();
        let mut command = script("trap 'exit 3' TERM; echo ready; read x");
        let started = Process::start(&mut command, &BTreeMap::new(), scratch.path()).await;
        let error = started.unwrap().0.stop().await.unwrap_err().to_string();
        assert!(error.starts_with("the process failed while it stopped"), "{error}");
    }

    #[tokio::test]
    async fn shows_the_stderr_of_a_process_that_fails() {
        let scratch = tempfile::tempdir().unwrap();
        let mut command = script("echo no database >&2; exit 1");
        let error =
            Process::start(&mut command, &BTreeMap::new(), scratch.path()).await.err().unwrap();
        assert!(error.to_string().ends_with("no database"), "{error}");
    }
}
