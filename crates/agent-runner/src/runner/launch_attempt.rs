//! An attempt at starting a job's agent.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::Timestamp;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

use super::live_job::LiveJob;
use super::schedule::NotBegun;
use super::shared_state::Runner;
use super::work_folder::Prepared;
use crate::agents::{Agent, Places, TaskBy};
use crate::durable_files;
use crate::job::Claim;
use crate::process::{ProcessId, Watched};
use crate::supervise::{CLAIMED, Plan, Stdin};

/// The variable by which the processes of a job are found if their supervisor was killed.
pub(super) const MARK: &str = "COVIBE_JOB_ID";

impl Runner {
    /// Has an agent started for a job, and returns the supervisor that did so.
    pub(super) async fn begin(&self, job: &LiveJob) -> Result<ProcessId, NotBegun> {
        if job.is_cancelled() {
            return Err(NotBegun::Cancelled);
        }
        let prepared = tokio::select! {
            biased;
            () = job.cancelled() => return Err(NotBegun::Cancelled),
            prepared = self.prepare(job) => prepared.map_err(NotBegun::Failed)?,
        };
        let started = self.attempt(job, prepared).await;
        let started = started.map_err(|error| {
            NotBegun::Failed(format!("its supervisor cannot be started ({error})"))
        })?;
        match started {
            Some(supervisor) => {
                job.note_begin(Timestamp::now());
                Ok(supervisor)
            }
            None if job.is_cancelled() => Err(NotBegun::Cancelled),
            None => Err(NotBegun::Failed("its supervisor ended before it began".to_owned())),
        }
    }

    /// Starts a supervisor; none if it ended without having claimed the attempt, so that it never starts an agent.
    async fn attempt(
        &self,
        job: &LiveJob,
        prepared: Option<Prepared>,
    ) -> io::Result<Option<ProcessId>> {
        let attempt = job.record().attempt + 1;
        let plan = self.plan(job, prepared.as_ref())?;
        durable_files::write_json(&job.folder.plan(attempt), &plan)?;
        let base = prepared.map(|prepared| prepared.base);
        // Durable before the supervisor exists: a later runner looks for the claim on this attempt.
        job.update(|record| (record.attempt, record.base) = (attempt, base))?;
        let mut child = self.supervisor(job, attempt)?.spawn()?;
        let process = child.id().and_then(ProcessId::at);
        job.supervised_by(process.as_ref().and_then(Watched::open).map(Arc::new));
        let has_claimed = has_claimed(&mut child).await;
        // It is a child of this process, which has to take note of its end.
        tokio::spawn(async move { child.wait().await });
        if has_claimed && process.is_some() {
            return Ok(process);
        }
        Ok(Claim::settled(&job.folder, attempt)?.supervisor)
    }

    fn plan(&self, job: &LiveJob, prepared: Option<&Prepared>) -> io::Result<Plan> {
        let (record, folder) = (job.record(), &job.folder);
        let agent = self.settings().agents.get(&record.agent);
        let agent =
            agent.ok_or_else(|| io::Error::other("runner.toml no longer has this agent"))?;
        let (program, arguments) = self.command(job, agent)?;
        let mirror = prepared.map(|prepared| prepared.mirror.clone());
        let programs = [PathBuf::from(&program), self.settings().agents.mcp_program().to_owned()];
        let programs = programs.into_iter().filter(|program| program.is_absolute());
        let stdin = if agent.command.task_by == TaskBy::Stdin { Stdin::Task } else { Stdin::Empty };
        fs::create_dir_all(folder.temporary())?;
        Ok(Plan {
            program,
            arguments,
            stdin,
            readable: agent.readable.iter().cloned().chain(mirror).chain(programs).collect(),
            writable: agent
                .writable
                .iter()
                .cloned()
                .chain(self.notes(agent)?)
                .chain(self.make_client_folder(job, agent)?)
                .collect(),
            timeout: Duration::from_secs(record.timeout_s.into()),
            grace: self.settings().limits.grace,
        })
    }

    /// Returns the folder of notes and requirements, which is created, if the agent has tools that write there.
    fn notes(&self, agent: &Agent) -> io::Result<Option<PathBuf>> {
        let notes = self.settings().notes(agent);
        notes.as_ref().map_or(Ok(()), fs::create_dir_all)?;
        Ok(notes)
    }

    /// Returns program and arguments of the agent, and writes the configuration of its MCP server.
    fn command(&self, job: &LiveJob, agent: &Agent) -> io::Result<(String, Vec<String>)> {
        let (folder, program) = (&job.folder, self.settings().agents.mcp_program());
        let mcp_arguments = agent.mcp_arguments(&job.id, folder);
        durable_files::write_json(
            &folder.mcp_config(),
            &agent.mcp_config(program, &mcp_arguments),
        )?;
        let task = match agent.command.task_by {
            TaskBy::Argument => fs::read_to_string(folder.task())?,
            TaskBy::Stdin | TaskBy::File => String::new(),
        };
        let variables: Vec<_> = agent.mcp_variables().collect();
        Ok(agent.command.fill_placeholders(&Places {
            task: &task,
            task_file: &folder.task(),
            // Without links: Codex compares it with its working folder.
            worktree: &fs::canonicalize(folder.work())?,
            mcp_config: &folder.mcp_config(),
            mcp_command: program,
            mcp_arguments: &serde_json::to_string(&mcp_arguments)?,
            mcp_variables: &serde_json::to_string(&variables)?,
        }))
    }

    /// Returns the command of a supervisor, which outlives this process: it has no pipe of it that it needs, and a process
    /// group of its own. Its environment is the one that the agent gets.
    fn supervisor(&self, job: &LiveJob, attempt: u32) -> io::Result<Command> {
        let settings = self.settings();
        let (program, arguments) =
            settings.supervisor.split_first().ok_or(io::ErrorKind::NotFound)?;
        let agent = settings.agents.get(&job.record().agent);
        let names = agent.into_iter().flat_map(Agent::variables);
        let variables = names.filter_map(|name| settings.environment.get_key_value(name));
        let client = agent.and_then(|agent| agent.client);
        let mut command = Command::new(program);
        command
            .args(arguments)
            .args([job.folder.path().as_os_str(), OsStr::new(&attempt.to_string())])
            .env_clear()
            // The home's configuration is among what a confined agent cannot read, and git ends where it cannot.
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .envs(variables.map(|(name, value)| (name, value.expose())))
            .envs(client.map(|client| (client.variable(), job.folder.client())))
            .env(MARK, job.id.as_str())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(job.folder.complaints())?)
            .process_group(0);
        Ok(command)
    }
}

/// Waits until a supervisor says that it has claimed its attempt, or ends.
async fn has_claimed(child: &mut Child) -> bool {
    let Some(mut output) = child.stdout.take() else { return false };
    let mut said = vec![0; CLAIMED.len()];
    output.read_exact(&mut said).await.is_ok() && said == CLAIMED.as_bytes()
}
