//! The programs and rights that the tests need, and the handling of missing ones.

use std::path::PathBuf;

/// With the value `required`, tests fail where there is no Docker Engine or no SSH server.
const REQUIRED: &str = "COVIBE_TEST_DOCKER";

/// The folders in which Debian installs servers, and which are not on every account's `PATH`.
const SERVERS: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin"];

/// Finds a program.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(SERVERS.map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Finds the gate: the one of `COVIBE_TEST_GATE`, which `cargo xtask test` builds as it ships, or one that was built
/// in the same folder as the tests; `None`, with a printed reason, if both are missing.
///
/// # Panics
///
/// If it was not built and `COVIBE_TEST_DOCKER` is `required`.
pub(crate) fn gate() -> Option<PathBuf> {
    if let Some(shipped) = std::env::var_os("COVIBE_TEST_GATE") {
        return Some(shipped.into());
    }
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

/// Prints that tests are skipped, and why; panics if they are required.
pub(crate) fn skip(what: &str, why: &str) {
    let is_required = std::env::var(REQUIRED).as_deref() == Ok("required");
    assert!(!is_required, "{REQUIRED}=required, but there is no {what}: {why}");
    miss(what, why);
}

/// Prints that tests are skipped, and why.
#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
pub(crate) fn miss(what: &str, why: &str) {
    eprintln!("skipped: no {what} ({why})");
}
