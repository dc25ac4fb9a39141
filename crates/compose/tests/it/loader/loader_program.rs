//! The loader of Docker Compose: a program in Go over compose-go, which is built where Go is.

use std::collections::BTreeMap;
use std::env;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::{Value, json};

/// The first version of Go that builds the program, as in its `go.mod`.
const GO: (u32, u32) = (1, 24);

/// A program that was built.
pub(super) struct Loader(PathBuf);

/// The program of this run. Two builds at once would write the file that another test starts.
static BUILT: LazyLock<Result<Loader, String>> = LazyLock::new(build);

impl Loader {
    /// Builds the program; `None` where it can't be built. With `COVIBE_TEST_COMPOSE_LOADER=required`, the test
    /// fails there.
    pub(super) fn built() -> Option<&'static Self> {
        let built = BUILT.as_ref();
        if let Err(why) = built {
            let is_required =
                env::var_os("COVIBE_TEST_COMPOSE_LOADER").is_some_and(|set| set == "required");
            assert!(!is_required, "{why}");
            report_skipped(why);
        }
        built.ok()
    }

    /// Returns what Docker Compose says of each file that it refuses, and nothing of one that it takes.
    pub(super) fn errors(
        &self,
        files: &BTreeMap<String, String>,
    ) -> BTreeMap<String, Option<String>> {
        let of_file = |(name, text): (&String, &String)| (name.clone(), json!({ "text": text }));
        let input: serde_json::Map<_, _> = files.iter().map(of_file).collect();
        let mut command = Command::new(&self.0);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = serde_json::to_vec(&input).unwrap();
        // Everything is read before anything is written.
        stdin.write_all(&input).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let verdicts: BTreeMap<String, Value> = serde_json::from_slice(&output.stdout).unwrap();
        let error = |verdict: &Value| verdict["error"].as_str().map(str::to_owned);
        verdicts.iter().map(|(name, verdict)| (name.clone(), error(verdict))).collect()
    }
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn report_skipped(why: &str) {
    eprintln!("skipped: no loader of Docker Compose, so recorded verdicts are used: {why}");
}

fn build() -> Result<Loader, String> {
    let version = read_output(Command::new("go").args(["env", "GOVERSION"]))?;
    if is_older(&version) {
        return Err(format!("{} is too old", version.trim()));
    }
    let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compose-loader");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/loader");
    let mut go = Command::new("go");
    go.current_dir(folder).args(["build", "-mod=readonly", "-buildvcs=false", "-o"]);
    read_output(go.arg(&program)).map(|_| Loader(program))
}

/// Returns what a command prints, or why it fails.
fn read_output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("Go is not installed: {error}"))?;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

fn is_older(version: &str) -> bool {
    let mut numbers = version.trim().trim_start_matches("go").split('.').map(str::parse::<u32>);
    let mut next = || numbers.next().and_then(Result::ok).unwrap_or_default();
    (next(), next()) < GO
}

#[test]
fn go_versions_before_the_required_one_are_detected_as_older() {
    for (version, is) in [("go1.19.8", true), ("go1.24", false), ("go1.26.8\n", false), ("", true)]
    {
        assert_eq!(is_older(version), is, "{version}");
    }
}
