//! The test binaries, the commands by which cargo would start them, and large ones in parts, so that no binary runs on
//! alone after all others.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::shell;

/// The maximum number of tests of a part. Each part starts what tests of one process share, such as a PostgreSQL.
const MOST_TESTS: usize = 160;

/// Small binaries that take minutes, because they start engines, compilers or browsers. They begin first, so that none
/// of them runs on after all others.
const BEGUN_FIRST: [&str; 4] =
    ["covibe-docker-host it", "covibe-compose it", "covibe-console it", "covibe-docker-gate it"];

/// One process of the test run.
pub(super) struct Job {
    /// The name under which its output appears, such as `covibe-store it`.
    pub(super) name: String,
    /// The size of its executable in bytes; most large binaries run longest.
    pub(super) size: u64,
    pub(super) command: Command,
    /// The names of the tests that it runs; all if there are none.
    pub(super) tests: Vec<String>,
    /// True if it is a binary with the standard library's test harness.
    pub(super) is_harness: bool,
}

impl Job {
    /// Returns the key by which jobs are sorted that run longest first.
    fn order(&self) -> (bool, Reverse<u64>) {
        (!BEGUN_FIRST.contains(&self.name.as_str()), Reverse(self.size))
    }

    /// Returns a job that has not been run, with the same command, for other tests.
    pub(super) fn with_tests(&self, name: String, tests: Vec<String>) -> Self {
        let mut command = Command::new(self.command.get_program());
        command.args(self.command.get_args());
        command.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(folder) = self.command.get_current_dir() {
            command.current_dir(folder);
        }
        Self { name, size: self.size, command, tests, is_harness: self.is_harness }
    }
}

/// Notes a command instead of running it; cargo calls this in place of each test binary.
#[derive(clap::Args)]
pub(crate) struct Record {
    /// The file to append to
    list: PathBuf,
    /// The test binary and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<String>,
}

/// A recorded command: one line of JSON in the list.
#[derive(Serialize, Deserialize)]
struct Recorded {
    folder: PathBuf,
    variables: BTreeMap<String, String>,
    command: Vec<String>,
}

impl Record {
    /// Appends the command to the list.
    pub(crate) fn run(&self) -> Result<()> {
        let recorded = Recorded {
            folder: std::env::current_dir()?,
            variables: std::env::vars().filter(|(name, _)| is_of_cargo(name)).collect(),
            command: self.command.clone(),
        };
        let mut list = OpenOptions::new().append(true).create(true).open(&self.list)?;
        writeln!(list, "{}", serde_json::to_string(&recorded)?)?;
        Ok(())
    }
}

/// Returns whether cargo sets this environment variable for a test binary.
fn is_of_cargo(name: &str) -> bool {
    name.starts_with("CARGO") || name.ends_with("LIBRARY_PATH")
}

impl Recorded {
    fn job(&self) -> Result<Job> {
        let (program, arguments) = self.command.split_first().context("an empty command")?;
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.folder).envs(&self.variables);
        let package = self.variables.get("CARGO_PKG_NAME").map_or("", String::as_str);
        let name = format!("{package} {}", target(program));
        let size = std::fs::metadata(program).map_or(0, |program| program.len());
        let name = name.trim().to_owned();
        Ok(Job { name, size, command, tests: Vec::new(), is_harness: true })
    }
}

/// The target's name: an executable's without the digest that cargo appends.
fn target(program: &str) -> &str {
    let file = Path::new(program).file_stem().and_then(OsStr::to_str).unwrap_or(program);
    file.rsplit_once('-').map_or(file, |(name, _)| name)
}

/// Builds the test binaries of the packages and returns the command of each, those that run longest first.
pub(super) fn binaries(packages: &[String], further: &[String]) -> Result<Vec<Job>> {
    let folder = tempfile::tempdir()?;
    let list = folder.path().join("commands");
    let xtask = without_deletion_mark(std::env::current_exe()?);
    let runner = [&xtask, Path::new(Record::NAME), &list].map(|part| part.to_string_lossy());
    let config = format!("target.'cfg(all())'.runner = {}", serde_json::to_string(&runner)?);
    // Examples are not run, so only the gates compile them.
    let targets = ["--lib", "--bins", "--tests"];
    let mut cargo = shell::cargo(["test", "--config", &config]);
    shell::run(cargo.args(packages).args(targets).args(further))?;
    let mut jobs = recorded_jobs(&list)?;
    jobs.sort_by_key(Job::order);
    Ok(jobs)
}

/// Returns the path at which a running program was started. Linux appends a mark to it once cargo has replaced the file,
/// which it does to xtask when it compiles the whole workspace: other crates turn on more features of its dependencies.
fn without_deletion_mark(running: PathBuf) -> PathBuf {
    running
        .to_str()
        .and_then(|path| path.strip_suffix(" (deleted)"))
        .map(PathBuf::from)
        .unwrap_or(running)
}

fn recorded_jobs(list: &Path) -> Result<Vec<Job>> {
    let lines = BufReader::new(File::open(list).context("cargo has found no test binary")?).lines();
    lines.map(|line| serde_json::from_str::<Recorded>(&line?)?.job()).collect()
}

