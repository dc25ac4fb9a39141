//! `cargo xtask test`: installs the programs that the tests need, then runs all tests.
//!
//! `cargo test` runs one test binary after the other, and most of our tests wait rather than
//! compute. So cargo only builds the binaries and says how it would start them; the large ones are cut in parts
//! ([`test_binaries`]), and all run side by side, each on one core ([`cores_and_memory_folder`]). A few tests that fail
//! are run once more, with nothing beside them ([`suite_run`]).

mod affected_packages;
mod cores_and_memory_folder;
mod job_process;
mod shipped_programs;
mod suite_run;
mod test_binaries;
mod test_tally;

use std::path::PathBuf;

use anyhow::Result;

use affected_packages::Selection;
pub(crate) use affected_packages::changed_files;
pub(crate) use test_binaries::Record;

use crate::{required_programs, vendor_software};

/// The environment variable that proptest (1.6 or later) reads a number from which inputs are drawn.
const SEED: &str = "PROPTEST_RNG_SEED";

/// The environment variables with which tests require a Docker Engine and an SSH server, a DNS server, and a browser.
const SERVERS: [&str; 3] = ["COVIBE_TEST_DOCKER", "COVIBE_TEST_KNOT", "COVIBE_TEST_BROWSER"];

/// The options of a test run.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Start the release builds of the programs in the tests that run them as processes
    #[arg(long)]
    pub(crate) release: bool,
    /// Also install the clients of other vendors (about 2 GB) and connect them
    #[arg(long)]
    pub(crate) clients: bool,
    /// Fail where there is no Docker Engine, SSH or DNS server or browser, instead of skipping the tests that need
    /// them
    #[arg(long)]
    pub(crate) docker: bool,
    /// Draw the inputs of the property tests from this number: the same number draws the same inputs
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Run only the tests that a change since this commit can reach; uncommitted changes count
    #[arg(long, value_name = "COMMIT")]
    pub(crate) since: Option<String>,
    /// Passed on to `cargo test`, such as a filter of test names, `-p covibe-store`, or arguments after `--` for each
    /// test binary
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) further: Vec<String>,
}

/// Builds and runs every test; fails when one of them fails.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Some(selection) = selection(arguments.since.as_deref())? else { return Ok(()) };
    let clients = install_software(arguments.clients)?;
    let mut jobs = test_binaries::binaries(&selection.arguments(), &arguments.further)?;
    // The contributor's arguments may name tests themselves.
    if arguments.further.is_empty() {
        jobs = test_binaries::split(jobs)?;
    }
    // First, because rustdoc compiles them.
    let examples = selection.with_examples()?.map(|it| test_binaries::documentation(&it));
    jobs.splice(0..0, examples);
    let programs = shipped_programs::programs(&selection, arguments.release)?;
    let memory = cores_and_memory_folder::Memory::folder();
    for job in &mut jobs {
        job.command.envs(programs.iter().map(|(variable, path)| (variable, path)));
        let required = SERVERS.iter().filter(|_| arguments.docker);
        job.command.envs(required.map(|variable| (variable, "required")));
        job.command.envs(arguments.seed.map(|seed| (SEED, seed.to_string())));
        job.command.envs(memory.iter().map(|folder| ("TMPDIR", folder.path())));
        job.command.envs(clients.iter().map(|folder| (vendor_software::VARIABLE, folder)));
    }
    suite_run::run(jobs)
}

/// Installs the programs that the tests require and, if they are asked for, the clients of other vendors, where they are
/// missing. Returns the folder of the clients.
pub(crate) fn install_software(has_clients: bool) -> Result<Option<PathBuf>> {
    required_programs::ensure()?;
    if has_clients { vendor_software::ensure() } else { Ok(None) }
}

/// Decides which packages are tested, and prints them; `None` if there is nothing to test.
fn selection(since: Option<&str>) -> Result<Option<Selection>> {
    let Some(commit) = since else { return Ok(Some(Selection::All)) };
    match affected_packages::since(commit)? {
        Selection::Packages(packages) if packages.is_empty() => {
            println!("No test reads what changed since {commit}.");
            Ok(None)
        }
        selected => {
            println!("{selected}");
            Ok(Some(selected))
        }
    }
}
