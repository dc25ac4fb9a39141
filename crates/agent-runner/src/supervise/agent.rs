//! A running agent, the plan by which it is started, and the signal to stop it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::future::Future;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use covibe_agent_servers::confinement::Confinement;
use covibe_domain::Timestamp;
use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal as SignalStream, SignalKind, signal};
use tokio::time::{interval, sleep, timeout};

use crate::durable_files;
use crate::job::{Ending, Exit, JobFolder};
use crate::output_log::{Layout, Writer};
use crate::process::{ProcessId, kill_descendants, reap_orphans};

/// The standard input of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stdin {
    /// Nothing.
    Empty,
    /// The task.
    Task,
}

/// The start of an agent, and the time that it may run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) stdin: Stdin,
    /// Paths beside the worktree that the agent may read.
    pub(crate) readable: Vec<PathBuf>,
    /// Paths beside the worktree that the agent may write.
    pub(crate) writable: Vec<PathBuf>,
    /// The time that it may run.
    pub(crate) timeout: Duration,
    /// The time within which it must end once it is asked to.
    pub(crate) grace: Duration,
}

/// The pause between two looks for processes that lost their parent and ended.
const REAPING: Duration = Duration::from_secs(5);

/// The time that the last output may take to arrive once every process has ended.
const DRAINING: Duration = Duration::from_secs(2);

/// The size of a read, in bytes.
const READ: usize = 64 * 1024;

/// An agent and all that it has started.
pub(super) struct Agent {
    child: Child,
    leader: u32,
    output: pipe::Receiver,
    writer: Writer,
    timeout: Duration,
    grace: Duration,
}

/// Starts the agent of a job.
pub(super) async fn start(
    folder: &JobFolder,
    plan: Plan,
    environment: Vec<(OsString, OsString)>,
) -> io::Result<Agent> {
    let writer = Writer::create(&folder.output(), Layout::USUAL)?;
    fs::create_dir_all(folder.temporary())?;
    let (output, mut command) = command(folder, &plan)?;
    // Set instead of inherited: a confinement lets the agent read the toolchains of the `HOME` and `PATH` that are set.
    command.env_clear().envs(environment).env("TMPDIR", folder.temporary());
    let child = confinement(folder, &plan).spawn(command).await?;
    let leader = child.id().ok_or(io::ErrorKind::NotFound)?;
    // It helps to end the agent should this process be killed. Without it, the agent runs nevertheless.
    let _ = durable_files::write_json(&folder.agent(), &ProcessId::at(leader));
    Ok(Agent { child, leader, output, writer, timeout: plan.timeout, grace: plan.grace })
}

/// Returns the agent's command, whose standard output and error are one pipe, and the other end of that.
fn command(folder: &JobFolder, plan: &Plan) -> io::Result<(pipe::Receiver, Command)> {
    let (reader, writer) = io::pipe()?;
    let stdin = match plan.stdin {
        Stdin::Empty => Stdio::null(),
        Stdin::Task => File::open(folder.task())?.into(),
    };
    let mut command = Command::new(&plan.program);
    command
        .args(&plan.arguments)
        .current_dir(folder.work())
        .stdin(stdin)
        .stdout(writer.try_clone()?)
        .stderr(writer);
    Ok((pipe::Receiver::from_owned_fd(reader.into())?, command))
}

fn confinement(folder: &JobFolder, plan: &Plan) -> Confinement {
    let confinement = Confinement::writing_below(&folder.work(), &folder.temporary())
        .with_readable(&folder.task())
        .with_readable(&folder.mcp_config());
    let readable = plan.readable.iter().fold(confinement, |it, path| it.with_readable(path));
    plan.writable.iter().fold(readable, |it, path| it.with_writable(path))
}

impl Agent {
    /// Waits for the end of the agent, or ends it, and whatever it has started.
    pub(super) async fn run(self, stop: &mut StopSignal) -> Exit {
        let Self { mut child, leader, output, writer, timeout: limit, grace } = self;
        let mut keeping = pin!(keep(output, writer));
        let life = life(&mut child, leader, (limit, grace), stop);
        let (exit, is_kept) = run_beside(life, keeping.as_mut()).await;
        // First the agent, whose status nobody else may take; then whatever lost its parent, which is this process's by now.
        let _ = child.kill().await;
        kill_descendants();
        if !is_kept {
            let _ = timeout(DRAINING, keeping).await;
        }
        exit
    }
}

/// Follows an agent until it ends by itself, or because it has to.
async fn life(
    child: &mut Child,
    leader: u32,
    (limit, grace): (Duration, Duration),
    stop: &mut StopSignal,
) -> Exit {
    let ending = tokio::select! {
        biased;
        status = child.wait() => return exited(status.ok()),
        ending = stop.requested() => ending,
        () = sleep(limit) => Ending::TimedOut,
        never = reap_now_and_then(leader) => match never {},
    };
    terminate(leader);
    let status = timeout(grace, child.wait()).await;
    let exit = status.map_or_else(|_| Exit::now(ending), |status| exited(status.ok()));
    Exit { ending, ..exit }
}

fn exited(status: Option<ExitStatus>) -> Exit {
    let code = status.and_then(|status| status.code());
    let signal = status.and_then(|status| status.signal());
    Exit { ending: Ending::Exited, code, signal, reason: None, at: Timestamp::now() }
}

/// Tells an agent to end.
fn terminate(leader: u32) {
    if let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        // If it has ended, that is what was wanted.
        let _ = kill_process_group(group, Signal::TERM);
    }
}

async fn reap_now_and_then(leader: u32) -> std::convert::Infallible {
    let mut pause = interval(REAPING);
    loop {
        pause.tick().await;
        reap_orphans(Some(leader));
    }
}

/// Keeps head and tail of what an agent prints, until nobody can print more. An agent whose output can't be kept, such
/// as on a full disk, still runs to its end.
async fn keep(mut output: pipe::Receiver, mut writer: Writer) {
    let mut buffer = vec![0; READ];
    let mut has_failed = false;
    while let Ok(count @ 1..) = output.read(&mut buffer).await {
        has_failed = has_failed || writer.write(buffer.get(..count).unwrap_or_default()).is_err();
    }
}

/// Runs a future to its end, and another beside it. Returns whether that one has ended, too.
async fn run_beside<T>(
    first: impl Future<Output = T>,
    mut other: impl Future<Output = ()> + Unpin,
) -> (T, bool) {
    let mut first = pin!(first);
    tokio::select! {
        biased;
        result = &mut first => return (result, false),
        () = &mut other => {}
    }
    (first.await, true)
}

/// SIGTERM, and the mark that distinguishes a cancelled job from a shutdown of the machine.
pub(super) struct StopSignal {
    terminate: SignalStream,
    /// Signals of a terminal, which are meant for the runner.
    _ignored: [SignalStream; 2],
    mark: PathBuf,
}

impl StopSignal {
    pub(super) fn new(folder: &JobFolder) -> io::Result<Self> {
        let ignored = [signal(SignalKind::hangup())?, signal(SignalKind::interrupt())?];
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { terminate, _ignored: ignored, mark: folder.cancel() })
    }

    /// Returns whether somebody cancelled the job.
    pub(super) fn is_cancelled(&self) -> bool {
        self.mark.exists()
    }

    /// Waits until the agent has to stop, and returns why.
    pub(super) async fn requested(&mut self) -> Ending {
        self.terminate.recv().await;
        if self.is_cancelled() { Ending::Cancelled } else { Ending::Interrupted }
    }
}