impl Record {
    /// The name of the subcommand.
    pub(crate) const NAME: &'static str = "record-test";
}

/// The examples in doc comments of the packages; rustdoc compiles them and runs them itself.
pub(super) fn documentation(packages: &[String]) -> Job {
    let mut command = shell::cargo(["test", "--doc", "--quiet"]);
    command.args(packages);
    let name = "documentation".to_owned();
    Job { name, size: 0, command, tests: Vec::new(), is_harness: false }
}

/// Returns the jobs with those in parts that have many tests; the largest binaries stay first.
pub(super) fn split(jobs: Vec<Job>) -> Result<Vec<Job>> {
    let parts = jobs.into_iter().map(parts).collect::<Result<Vec<_>>>()?;
    Ok(parts.into_iter().flatten().collect())
}

fn parts(job: Job) -> Result<Vec<Job>> {
    let tests = tests(&job)?;
    let count = tests.len().div_ceil(MOST_TESTS);
    if count < 2 {
        return Ok(vec![job]);
    }
    let part = |number: usize| {
        // Neighbours in the list are alike: each part gets some of them.
        let some = tests.iter().skip(number).step_by(count).cloned().collect();
        job.with_tests(format!("{} {}/{count}", job.name, number + 1), some)
    };
    Ok((0..count).map(part).collect())
}

/// Returns the names of the tests in a binary.
fn tests(job: &Job) -> Result<Vec<String>> {
    let mut command = job.with_tests(job.name.clone(), Vec::new()).command;
    let output = command.args(["--list", "--format", "terse"]).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("{} did not start", job.name))?;
    ensure!(output.status.success(), "{} does not list its tests", job.name);
    let listed = String::from_utf8(output.stdout)?;
    Ok(listed.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_command_is_started_with_the_environment_of_cargo() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("list");
        let command = ["/deps/it-0123456789abcdef", "isolation", "--nocapture"];
        let record = Record { list: list.clone(), command: command.map(str::to_owned).to_vec() };
        record.run().unwrap();
        record.run().unwrap();
        let jobs = recorded_jobs(&list).unwrap();
        assert_eq!(jobs.len(), 2);
        let job = &jobs[0];
        assert_eq!(job.name, "xtask it");
        assert_eq!(job.command.get_program(), command[0]);
        assert!(job.command.get_args().eq(["isolation", "--nocapture"]));
        let here = std::env::current_dir().unwrap();
        assert_eq!(job.command.get_current_dir(), Some(here.as_path()));
        let manifest = OsStr::new("CARGO_MANIFEST_DIR");
        assert!(job.command.get_envs().any(|(name, _)| name == manifest));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_that_was_replaced_while_it_ran_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("waits");
        // A file that this process writes itself is busy for as long as another test's child holds it open.
        assert!(Command::new("cp").arg("/bin/cat").arg(&path).status().unwrap().success());
        let mut running = Command::new(&path).stdin(Stdio::piped()).spawn().unwrap();
        std::fs::remove_file(&path).unwrap();
        let found = std::fs::read_link(format!("/proc/{}/exe", running.id())).unwrap();
        drop(running.stdin.take());
        running.wait().unwrap();
        assert_ne!(found, path);
        assert_eq!(without_deletion_mark(found), path);
        assert_eq!(without_deletion_mark(path.clone()), path);
    }

    #[test]
    fn the_digest_is_removed_from_a_target_name() {
        assert_eq!(target("/deps/covibe_server-668d61102a5ba649"), "covibe_server");
        assert_eq!(target("plain"), "plain");
    }

    /// A job that lists so many tests.
    fn job(tests: usize) -> Job {
        let mut command = Command::new("sh");
        command.args(["-c", "seq -f 'it::%g: test' \"$0\"", &tests.to_string()]);
        Job { name: "many it".to_owned(), size: 7, command, tests: Vec::new(), is_harness: false }
    }

    #[test]
    fn slow_binaries_begin_before_large_ones() {
        let named = |name: &str, size| Job { name: name.to_owned(), size, ..job(1) };
        let mut jobs = [named("b", 1), named("a", 2), named(BEGUN_FIRST[0], 0)];
        jobs.sort_by_key(Job::order);
        assert_eq!(jobs.map(|job| job.name), [BEGUN_FIRST[0], "a", "b"]);
    }

    #[test]
    fn a_binary_with_many_tests_is_split_into_shards() {
        let few = split(vec![job(MOST_TESTS)]).unwrap();
        assert_eq!((few.len(), few[0].name.as_str()), (1, "many it"));
        let many = split(vec![job(2 * MOST_TESTS + 1), job(1)]).unwrap();
        let names: Vec<_> = many.iter().map(|job| job.name.as_str()).collect();
        assert_eq!(names, ["many it 1/3", "many it 2/3", "many it 3/3", "many it"]);
    }

    #[test]
    fn each_test_is_in_exactly_one_shard() {
        let parts = split(vec![job(2 * MOST_TESTS + 1)]).unwrap();
        let mut found: Vec<_> = parts.into_iter().flat_map(|part| part.tests).collect();
        found.sort();
        let count = found.len();
        found.dedup();
        assert_eq!((found.len(), count), (2 * MOST_TESTS + 1, 2 * MOST_TESTS + 1));
    }
}
