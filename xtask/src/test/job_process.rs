//! The process of a job.

use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use super::test_binaries::Job;
use crate::shell;

/// The environment variable by which the contributor chooses the number of tests at once.
pub(super) const THREADS: &str = "RUST_TEST_THREADS";

/// The number of threads of a runtime that do work, whatever the number of cores: with a single one, work that blocks
/// it for a moment stops all of its server, which then fails by its own deadlines.
const WORKERS: [(&str, &str); 1] = [("TOKIO_WORKER_THREADS", "2")];

/// The arguments and the variable that make a test binary print the time of each test. The option is unstable, so the
/// variable makes the binary accept it.
const TIMES: ([&str; 2], (&str, &str)) =
    (["-Zunstable-options", "--report-time"], ("RUSTC_BOOTSTRAP", "1"));

/// A job that has ended.
#[derive(Debug)]
pub(super) struct EndedJob {
    pub(super) status: ExitStatus,
    /// Its output, both streams in the order of their lines.
    pub(super) output: String,
    /// The time of processors that it and its children used; `None` where the system does not report it.
    pub(super) cpu: Option<Duration>,
}

/// Runs a job to its end.
pub(super) fn carry_out(job: Job, threads: &str) -> Result<EndedJob> {
    let Job { name, mut command, tests, is_harness, .. } = job;
    if is_harness {
        let (options, (variable, value)) = TIMES;
        command.args(options).env(variable, value);
    }
    if !tests.is_empty() {
        command.arg("--exact").args(tests);
    }
    let (mut reader, writer) = std::io::pipe()?;
    // A missing PostgreSQL fails the tests that need it, instead of skipping them.
    command.env("COVIBE_TEST_POSTGRES", "required").env(THREADS, threads).envs(WORKERS);
    // Snapshots are compared, and not written: nothing appears in the tree.
    command.env("INSTA_UPDATE", "no").env("INSTA_WORKSPACE_ROOT", shell::root());
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("{name} did not start"))?;
    // It holds the pipe's other end open.
    drop(command);
    let mut output = Vec::new();
    std::io::Read::read_to_end(&mut reader, &mut output)?;
    let cpu = cpu_time(&child);
    let output = String::from_utf8_lossy(&output).into_owned();
    Ok(EndedJob { status: child.wait()?, output, cpu })
}

/// Waits until a process ends, and returns the time that it and the children that it waited for used of the processors.
/// The kernel reports it until somebody has asked for the status of the process.
#[cfg(target_os = "linux")]
fn cpu_time(child: &Child) -> Option<Duration> {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

    let pid = Pid::from_raw(i32::try_from(child.id()).ok()?)?;
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).ok()?;
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    // The name of the program, in brackets, may have any characters. The 14th to 17th fields are times in ticks
    // (proc(5)).
    let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(4);
    let ticks = fields.map(|field| field.parse::<u64>().ok()).sum::<Option<u64>>()?;
    Some(Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second()))
}

#[cfg(not(target_os = "linux"))]
fn cpu_time(_: &Child) -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn job(name: &str, script: &str) -> Job {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Job { name: name.to_owned(), size: 0, command, tests: Vec::new(), is_harness: false }
    }

    #[test]
    fn a_test_binary_is_run_with_report_time() {
        let asked = Job { is_harness: true, ..job("asked", "echo $0 $* $RUSTC_BOOTSTRAP") };
        assert_eq!(carry_out(asked, "1").unwrap().output, "-Zunstable-options --report-time 1\n");
    }

    #[test]
    fn a_shard_of_a_binary_runs_only_its_own_tests() {
        let part =
            job("binary", "echo $0 $*").with_tests("part".to_owned(), vec!["a::b".to_owned()]);
        assert_eq!(carry_out(part, "1").unwrap().output, "--exact a::b\n");
    }

    #[test]
    fn stdout_and_stderr_are_captured_in_order() {
        let talkative = job("talkative", "echo one; echo two >&2; echo three; exit 3");
        let EndedJob { status, output, .. } = carry_out(talkative, "1").unwrap();
        assert_eq!((status.code(), output.as_str()), (Some(3), "one\ntwo\nthree\n"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_cpu_time_of_children_is_included() {
        let busy = "i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done";
        let cpu = |script: &str| carry_out(job("busy", script), "1").unwrap().cpu.unwrap();
        let (idle, of_child) = (cpu("true"), cpu(&format!("sh -c '{busy}'; true")));
        assert!(of_child > idle + Duration::from_millis(50), "{idle:?}, {of_child:?}");
    }

    #[test]
    fn test_binaries_get_the_thread_count_and_the_postgresql_requirement() {
        let told = job("told", "echo $RUST_TEST_THREADS $COVIBE_TEST_POSTGRES");
        assert_eq!(carry_out(told, "12").unwrap().output, "12 required\n");
    }
}
