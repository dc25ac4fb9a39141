//! The state of an agent's configuration, for the doctor. Nothing is changed.

use std::path::Path;

use serde_json::Value;

use super::config_files::{Content, MAX_FILE, user_targets};
use super::config_paths::Places;
use super::edit::{JsonFile, Refusal, TomlFile};
use super::hooks::HookSet;
use super::server_entry::{BOOTSTRAP, Entry, NAME, Owner, Transport, address, owner};
use crate::agent_kinds::Agent;
use crate::home::{CompanionHome, read_bounded};
use crate::origin::Origin;

/// The weight of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Something works less than it could.
    Warn,
    /// Something does not work.
    Fail,
}

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The name of the check, such as `codex.entry`.
    pub id: String,
    /// The weight.
    pub level: Level,
    /// A sentence that states what is so.
    pub message: String,
    /// The next step, with a command where there is one.
    pub fix: Option<String>,
}

impl Finding {
    /// Creates a finding.
    pub fn new(id: impl Into<String>, level: Level, message: impl Into<String>) -> Self {
        Self { id: id.into(), level, message: message.into(), fix: None }
    }

    /// Adds what to do.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

/// The findings about an agent.
#[derive(Clone, Debug)]
pub struct AgentReport {
    /// The agent.
    pub agent: Agent,
    /// The findings.
    pub findings: Vec<Finding>,
}

/// Returns the findings about an agent.
pub fn inspect(
    agent: Agent,
    places: &Places,
    home: &CompanionHome,
    origin: &Origin,
) -> AgentReport {
    let fix = format!("covibe-local setup --agents {agent} --base-url {origin}");
    let mut findings = Vec::new();
    for target in user_targets(agent, places, home, origin, Transport::Stdio) {
        let path = places.shorten(&target.path);
        let content = Inspected { agent, home, origin, path, fix: fix.clone() };
        let bytes = match read_bounded(&target.path, MAX_FILE) {
            Ok(bytes) => bytes.unwrap_or_default(),
            Err(error) => {
                let reason = Refusal::new(format!("cannot be read ({error})"));
                findings.push(content.broken(&reason));
                continue;
            }
        };
        let inspected = match &target.content {
            Content::JsonServers(parents, _) => content.json_servers(&bytes, parents),
            Content::TomlServers(_) => content.toml_servers(&bytes),
            Content::Hooks(hooks) => content.hooks(&bytes, hooks),
            Content::Block(_) | Content::Whole(_) => Ok(Vec::new()),
        };
        match inspected {
            Ok(more) => findings.extend(more),
            Err(refusal) => findings.push(content.broken(&refusal)),
        }
    }
    AgentReport { agent, findings }
}

/// A file that is looked at.
struct Inspected<'a> {
    agent: Agent,
    home: &'a CompanionHome,
    origin: &'a Origin,
    path: String,
    fix: String,
}

impl Inspected<'_> {
    fn finding(&self, check: &str, level: Level, rest: &str) -> Finding {
        let id = format!("{}.{check}", self.agent);
        let finding = Finding::new(id, level, format!("{} {rest}.", self.path));
        if level == Level::Ok { finding } else { finding.fix(&self.fix) }
    }

    fn broken(&self, refusal: &Refusal) -> Finding {
        let finding = self.finding("config", Level::Fail, &refusal.to_string());
        finding.fix(format!("Correct {}, then run {}", self.path, self.fix))
    }

    fn json_servers(&self, bytes: &[u8], parents: &[String]) -> Result<Vec<Finding>, Refusal> {
        let file = JsonFile::parse(bytes)?;
        let parents: Vec<_> = parents.iter().map(String::as_str).collect();
        let servers = file.object(&parents)?.and_then(|it| it.to_serde_value());
        Ok(self.servers(&servers.unwrap_or_default()))
    }

    fn toml_servers(&self, bytes: &[u8]) -> Result<Vec<Finding>, Refusal> {
        let value = TomlFile::parse(bytes)?.value();
        let mut findings = self.servers(&value["mcp_servers"]);
        if value["features"]["hooks"] == false {
            let rest = "switches hooks off, so no activity is seen";
            let fix = "Remove `hooks = false` from [features].";
            findings.push(self.finding("hooks-off", Level::Warn, rest).fix(fix));
        }
        Ok(findings)
    }

    fn servers(&self, servers: &Value) -> Vec<Finding> {
        let mut findings = vec![self.entry(servers.get(NAME))];
        let twice = servers.as_object().into_iter().flatten().find(|(name, entry)| {
            name.starts_with(BOOTSTRAP) && address(entry) == Some(&self.origin.mcp_url())
        });
        if let Some((name, _)) = twice {
            let rest = format!("also has `{name}`, so every tool appears twice");
            findings.push(self.finding("twice", Level::Warn, &rest));
        }
        findings
    }

    fn entry(&self, entry: Option<&Value>) -> Finding {
        let Some(entry) = entry else {
            return self.finding("entry", Level::Fail, "has no entry `covibe`");
        };
        let transports = [Transport::Stdio, Transport::Http];
        let is_current = transports.iter().any(|transport| {
            Entry::user(self.agent, self.home, self.origin, *transport).is_in(entry)
        });
        if is_current {
            return self.program();
        }
        let rest = match owner(entry, Some(self.origin), false) {
            Owner::Ours => "has an entry `covibe` of another installation or server",
            Owner::SameServer => "reaches the server without the companion",
            Owner::Foreign => "has an entry `covibe` that covibe-local did not write",
        };
        self.finding("entry", Level::Fail, rest)
    }

    fn program(&self) -> Finding {
        let is_there = |name: &str| Path::is_file(&self.home.program(name));
        if is_there("covibe-mcp") && is_there("covibe-local") {
            self.finding("entry", Level::Ok, "has our entry")
        } else {
            let folder = self.home.path("bin");
            let rest =
                format!("names the companion's programs, which are not in {}", folder.display());
            self.finding("entry", Level::Fail, &rest)
        }
    }

    fn hooks(&self, bytes: &[u8], hooks: &HookSet) -> Result<Vec<Finding>, Refusal> {
        let file = JsonFile::parse(bytes)?;
        if file.value()["disableAllHooks"] == true {
            let rest = "switches hooks off (`disableAllHooks`), so no activity is seen";
            let finding = self.finding("hooks", Level::Warn, rest);
            return Ok(vec![finding.fix("Remove `disableAllHooks`.")]);
        }
        let absent = hooks.missing_events(&file)?;
        if !absent.is_empty() {
            let rest = format!("has no hook for {}, so activity is missed", absent.join(", "));
            return Ok(vec![self.finding("hooks", Level::Warn, &rest)]);
        }
        let rest = match self.agent {
            Agent::Codex => {
                "has the companion's hooks, which Codex runs only after you trust them: open Codex, and enter \
                 /hooks"
            }
            _ => "has our hooks",
        };
        Ok(vec![self.finding("hooks", Level::Ok, rest)])
    }
}
