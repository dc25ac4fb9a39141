//! A machine that is set up for a server, in a folder of its own.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::json;

/// A machine; its folder is removed when this is dropped.
pub(super) struct Machine {
    folder: tempfile::TempDir,
    program: PathBuf,
    origin: String,
}

impl Machine {
    /// Creates a machine with keys for a server.
    pub(super) fn new(built: &Path, origin: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let program = built.join("covibe-local");
        let machine = Self { folder, program, origin: origin.to_owned() };
        let home = machine.path(".covibe");
        fs::create_dir(&home)?;
        fs::set_permissions(&home, fs::Permissions::from_mode(0o700))?;
        let key = |name: &str| json!({ "token": format!("vibn_sk_bench-{name}") });
        let tokens = json!({ "codex": key("codex"), "companion": key("companion") });
        let server = json!({ "workspace": "bench", "tokens": tokens });
        let credentials = json!({ "version": 1, "servers": { origin: server } });
        let mut options = fs::OpenOptions::new();
        let file = options.create(true).truncate(true).write(true).mode(0o600);
        file.open(home.join("credentials.json"))?.write_all(credentials.to_string().as_bytes())?;
        Ok(machine)
    }

    /// Returns the origin of the server.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns a path below the home.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns a program with the machine's environment.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.folder.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Returns the companion with these arguments.
    pub(super) fn companion(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(&self.program);
        command.args(arguments);
        command
    }

    /// Returns the companion as `covibe-mcp`.
    pub(super) fn bridge(&self) -> Result<Command> {
        let link = self.path("covibe-mcp");
        if !link.exists() {
            std::os::unix::fs::symlink(&self.program, &link)?;
        }
        let mut command = self.command(&link);
        command.args(["--agent", "codex", "--base-url", &self.origin]);
        Ok(command)
    }

    /// Creates a repository with this many files and one commit.
    pub(super) fn repository(&self, name: &str, files: usize) -> Result<PathBuf> {
        let folder = self.path(name);
        fs::create_dir_all(&folder)?;
        for n in 0..files {
            let part = folder.join(format!("d{}", n / 500));
            fs::create_dir_all(&part)?;
            fs::write(part.join(format!("f{n}")), n.to_string())?;
        }
        self.git(&folder, &["init", "--quiet", "--initial-branch=main"])?;
        self.git(&folder, &["add", "--all"])?;
        let author = ["-c", "user.name=b", "-c", "user.email=b@example.com"];
        let commit = ["commit", "--quiet", "--allow-empty", "--message", "first"];
        self.git(&folder, &[&author[..], &commit].concat())?;
        Ok(folder)
    }

    /// Runs git in a folder.
    pub(super) fn git(&self, folder: &Path, arguments: &[&str]) -> Result<()> {
        let mut git = self.command(Path::new("git"));
        let status = git.current_dir(folder).args(arguments).status().context("git")?;
        ensure!(status.success(), "git {arguments:?} failed");
        Ok(())
    }

    /// Reports an event of an agent in a repository.
    pub(super) fn hook(&self, folder: &Path, event: &str) -> Result<()> {
        let payload = json!({ "session_id": "bench", "hook_event_name": event, "cwd": folder });
        let mut child = self.companion(&["hook", "claude-code"]).stdin(Stdio::piped()).spawn()?;
        let mut stdin = child.stdin.take().context("no stdin")?;
        stdin.write_all(payload.to_string().as_bytes())?;
        drop(stdin);
        ensure!(child.wait()?.success(), "the hook failed");
        Ok(())
    }
}
