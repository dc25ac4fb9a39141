//! The settings of a runner.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use covibe_agent_servers::agent::runner_token::{MIN_TOKEN, TOKEN, is_runner_token, token_file};
use covibe_agent_servers::confinement::Confinement;
use covibe_agent_servers::environment_settings::Variables;
use covibe_agent_servers::gitea::GiteaAccount;
use covibe_agent_servers::protected_resources::Guard;
use covibe_domain::Secret;
use tokio::process::Command;

use crate::agents::{Agent, AgentClient, Agents};

/// The variable that names the folder of notes and requirements.
const NOTES: &str = "COVIBE_AGENT_HOME";

/// The port of the runner.
const PORT: u16 = 3333;

/// Where the runner listens, and who may use it.
#[derive(Clone, Debug)]
pub struct Door {
    /// The address that it listens on.
    pub bind: SocketAddr,
    /// The token that callers present; none if the runner has to make one, see
    /// [`LockedHome::token`](crate::runner::LockedHome::token).
    pub token: Option<Secret>,
}

impl Door {
    /// Reads `AGENT_RUNNER_BIND` and `AGENT_RUNNER_TOKEN`; none if a problem was noted.
    pub fn read(variables: &mut Variables<'_>) -> Option<Self> {
        let bind = read_bind(variables)?;
        let token = variables.optional(TOKEN);
        if token.as_ref().is_some_and(|token| !is_runner_token(token)) {
            variables.problem(format!(
                "AGENT_RUNNER_TOKEN must have at least {MIN_TOKEN} characters and no spaces."
            ));
            return None;
        }
        if token.is_none() && !bind.ip().is_loopback() {
            variables.problem(format!(
                "AGENT_RUNNER_TOKEN is not set. Without this token of at least {MIN_TOKEN} \
                 characters, the runner listens on loopback only."
            ));
            return None;
        }
        Some(Self { bind, token: token.map(Secret::new) })
    }
}

fn read_bind(variables: &mut Variables<'_>) -> Option<SocketAddr> {
    let default = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT);
    let Some(text) = variables.optional("AGENT_RUNNER_BIND") else { return Some(default) };
    let bind = text.trim().parse().ok();
    if bind.is_none() {
        variables.problem(
            "AGENT_RUNNER_BIND must be an IP address with a port, such as 127.0.0.1:3333.",
        );
    }
    bind
}

/// The limits of a runner, which only tests change.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The number of jobs that may wait.
    pub queued: usize,
    /// The time within which an agent must end once it is asked to.
    pub grace: Duration,
    /// The time for which the worktree of a job that ended is kept.
    pub worktree_age: Duration,
    /// The time for which the record of a job that ended is kept.
    pub record_age: Duration,
    /// The pause between two removals of what is too old.
    pub cleaning: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queued: 100,
            grace: Duration::from_secs(5),
            worktree_age: Duration::from_hours(24),
            record_age: Duration::from_hours(30 * 24),
            cleaning: Duration::from_mins(30),
        }
    }
}

/// The settings of a runner.
#[derive(Clone, Debug)]
pub struct RunnerSettings {
    pub(crate) home: PathBuf,
    pub(crate) agents: Agents,
    pub(crate) guard: Guard,
    pub(crate) gitea: Option<GiteaAccount>,
    /// The variables that agents may see.
    pub(crate) environment: BTreeMap<String, Secret>,
    /// The folders in which the programs of agents keep the settings and sign-ins of the runner's user.
    pub(crate) client_folders: BTreeMap<AgentClient, PathBuf>,
    /// The command that supervises a job, before the folder and the attempt.
    pub(crate) supervisor: Vec<OsString>,
    pub(crate) limits: Limits,
}

impl RunnerSettings {
    /// Reads the variables that the runner and its agents need; none if a problem was noted.
    ///
    /// `supervisor` is the command that runs [`crate::supervise::supervise`] with the two arguments that follow: the folder
    /// and the number of the attempt.
    pub fn read(
        variables: &mut Variables<'_>,
        home: &Path,
        agents: Agents,
        supervisor: Vec<OsString>,
    ) -> Option<Self> {
        let guard = Guard::read(variables);
        let gitea = if GiteaAccount::is_set(variables) {
            GiteaAccount::read(variables, "a Gitea token")
        } else {
            None
        };
        let value = |name: &str| Some((name.to_owned(), Secret::new(variables.optional(name)?)));
        let mut environment: BTreeMap<_, _> =
            agents.variables().into_iter().filter_map(value).collect();
        // Confined, an agent writes no notes in its user's home; these are the runner's own.
        let notes = home.join("notes").to_string_lossy().into_owned();
        environment.entry(NOTES.to_owned()).or_insert_with(|| Secret::new(notes));
        if !home.is_absolute() {
            variables.problem("AGENT_RUNNER_HOME must be an absolute path.");
            return None;
        }
        let client_folders = read_client_folders(variables);
        for warning in agents.warnings(&client_folders) {
            variables.warning(warning);
        }
        let (home, limits) = (home.to_owned(), Limits::default());
        let settings =
            Self { home, agents, guard, gitea, environment, client_folders, supervisor, limits };
        if variables.optional(TOKEN).is_none() && settings.exposes_token(variables) {
            return None;
        }
        Some(settings)
    }

