//! The agents that a runner can start, as `runner.toml` names them.

mod agent_client;
mod agent_entry;
mod command;
mod tools;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use covibe_agent_servers::agent::runner_api_types::{AgentList, AgentView};
use serde::Deserialize;

pub(crate) use self::agent_client::AgentClient;
pub(crate) use self::command::{Places, TaskBy};
pub use self::tools::ToolNames;

pub(crate) use self::agent_entry::Agent;

/// The maximum number of jobs that may be set to run at once.
const MAX_AT_ONCE: usize = 64;

/// The program of the MCP server that agents get.
const MCP_PROGRAM: &str = "covibe-agent-mcp";

/// The contents of `runner.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default = "default_jobs_at_once")]
    jobs_at_once: usize,
    mcp_program: Option<PathBuf>,
    #[serde(default)]
    agents: BTreeMap<String, agent_entry::Entry>,
}

const fn default_jobs_at_once() -> usize {
    2
}

/// The agents, and what else `runner.toml` says.
#[derive(Clone, Debug)]
pub struct Agents {
    by_name: BTreeMap<String, Agent>,
    jobs_at_once: usize,
    mcp_program: PathBuf,
}

impl Agents {
    /// Reads the text of `runner.toml`. `home` stands for `~` in paths, and `tools` are the names that an agent may list.
    ///
    /// # Errors
    ///
    /// The problems, a line each.
    pub fn parse(text: &str, home: Option<&Path>, tools: &ToolNames) -> Result<Self, Vec<String>> {
        let file: File = toml::from_str(text).map_err(|error| vec![unreadable(text, &error)])?;
        let mut problems = Vec::new();
        if !(1..=MAX_AT_ONCE).contains(&file.jobs_at_once) {
            problems.push(format!("jobs_at_once must be a number from 1 to {MAX_AT_ONCE}."));
        }
        if file.agents.is_empty() {
            problems.push("There is no agent: add a table such as [agents.coder].".to_owned());
        }
        let mut by_name = BTreeMap::new();
        for (name, entry) in file.agents {
            match entry.check(&name, home, tools) {
                Ok(agent) => _ = by_name.insert(name, agent),
                Err(further) => problems.extend(further),
            }
        }
        let mcp_program = file.mcp_program.unwrap_or_else(|| MCP_PROGRAM.into());
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self { by_name, jobs_at_once: file.jobs_at_once, mcp_program })
    }

    /// Returns an agent by its name.
    pub(crate) fn get(&self, name: &str) -> Option<&Agent> {
        self.by_name.get(name)
    }

    /// Returns the names of all agents.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.by_name.keys().map(String::as_str).collect()
    }

    /// Returns how many jobs run at once.
    pub(crate) fn jobs_at_once(&self) -> usize {
        self.jobs_at_once
    }

    /// Returns the program of the MCP server.
    pub(crate) fn mcp_program(&self) -> &Path {
        &self.mcp_program
    }

    /// Returns the same agents, which get another MCP server unless `runner.toml` names one.
    #[must_use]
    pub fn with_mcp_program(mut self, program: PathBuf) -> Self {
        if self.mcp_program == Path::new(MCP_PROGRAM) {
            self.mcp_program = program;
        }
        self
    }

    /// Returns the names of all variables that agents see, if they are set.
    pub fn variables(&self) -> BTreeSet<&str> {
        self.by_name.values().flat_map(Agent::variables).collect()
    }

    /// Returns the risks in the settings of agents, a line each. `folders` are those with the settings of their user.
    pub(crate) fn warnings(&self, folders: &BTreeMap<AgentClient, PathBuf>) -> Vec<String> {
        let warnings = |(name, agent): (&String, &Agent)| agent.warnings(name, folders);
        self.by_name.iter().flat_map(warnings).collect()
    }

    /// Lists the agents.
    pub(crate) fn list(&self) -> AgentList {
        let view = |(name, agent): (&String, &Agent)| AgentView {
            name: name.clone(),
            description: agent.description.clone(),
            tools: agent.tools.clone(),
            timeout_s: agent.timeout_s,
        };
        AgentList { agents: self.by_name.iter().map(view).collect() }
    }
}

