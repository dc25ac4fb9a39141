//! The server's process, which stops when a pipe is closed.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The role that initdb creates.
pub(super) const SUPERUSER: &str = "postgres";

/// The timeout for starting the server.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// The shell script that stops the server and removes its folder when standard input ends. `$1` is
/// the server, `$2` the folder. The data is temporary, so nothing is synced to the disk.
const KEEPER: &str = r#"
    "$1" -D "$2/data" -k "$2" -h '' -F -c synchronous_commit=off -c full_page_writes=off \
        -c max_connections=400 </dev/null >"$2/log" 2>&1 &
    read -r _
    kill -INT $!
    wait $!
    rm -rf "$2"
"#;

/// PostgreSQL's programs.
#[derive(Debug)]
pub(super) struct Binaries {
    initdb: PathBuf,
    postgres: PathBuf,
}

impl Binaries {
    /// Finds the programs on `PATH`, otherwise the newest ones where Debian and Homebrew install
    /// them.
    pub(super) fn find() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).chain(installed()).find_map(|folder| {
            let binaries =
                Self { initdb: folder.join("initdb"), postgres: folder.join("postgres") };
            (binaries.initdb.is_file() && binaries.postgres.is_file()).then_some(binaries)
        })
    }
}

fn installed() -> Vec<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = debian.map(|entry| entry.path()).collect();
    folders.sort_by_key(|folder| {
        let version = folder.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
        std::cmp::Reverse(version)
    });
    let homebrew = ["/opt/homebrew/bin", "/usr/local/bin"].map(PathBuf::from);
    folders.into_iter().map(|folder| folder.join("bin")).chain(homebrew).collect()
}

/// A running server. It stops when this is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Cluster {
    folder: PathBuf,
    /// Held open for the keeper.
    _pipe: ChildStdin,
}

impl Cluster {
    /// Returns the folder of its socket and data.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Initialises a new cluster in a folder of its own below `parent`, and waits until it answers.
    pub(super) fn start(binaries: &Binaries, parent: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("covibe-pg-").tempdir_in(parent);
        let folder = folder.expect("a folder");
        let owner = unprivileged();
        if let Some((uid, gid)) = owner {
            chown(folder.path(), Some(uid), Some(gid)).expect("root may give a folder away");
        }
        initialise(binaries, folder.path(), owner);
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(&binaries.postgres).arg(folder.path());
        // In its own process group: Ctrl-C ends only this process, and the closed pipe the keeper.
        keeper.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = as_user(&mut keeper, folder.path(), owner).spawn().expect("a shell");
        let pipe = child.stdin.take().expect("a pipe");
        let folder = folder.keep();
        wait_until_ready(&mut child, &folder);
        Self { folder, _pipe: pipe }
    }
}

fn initialise(binaries: &Binaries, folder: &Path, owner: Option<(u32, u32)>) {
    let mut initdb = Command::new(&binaries.initdb);
    initdb.args([
        "--auth=trust",
        "--no-sync",
        "--no-instructions",
        "--locale=C",
        "--encoding=UTF8",
    ]);
    initdb.arg(format!("--username={SUPERUSER}")).arg("-D").arg(folder.join("data"));
    let output = as_user(&mut initdb, folder, owner).output().expect("initdb runs");
    assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
}

/// Runs a command as an unprivileged user, since PostgreSQL refuses to run as root.
fn as_user<'a>(
    command: &'a mut Command,
    folder: &Path,
    owner: Option<(u32, u32)>,
) -> &'a mut Command {
    // That user may not be allowed to read the current folder.
    command.current_dir(folder);
    match owner {
        Some((uid, gid)) => command.uid(uid).gid(gid),
        None => command,
    }
}

/// Returns the user that replaces root: `postgres`, otherwise `nobody`. Returns `None` if this
/// process does not run as root.
fn unprivileged() -> Option<(u32, u32)> {
    let is_root = fs::metadata("/proc/self")
        .is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0);
    let users = is_root.then(|| fs::read_to_string("/etc/passwd").ok()).flatten()?;
    ["postgres", "nobody"].iter().find_map(|name| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map(|id| id.parse().ok());
        Some((ids.next()??, ids.next()??))
    })
}

fn wait_until_ready(keeper: &mut Child, folder: &Path) {
    let started = Instant::now();
    let ready = || {
        fs::read_to_string(folder.join("data/postmaster.pid"))
            .is_ok_and(|state| state.lines().last().is_some_and(|line| line.trim() == "ready"))
    };
    while !ready() {
        let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(keeper.try_wait().expect("a child").is_none(), "the server ended: {}", log());
        assert!(started.elapsed() < START_TIMEOUT, "the server does not start: {}", log());
        sleep(Duration::from_millis(5));
    }
}
