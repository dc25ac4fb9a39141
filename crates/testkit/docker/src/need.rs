//! What the tests need of the machine, and what they do without it.

use std::path::PathBuf;

/// With the value `1`, tests fail where there is no Docker Engine or no SSH server.
const REQUIRED: &str = "COVIBE_REQUIRE_DOCKER";

/// Where Debian installs servers, which are not on every account's `PATH`.
const SERVERS: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin"];

/// Finds a program.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(SERVERS.map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Finds the gate that was built with the tests; `None` if it was not, which is printed.
///
/// # Panics
///
/// If it was not built and `COVIBE_REQUIRE_DOCKER` is `1`.
pub fn gate() -> Option<PathBuf> {
    let test = std::env::current_exe().expect("a program");
    let gate = test.parent().and_then(|deps| deps.parent()).map(|it| it.join("covibe-docker-gate"));
    let gate = gate.filter(|gate| gate.is_file());
    if gate.is_none() {
        skip("gate", "build it with cargo build -p covibe-docker-gate");
    }
    gate
}

/// Returns whether this process runs as root, as a Docker Engine and other accounts need it.
pub(crate) fn is_root() -> bool {
    std::fs::metadata("/proc/self")
        .is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0)
}

/// Says that tests are skipped, and why; panics if they are required.
#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
pub(crate) fn skip(what: &str, why: &str) {
    let is_required = std::env::var(REQUIRED).as_deref() == Ok("1");
    assert!(!is_required, "{REQUIRED}=1, but there is no {what}: {why}");
    eprintln!("skipped: no {what} ({why})");
}
