//! A directory of its own to run the script in, and the shells that run it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A key of the right form.
pub(super) const KEY: &str = "vibn_sk_0123456789abcdefghijklmnopqrstuvwxyzABC-_xy";

/// The command line of a shell that takes its commands from standard input.
pub(super) type Shell = &'static [&'static str];

/// The shells that people have as `sh`.
const SHELLS: [Shell; 7] = [
    &["sh"],
    &["dash"],
    &["bash", "--posix"],
    &["busybox", "sh"],
    &["zsh", "--emulate", "sh"],
    &["mksh"],
    &["yash"],
];

/// Those of them that this machine has.
pub(super) fn shells() -> Vec<Shell> {
    let there: Vec<_> = SHELLS.into_iter().filter(|shell| starts(shell, &["-c", ":"])).collect();
    assert!(!there.is_empty(), "a system has a shell");
    there
}

/// Returns whether a program exists and accepts these arguments.
pub(super) fn starts(program: &[&str], arguments: &[&str]) -> bool {
    let mut command = Command::new(program[0]);
    let command = command.args(&program[1..]).args(arguments).stdin(Stdio::null());
    command.output().is_ok_and(|output| output.status.success())
}

/// The result of a run.
#[derive(Debug)]
pub(super) struct RunResult {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl From<Output> for RunResult {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// A directory with nothing around it: no settings of a person, no repository.
pub(super) struct Ground {
    directory: tempfile::TempDir,
}

impl Ground {
    /// An empty one.
    pub(super) fn new() -> Self {
        let ground = Self { directory: tempfile::tempdir().expect("a directory") };
        for name in ["home", "work", "elsewhere"] {
            fs::create_dir(ground.directory.path().join(name)).expect("a directory");
        }
        ground
    }

    /// One in a new repository.
    pub(super) fn with_git() -> Self {
        let ground = Self::new();
        ground.git(&["init", "--quiet"]);
        ground
    }

    /// A place in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join("work").join(name)
    }

    /// A place beside it.
    pub(super) fn elsewhere(&self, name: &str) -> PathBuf {
        self.directory.path().join("elsewhere").join(name)
    }

    /// Puts a file there.
    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
    }

    /// The text of a file; empty where there is none.
    pub(super) fn read(&self, name: &str) -> String {
        fs::read(self.path(name)).map(|it| String::from_utf8_lossy(&it).into()).unwrap_or_default()
    }

    /// A file's permissions.
    pub(super) fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).expect("a file").permissions().mode() & 0o777
    }

    /// Sets them.
    pub(super) fn set_mode(&self, name: &str, mode: u32) {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(self.path(name), permissions).expect("an own file");
    }

    /// Everything in it but git's own: modes and texts by path.
    pub(super) fn tree(&self) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let mut tree = BTreeMap::new();
        collect(&self.path(""), &mut tree);
        tree
    }

    /// Returns git's output here; it must succeed.
    pub(super) fn git(&self, arguments: &[&str]) -> String {
        let output = self.command("git").args(arguments).output().expect("git");
        let ran = RunResult::from(output);
        assert_eq!(ran.code, Some(0), "git {arguments:?}: {}", ran.err);
        ran.out
    }

    /// Returns git's output here with these variables; it must succeed.
    pub(super) fn git_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> String {
        let ran = self.run_git(variables, arguments);
        assert_eq!(ran.code, Some(0), "git {arguments:?}: {}", ran.err);
        ran.out
    }

    /// Returns whether git fails here with these variables.
    pub(super) fn fails(&self, variables: &[(&str, &str)], arguments: &[&str]) -> bool {
        self.run_git(variables, arguments).code != Some(0)
    }

    fn run_git(&self, variables: &[(&str, &str)], arguments: &[&str]) -> RunResult {
        let mut git = self.command("git");
        git.args(arguments).envs(variables.iter().copied()).env("GIT_TERMINAL_PROMPT", "0");
        git.output().expect("git").into()
    }

    /// The text of a file of the person's; empty where there is none.
    pub(super) fn home(&self, name: &str) -> String {
        fs::read_to_string(self.directory.path().join("home").join(name)).unwrap_or_default()
    }

    /// Returns the files that contain a text, including git's own and the person's.
    pub(super) fn files_with(&self, text: &str) -> Vec<PathBuf> {
        let mut search = Command::new("grep");
        search.args(["-rlF", text]).arg(self.directory.path());
        let found = search.output().expect("grep").stdout;
        String::from_utf8_lossy(&found).lines().map(PathBuf::from).collect()
    }

    /// Runs the script as `curl … | sh` does.
    pub(super) fn run(&self, shell: Shell, script: &str) -> RunResult {
        self.run_with(shell, script, &[("VIBN_API_KEY", KEY)])
    }

    /// The same with these variables, away from the terminal of the person who runs the tests.
    pub(super) fn run_with(
        &self,
        shell: Shell,
        script: &str,
        variables: &[(&str, &str)],
    ) -> RunResult {
        self.start(shell, &[], script, variables)
    }

    /// Runs the script with `--undo`, without a key.
    pub(super) fn undo(&self, shell: Shell, script: &str) -> RunResult {
        self.start(shell, &["-s", "--", "--undo"], script, &[])
    }

    fn start(
        &self,
        shell: Shell,
        arguments: &[&str],
        script: &str,
        variables: &[(&str, &str)],
    ) -> RunResult {
        let mut command = if starts(&["setsid"], &["true"]) {
            let mut command = self.command("setsid");
            command.args(shell);
            command
        } else {
            let mut command = self.command(shell[0]);
            command.args(&shell[1..]);
            command
        };
        let command = command.args(arguments).envs(variables.iter().copied());
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("a shell");
        // A script that ends early leaves the rest unread.
        let _unread = child.stdin.take().expect("a pipe").write_all(script.as_bytes());
        child.wait_with_output().expect("an end").into()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path("")).env("HOME", self.directory.path().join("home"));
        command.env("GIT_CEILING_DIRECTORIES", self.directory.path());
        for name in
            ["VIBN_API_KEY", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "XDG_CONFIG_HOME"]
        {
            command.env_remove(name);
        }
        command
    }
}

fn collect(directory: &Path, tree: &mut BTreeMap<PathBuf, (u32, Vec<u8>)>) {
    for entry in fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry"))
    {
        let (path, metadata) = (entry.path(), entry.metadata().expect("metadata"));
        let mode = metadata.permissions().mode();
        if metadata.is_dir() && entry.file_name() != ".git" {
            tree.insert(path.clone(), (mode, Vec::new()));
            collect(&path, tree);
        } else if metadata.is_file() {
            tree.insert(path.clone(), (mode, fs::read(&path).expect("a file")));
        } else if metadata.is_symlink() {
            let to = fs::read_link(&path).expect("a link");
            tree.insert(path, (mode, to.as_os_str().as_encoded_bytes().to_vec()));
        }
    }
}