/// Returns a problem with the line that it is in.
fn unreadable(text: &str, error: &toml::de::Error) -> String {
    let begin = error.span().map_or(0, |span| span.start);
    let line = text.get(..begin).unwrap_or_default().matches('\n').count() + 1;
    format!("Line {line} of runner.toml: {}.", error.message().replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use covibe_agent_servers::server_kinds::Server;

    use super::*;

    fn parse(text: &str) -> Result<Agents, Vec<String>> {
        Agents::parse(
            text,
            Some(Path::new("/home/ada")),
            &ToolNames::new([(Server::Workspace, "read_file")]),
        )
    }

    const CODER: &str = "[agents.coder]\ncommand = [\"claude\", \"-p\"]\n";

    #[test]
    fn an_agent_with_only_a_command_gets_defaults() {
        let agents = parse(CODER).unwrap();
        assert_eq!((agents.jobs_at_once(), agents.names()), (2, vec!["coder"]));
        assert_eq!(agents.list().agents[0].timeout_s, 1800);
        assert_eq!(agents.mcp_program(), Path::new("covibe-agent-mcp"));
        let elsewhere = agents.with_mcp_program("/usr/lib/x".into());
        assert_eq!(elsewhere.mcp_program(), Path::new("/usr/lib/x"));
    }

    #[test]
    fn each_mistake_in_the_file_is_reported_in_one_line() {
        for (text, named) in [
            ("", "no agent"),
            ("jobs_at_once = 0\n", "jobs_at_once"),
            ("[agents.coder]\ncommand = [", "Line 2"),
            ("[agents.coder]\n", "command"),
            ("[agents.coder]\ncommand = []\n", "coder: command"),
            ("[agents.Coder]\ncommand = [\"a\"]\n", "Coder"),
            (&format!("{CODER}tool = []\n"), "tool"),
            (&format!("{CODER}tools = [\"read_fil\"]\n"), "read_fil"),
            (&format!("{CODER}task = \"file\"\n"), "{task_file}"),
            (&format!("{CODER}task = \"smoke\"\n"), "smoke"),
            (&format!("{CODER}timeout_s = 20000\n"), "timeout_s"),
            (&format!("{CODER}variables = [\"A-B\"]\n"), "A-B"),
            (&format!("{CODER}variables = [\"AGENT_RUNNER_TOKEN\"]\n"), "AGENT_RUNNER_TOKEN"),
            (&format!("{CODER}writable = [\"cache\"]\n"), "cache"),
            (&format!("{CODER}client = \"claude\"\n"), "claude-code"),
            ("[agents.a]\ncommand = [\"sh\", \"-c\", \"echo {task}\"]\n", "{task}"),
            ("[agents.a]\ncommand = [\"{task}\"]\ntask = \"argument\"\n", "{task}"),
        ] {
            let problems = parse(text).unwrap_err();
            assert!(problems.iter().any(|it| it.contains(named)), "{text}: {problems:?}");
            assert!(problems.iter().all(|it| !it.contains('\n')), "{problems:?}");
        }
    }

    fn parse_with_tools(tools: &str) -> Agents {
        let text = format!("{CODER}variables = [\"MY_KEY\"]\ntools = {tools}\n");
        Agents::parse(&text, None, &ToolNames::from_registry()).unwrap()
    }

    #[test]
    fn variables_are_those_of_the_agents_and_of_their_tools() {
        let agents = parse_with_tools(r#"["execute_command", "list_skills"]"#);
        let variables = agents.variables();
        for name in ["MY_KEY", "PATH", "HOME", "WORKSPACE_ENV", "SKILLS_REPO", "GITEA_API_TOKEN"] {
            assert!(variables.contains(name), "{name}");
        }
        assert!(variables.contains("COVIBE_PROTECTED_REPOS"), "the guard has no patterns");
        // Other tools of the same servers read these.
        for name in ["VIBN_API_KEY", "WEB_SEARCH_API_KEY", "SESSION_KEY", "COOLIFY_API_TOKEN"] {
            assert!(!variables.contains(name), "{name}");
        }
    }

    #[test]
    fn an_agent_that_only_works_with_files_gets_no_token() {
        let agents = parse_with_tools(r#"["read_file", "write_file", "execute_command"]"#);
        let variables = agents.variables();
        let has_token = |name: &&&str| name.contains("TOKEN") || name.contains("API_KEY");
        assert_eq!(variables.iter().find(has_token), None);
    }

    #[test]
    fn the_tools_of_a_server_get_all_its_variables_except_those_set_by_the_job() {
        let names = ToolNames::from_registry();
        for server in Server::ALL.into_iter().filter(|server| *server != Server::Agent) {
            let own = names.names().filter(|tool| names.server(tool) == Some(server));
            let passed: BTreeSet<_> = own.flat_map(|tool| tools::variables(server, tool)).collect();
            for variable in server.variables() {
                let is_of_job =
                    ["WORKSPACE_ROOT", "WORKSPACE_PUSH_BRANCH"].contains(&variable.name);
                assert_eq!(passed.contains(&variable.name), !is_of_job, "{}", variable.name);
            }
        }
    }

    fn warnings(agent: &str) -> Vec<String> {
        let home = Path::new("/home/ada");
        let folder = |client: AgentClient| (client, client.default_folder(home));
        let agents = parse(&format!("[agents.coder]\n{agent}")).unwrap();
        agents.warnings(&AgentClient::ALL.map(folder).into())
    }

    #[test]
    fn a_writable_path_with_settings_of_an_agents_program_is_warned_of() {
        for (path, client) in [
            ("~/.claude", "claude-code"),
            ("~/.claude.json", "claude-code"),
            ("~/.claude/projects", "claude-code"),
            ("~/.codex", "codex"),
            ("/home/ada", "claude-code"),
        ] {
            let found = warnings(&format!("command = [\"a\"]\nwritable = [\"{path}\"]\n"));
            assert_eq!(found.len(), 1, "{path}: {found:?}");
            assert!(found[0].starts_with("Agent coder: ") && !found[0].contains('\n'), "{found:?}");
            assert!(found[0].contains(&format!("client = \"{client}\"")), "{found:?}");
        }
        let harmless = "command = [\"a\"]\nwritable = [\"~/.cache\", \"~/.claudes\"]\n";
        assert_eq!(warnings(harmless), Vec::<String>::new());
    }

    #[test]
    fn a_command_that_obeys_the_settings_of_a_repository_is_warned_of() {
        for (command, advice) in [
            (r#"["claude", "-p"]"#, "--setting-sources"),
            (r#"["claude", "--setting-sources", "user,project"]"#, "--setting-sources"),
            (r#"["/usr/bin/codex", "exec", "-"]"#, "untrusted"),
        ] {
            let found = warnings(&format!("command = {command}\n"));
            assert!(found.len() == 1 && found[0].contains(advice), "{command}: {found:?}");
            assert!(found[0].starts_with("Agent coder: ") && !found[0].contains('\n'), "{found:?}");
        }
        for command in [
            r#"["claude", "-p", "--setting-sources", "user"]"#,
            r#"["claude", "--setting-sources=user", "-p"]"#,
            r#"["codex", "exec", "-c", 'projects={"{worktree}"={trust_level="untrusted"}}', "-"]"#,
            r#"["sh", "-c", "claude -p"]"#,
        ] {
            assert_eq!(warnings(&format!("command = {command}\n")), Vec::<String>::new());
        }
    }
}