    /// Notes a problem for each agent that could read the token in the runner's folder, and returns whether there is one.
    fn exposes_token(&self, variables: &mut Variables<'_>) -> bool {
        let agents = self.agents.names().into_iter();
        let can_read =
            |name: &&str| self.agents.get(name).is_some_and(|agent| self.lets_read_token(agent));
        let exposed: Vec<_> = agents.filter(can_read).collect();
        for name in &exposed {
            variables.problem(format!(
                "Agent {name}: it could read the token in AGENT_RUNNER_HOME. Move that folder out of the folders that this \
                 agent can read, or set AGENT_RUNNER_TOKEN."
            ));
        }
        !exposed.is_empty()
    }

    fn lets_read_token(&self, agent: &Agent) -> bool {
        let jobs = self.home.join("jobs");
        let confinement = Confinement::writing_below(&jobs, &jobs);
        let confinement =
            agent.readable.iter().fold(confinement, |it, path| it.with_readable(path));
        let notes = self.notes(agent);
        let writable = agent.writable.iter().chain(&notes);
        let confinement = writable.fold(confinement, |it, path| it.with_writable(path));
        let mut command = Command::new("agent");
        command.envs(self.environment.iter().map(|(name, value)| (name, value.expose())));
        confinement.lets_read(&token_file(&self.home), &command)
    }

    /// Returns the folder of notes and requirements, if the agent has tools that write there.
    pub(crate) fn notes(&self, agent: &Agent) -> Option<PathBuf> {
        let has_notes = agent.mcp_variables().any(|name| name == NOTES);
        let notes = self.environment.get(NOTES).filter(|_| has_notes);
        notes.map(|folder| PathBuf::from(folder.expose()))
    }

    /// Returns the same settings with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }
}

/// Returns the folders that the programs of agents use outside of jobs.
fn read_client_folders(variables: &Variables<'_>) -> BTreeMap<AgentClient, PathBuf> {
    let home = variables.optional("HOME").map(PathBuf::from);
    let folder = |client: AgentClient| {
        let set = variables.optional(client.variable()).map(PathBuf::from);
        Some((client, set.or_else(|| Some(client.default_folder(home.as_deref()?)))?))
    };
    AgentClient::ALL.into_iter().filter_map(folder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::ToolNames;

    fn door(bind: Option<&str>, token: Option<&str>) -> Result<Door, Vec<String>> {
        let lookup = |name: &str| match name {
            "AGENT_RUNNER_BIND" => bind.map(str::to_owned),
            "AGENT_RUNNER_TOKEN" => token.map(str::to_owned),
            _ => None,
        };
        let mut variables = Variables::new(&lookup);
        let door = Door::read(&mut variables);
        variables.finish().map(|_| door.unwrap())
    }

    #[test]
    fn a_runner_listens_on_loopback_by_default() {
        assert_eq!(door(None, None).unwrap().bind.to_string(), "127.0.0.1:3333");
        assert!(door(Some("[::1]:1"), None).is_ok());
    }

    #[test]
    fn a_runner_beyond_loopback_needs_a_long_token() {
        let long = "x".repeat(32);
        for bind in ["0.0.0.0:3333", "[::]:3333", "192.0.2.1:80"] {
            assert!(door(Some(bind), None).is_err(), "{bind}");
            assert!(door(Some(bind), Some(&long[1..])).is_err(), "{bind}");
            assert!(door(Some(bind), Some(&long)).is_ok(), "{bind}");
        }
        let short = door(None, Some("abc def")).unwrap_err();
        assert!(short[0].starts_with("AGENT_RUNNER_TOKEN") && !short[0].contains("abc"));
        assert!(door(Some("localhost"), None).unwrap_err()[0].starts_with("AGENT_RUNNER_BIND"));
    }

    /// Returns the problems of a runner with this folder and an agent with these further settings.
    fn problems(home: &str, agent: &str, token: Option<&str>) -> Vec<String> {
        let lookup = |name: &str| match name {
            "HOME" => Some("/home/ada".to_owned()),
            "PATH" => Some("/usr/local/bin:/home/ada/bin".to_owned()),
            TOKEN => token.map(str::to_owned),
            _ => None,
        };
        let mut variables = Variables::new(&lookup);
        let text = format!("[agents.coder]\ncommand = [\"a\"]\n{agent}");
        let home_of_user = Some(Path::new("/home/ada"));
        let agents = Agents::parse(&text, home_of_user, &ToolNames::from_registry()).unwrap();
        let settings = RunnerSettings::read(&mut variables, Path::new(home), agents, Vec::new());
        let problems = variables.finish().err().unwrap_or_default();
        assert_eq!(settings.is_none(), !problems.is_empty());
        problems
    }

    #[test]
    fn a_runner_makes_no_token_where_an_agent_could_read_it() {
        let usual = "/home/ada/.covibe/runner";
        for (home, agent) in [
            (usual, ""),
            (usual, "readable = [\"~/.gitconfig\"]\nwritable = [\"~/.claude\"]\n"),
            ("/var/lib/covibe-agent-runner", ""),
        ] {
            assert_eq!(problems(home, agent, None), Vec::<String>::new(), "{home}");
        }
        for (home, agent) in [
            (usual, "readable = [\"~/\"]\n"),
            (usual, "writable = [\"~/.covibe\"]\n"),
            ("/opt/runner", ""),
            ("/home/ada/bin/runner", ""),
        ] {
            let found = problems(home, agent, None);
            assert!(found.len() == 1 && found[0].starts_with("Agent coder: "), "{found:?}");
            assert!(found[0].contains("AGENT_RUNNER_TOKEN"), "{found:?}");
            assert_eq!(problems(home, agent, Some(&"x".repeat(32))), Vec::<String>::new());
        }
    }
}
