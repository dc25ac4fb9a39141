//! The machine of a developer: a home of its own, the programs of this machine, and the companion as it ships.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use covibe_domain::entities::Role;
use covibe_testkit_http::{Person, World};

/// The maximum duration of anything that a test waits for, on a machine that is busy with all other tests.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A developer's machine. Its server and its upstreams are in this process.
pub(crate) struct Laptop {
    folder: tempfile::TempDir,
    pub(crate) origin: String,
    pub(crate) person: Person,
    pub(crate) world: World,
    has_clients: bool,
}

impl Laptop {
    /// Creates a machine without any agent, and a developer who is signed in at a server.
    pub(crate) async fn new() -> Self {
        let world = World::embedded().await;
        let person = Person::member(&world, &world.mark, "ada", Role::Admin).await;
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("home")).expect("a folder");
        Self { folder, origin: person.origin.clone(), person, world, has_clients: false }
    }

    /// Creates a machine with the folders of these agents, below the home, such as `.codex`.
    pub(crate) async fn with_agents(folders: &[&str]) -> Self {
        let laptop = Self::new().await;
        for folder in folders {
            fs::create_dir_all(laptop.home().join(folder)).expect("a folder");
        }
        laptop
    }

    /// Returns the same machine with the clients of other vendors on its search path.
    pub(crate) fn with_clients(self) -> Self {
        Self { has_clients: true, ..self }
    }

    /// Returns the home directory.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Returns a file below the home.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.home().join(name)
    }

    /// Returns the text of a file below the home.
    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Returns a program with this machine's environment and nothing else.
    pub(crate) fn program(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", self.path())
            .current_dir(self.home());
        command.stdin(Stdio::null());
        command
    }

    /// Returns the search path: the clients first, if the machine has them.
    fn path(&self) -> OsString {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let clients = installation().filter(|_| self.has_clients);
        let clients = clients.map(|folder| folder.join("node_modules/.bin"));
        let folders = clients.into_iter().chain(std::env::split_paths(&path));
        std::env::join_paths(folders).expect("a path")
    }

    /// Returns the companion with these arguments.
    pub(crate) fn companion(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(binary());
        command.args(arguments);
        command
    }

    /// Runs the companion to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::to_end(&mut self.companion(arguments))
    }

    /// Creates a repository with a commit and a remote, and returns its path.
    pub(crate) fn repository(&self, name: &str) -> PathBuf {
        let folder = self.home().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        self.git(&folder, &["init", "--quiet", "--initial-branch=main"]);
        let remote = format!("https://git.example.com/ada/{name}.git");
        self.git(&folder, &["remote", "add", "origin", &remote]);
        self.commit(&folder, "first");
        folder
    }

    /// Commits a file in a repository.
    pub(crate) fn commit(&self, folder: &Path, name: &str) {
        fs::write(folder.join(name), name).expect("a file");
        self.git(folder, &["add", "--all"]);
        self.git(folder, &["commit", "--quiet", "--message", name]);
    }

    /// Runs git in a folder.
    pub(crate) fn git(&self, folder: &Path, arguments: &[&str]) {
        let author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
        let mut git = self.program("git");
        let run = Run::to_end(git.current_dir(folder).args(author).args(arguments));
        assert_eq!(run.code, Some(0), "{run:?}");
    }

    /// Sets the machine up by the device flow, which the developer approves; returns what the setup printed.
    pub(crate) async fn set_up(&mut self, options: &[&str]) -> Run {
        let origin = self.origin.clone();
        let arguments = [&["setup", "--base-url", &origin, "--device", "--no-browser"], options];
        let command = self.companion(&arguments.concat());
        self.run_approved(command).await
    }

    /// Runs a command that shows a code, approves it, and returns what the command printed.
    pub(crate) async fn run_approved(&mut self, mut command: Command) -> Run {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut printed = String::new();
        while code(&printed).is_none() {
            let length = stdout.read_line(&mut printed).expect("its output");
            if length == 0 {
                return Run::from_child(child, printed, stdout);
            }
        }
        let code = code(&printed).expect("a code").to_owned();
        let fields = [("code", code.as_str()), ("workspace", "mark"), ("decision", "approve")];
        let answer = self.person.submit_own(&self.world, "/setup/authorize", &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        tokio::task::block_in_place(|| Run::from_child(child, printed, stdout))
    }
}

/// Returns the code that a text shows, such as `WDJB-MJHT`.
fn code(text: &str) -> Option<&str> {
    let is_code = |word: &&str| {
        let letters = |part: &str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_uppercase());
        word.split_once('-').is_some_and(|(first, second)| letters(first) && letters(second))
    };
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').find(is_code)
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Runs a command to its end.
    pub(crate) fn to_end(command: &mut Command) -> Self {
        let output = tokio::task::block_in_place(|| command.output());
        let Output { status, stdout, stderr } = output.expect("it starts");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }

    fn from_child(mut child: Child, mut stdout: String, mut rest: impl std::io::Read) -> Self {
        rest.read_to_string(&mut stdout).expect("its output");
        let mut stderr = String::new();
        let mut told = child.stderr.take().expect("a pipe");
        told.read_to_string(&mut stderr).expect("its errors");
        Self { code: child.wait().expect("its status").code(), stdout, stderr }
    }
}

/// A process that is killed when this is dropped.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until a condition holds.
pub(crate) async fn eventually<T>(name: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(started.elapsed() < PATIENCE, "{name} did not happen");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Returns the companion's program.
pub(crate) fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_covibe-local"))
}

/// Returns the folder into which `cargo xtask test` installs the clients of other vendors.
pub(crate) fn installation() -> Option<PathBuf> {
    std::env::var_os("COVIBE_CLIENTS").map(PathBuf::from)
}
