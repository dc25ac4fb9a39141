//! The plan: every file as it is, and as it should be.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::claude_program::ClaudeStep;
use super::config_files::{
    Content, MAX_FILE, Target, bootstrap_targets, repository_targets, skill_target, user_targets,
};
use super::config_paths::Places;
use super::edit::{JsonFile, Refusal, TomlFile, set_block};
use super::planned_changes::{FileChange, Plan, Refused};
use super::server_entry::{BOOTSTRAP, Entry, NAME, Owner, Transport, address, owner};
use crate::agent_kinds::Agent;
use crate::home::{CompanionHome, read_bounded};
use crate::origin::Origin;

/// The text in a skill that says that it is ours.
pub const SKILL_MARK: &str = "covibe-server tools --format skill";

/// The request for a plan.
#[derive(Clone, Copy, Debug)]
pub struct PlanRequest<'a> {
    /// The places of agents.
    pub places: &'a Places,
    /// The companion's folder.
    pub home: &'a CompanionHome,
    /// The server.
    pub origin: &'a Origin,
    /// The agents.
    pub agents: &'a [Agent],
    /// The repository whose files are written, too.
    pub project: Option<&'a Path>,
    /// The folder in which the command runs, where entries of `bootstrap.sh` may be.
    pub folder: Option<&'a Path>,
    /// The transport of Claude Code.
    pub transport: Transport,
    /// The text of our skill; none to write none.
    pub skill: Option<&'a str>,
}

/// Returns the plan. It reads files, and writes none.
pub fn plan(request: &PlanRequest<'_>) -> Plan {
    let mut plan = Plan::default();
    let mut paths: Vec<PathBuf> = Vec::new();
    for target in targets(request) {
        if paths.contains(&target.path) {
            continue;
        }
        paths.push(target.path.clone());
        let claude = request.places.claude_program.as_ref();
        if let Some(program) = claude.filter(|_| target.path == request.places.claude_file()) {
            add_claude(&mut plan, request, program, &target);
        } else {
            add_file(&mut plan, request.origin, &target);
        }
    }
    if request.agents.contains(&Agent::Codex) {
        plan.remarks.push(
            "Codex runs new hooks only after you trust them: open it once, and enter /hooks."
                .to_owned(),
        );
    }
    plan
}

/// Returns the same plan with the file of Claude Code edited by us, for when its program fails.
pub fn plan_claude_file(request: &PlanRequest<'_>) -> Plan {
    let places = Places { claude_program: None, ..request.places.clone() };
    let request = PlanRequest { places: &places, agents: &[Agent::ClaudeCode], ..*request };
    let mut plan = Plan::default();
    let user =
        user_targets(Agent::ClaudeCode, &places, request.home, request.origin, request.transport);
    for target in user.iter().filter(|target| target.path == places.claude_file()) {
        add_file(&mut plan, request.origin, target);
    }
    plan
}

fn targets(request: &PlanRequest<'_>) -> Vec<Target> {
    let PlanRequest { places, home, origin, transport, .. } = *request;
    let mut targets = Vec::new();
    for agent in request.agents {
        targets.extend(user_targets(*agent, places, home, origin, transport));
        targets.extend(request.skill.and_then(|skill| skill_target(*agent, places, skill)));
    }
    for agent in request.agents {
        let project = request.project;
        targets.extend(
            project.iter().flat_map(|it| repository_targets(*agent, it, origin, transport)),
        );
        targets.extend(request.folder.and_then(|folder| bootstrap_targets(*agent, folder)));
    }
    targets
}

fn add_file(plan: &mut Plan, origin: &Origin, target: &Target) {
    let refuse = |reason: String| Refused { path: target.path.clone(), reason };
    let before = match read_file(target) {
        Ok(before) => before,
        Err(reason) => return plan.refused.push(refuse(reason)),
    };
    let is_cleaning = matches!(target.content, Content::JsonServers(_, None));
    match edited(target, before.as_deref(), origin) {
        Ok(after) if after == before => {}
        Ok(after) => {
            if is_cleaning {
                plan.remarks.push(format!(
                    "{} has an entry of bootstrap.sh for {origin}, which the new one replaces.",
                    target.path.display()
                ));
            }
            plan.changes.push(FileChange {
                path: target.path.clone(),
                before,
                after,
                shape: target.content.shape(),
                is_private: target.repository.is_none(),
            });
        }
        // A file that only might have an entry of bootstrap.sh is not worth an error.
        Err(_) if is_cleaning => {}
        Err(reason) => plan.refused.push(refuse(reason.to_string())),
    }
}

/// Reads a file that may be written.
fn read_file(target: &Target) -> Result<Option<Vec<u8>>, String> {
    if let Some(folder) = &target.repository
        && !is_inside(folder, &target.path)
    {
        return Err("points outside the repository".to_owned());
    }
    read_bounded(&target.path, MAX_FILE).map_err(|error| format!("cannot be read ({error})"))
}

/// Returns whether a path stays in a folder, also through links. Whoever wrote the repository chose its links.
fn is_inside(folder: &Path, path: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return true };
    let mut existing = path;
    while existing.symlink_metadata().is_err() {
        let Some(parent) = existing.parent() else { return true };
        existing = parent;
    }
    existing.canonicalize().is_ok_and(|existing| existing.starts_with(&folder))
}

/// Returns a file as it should be.
fn edited(
    target: &Target,
    before: Option<&[u8]>,
    origin: &Origin,
) -> Result<Option<Vec<u8>>, Refusal> {
    let bytes = before.unwrap_or_default();
    let is_in_repository = target.repository.is_some();
    let after = match &target.content {
        Content::JsonServers(_, None) if before.is_none() => return Ok(None),
        Content::JsonServers(parents, entry) => {
            let file = JsonFile::parse(bytes)?;
            let parents: Vec<_> = parents.iter().map(String::as_str).collect();
            let is_cleaned = remove_bootstrap(&file, &parents, origin)?;
            if let Some(entry) = entry {
                set_entry(&file, &parents, entry, origin, is_in_repository)?;
            } else if !is_cleaned {
                return Ok(before.map(<[u8]>::to_vec));
            } else if is_hollow(&file.value()) {
                return Ok(None);
            }
            check_edit(file.to_bytes(), |bytes| JsonFile::parse(bytes).map(drop))?
        }
        Content::TomlServers(entry) => {
            let mut file = TomlFile::parse(bytes)?;
            set_toml_entry(&mut file, entry, origin, is_in_repository)?;
            check_edit(file.to_bytes(), |bytes| TomlFile::parse(bytes).map(drop))?
        }
        Content::Hooks(hooks) => {
            let file = JsonFile::parse(bytes)?;
            hooks.set(&file)?;
            check_edit(file.to_bytes(), |bytes| JsonFile::parse(bytes).map(drop))?
        }
        Content::Block(text) => set_block(bytes, text)?,
        Content::Whole(text) => {
            let is_skill = text.contains(SKILL_MARK);
            let is_ours = String::from_utf8_lossy(bytes).contains(SKILL_MARK);
            if is_skill && before.is_some() && !is_ours {
                return Err(Refusal::new(
                    "is a skill of the same name that covibe-local did not write",
                ));
            }
            text.clone().into_bytes()
        }
    };
    Ok(Some(after))
}

/// Refuses what an edit has broken, so that a mistake of ours never reaches a file.
fn check_edit(
    bytes: Vec<u8>,
    parse: impl FnOnce(&[u8]) -> Result<(), Refusal>,
) -> Result<Vec<u8>, Refusal> {
    match parse(&bytes) {
        Ok(()) => Ok(bytes),
        Err(_) => Err(Refusal::new("has a form that cannot be edited safely")),
    }
}

fn set_entry(
    file: &JsonFile,
    parents: &[&str],
    entry: &Entry,
    origin: &Origin,
    is_in_repository: bool,
) -> Result<(), Refusal> {
    let existing = file.get(parents, NAME)?;
    match existing.as_ref().map(|it| owner(it, Some(origin), is_in_repository)) {
        None | Some(Owner::SameServer) => {
            file.set(parents, NAME, &Value::Object(entry.members.clone()))
        }
        Some(Owner::Foreign) => {
            Err(Refusal::new(format!("has an entry `{NAME}` that covibe-local did not write")))
        }
        Some(Owner::Ours) => {
            let path: Vec<_> = parents.iter().copied().chain([NAME]).collect();
            for (name, value) in &entry.members {
                file.set(&path, name, value)?;
            }
            for name in &entry.dropped {
                file.remove(&path, name)?;
            }
            Ok(())
        }
    }
}

fn set_toml_entry(
    file: &mut TomlFile,
    entry: &Entry,
    origin: &Origin,
    is_in_repository: bool,
) -> Result<(), Refusal> {
    let servers = file.value()["mcp_servers"].clone();
    for name in bootstrap_names(&servers, origin) {
        file.remove(["mcp_servers", &name]);
    }
    match servers.get(NAME).map(|it| owner(it, Some(origin), is_in_repository)) {
        Some(Owner::Foreign) => {
            return Err(Refusal::new(format!(
                "has an entry `{NAME}` that covibe-local did not write"
            )));
        }
        Some(Owner::SameServer) => drop(file.remove(["mcp_servers", NAME])),
        None | Some(Owner::Ours) => {}
    }
    file.merge(["mcp_servers", NAME], &entry.members, &entry.dropped)
}

/// Removes the entries of `bootstrap.sh` for the same server, so that no tool appears twice.
fn remove_bootstrap(file: &JsonFile, parents: &[&str], origin: &Origin) -> Result<bool, Refusal> {
    let Some(object) = file.object(parents)? else { return Ok(false) };
    let names = bootstrap_names(&object.to_serde_value().unwrap_or_default(), origin);
    for name in &names {
        // The object stays, though it may be empty now: our entry goes there.
        object.get(name).into_iter().for_each(jsonc_parser::cst::CstObjectProp::remove);
    }
    if !names.is_empty() {
        remove_input(file)?;
    }
    Ok(!names.is_empty())
}

fn bootstrap_names(servers: &Value, origin: &Origin) -> Vec<String> {
    let is_bootstrap = |(name, entry): &(&String, &Value)| {
        name.starts_with(BOOTSTRAP) && address(entry) == Some(&origin.mcp_url())
    };
    let servers = servers.as_object().into_iter().flatten();
    servers.filter(is_bootstrap).map(|(name, _)| name.clone()).collect()
}

/// Removes the question for the key that `bootstrap.sh` adds for VS Code, if no server still uses it.
fn remove_input(file: &JsonFile) -> Result<(), Refusal> {
    if file.value().to_string().contains("${input:vibn-api-key}") {
        return Ok(());
    }
    let Some(list) = file.object(&[])?.and_then(|root| root.array_value("inputs")) else {
        return Ok(());
    };
    for element in list.elements() {
        if element.to_serde_value().is_some_and(|it| it["id"] == "vibn-api-key") {
            element.remove();
        }
    }
    if list.elements().is_empty() {
        file.remove(&[], "inputs")?;
    }
    Ok(())
}

/// Returns whether a file says nothing: it has only empty objects and lists, and the number of its version.
pub(super) fn is_hollow(value: &Value) -> bool {
    let is_nothing = |(name, value): (&String, &Value)| match value {
        Value::Object(it) => it.is_empty(),
        Value::Array(it) => it.is_empty(),
        _ => name == "version",
    };
    value.as_object().is_some_and(|it| it.iter().all(is_nothing))
}

fn add_claude(plan: &mut Plan, request: &PlanRequest<'_>, program: &Path, target: &Target) {
    let refuse = |reason: String| Refused { path: target.path.clone(), reason };
    let bytes = match read_file(target) {
        Ok(bytes) => bytes.unwrap_or_default(),
        Err(reason) => return plan.refused.push(refuse(reason)),
    };
    let Content::JsonServers(_, Some(entry)) = &target.content else { return };
    let servers = JsonFile::parse(&bytes).and_then(|file| {
        file.object(&["mcpServers"])?;
        Ok(file.value()["mcpServers"].clone())
    });
    let servers = match servers {
        Ok(servers) => servers,
        Err(reason) => return plan.refused.push(refuse(reason.to_string())),
    };
    let existing = servers.get(NAME);
    let whose = existing.map(|it| owner(it, Some(request.origin), false));
    if whose == Some(Owner::Foreign) {
        return plan
            .refused
            .push(refuse(format!("has an entry `{NAME}` that covibe-local did not write")));
    }
    let mut removed = bootstrap_names(&servers, request.origin);
    let is_current = existing.is_some_and(|it| whose == Some(Owner::Ours) && entry.is_in(it));
    if existing.is_some() && !is_current {
        removed.push(NAME.to_owned());
    }
    let kept = existing.filter(|_| whose == Some(Owner::Ours));
    let added = (!is_current).then(|| entry.value_over(kept));
    if added.is_some() || !removed.is_empty() {
        plan.claude = Some(ClaudeStep::new(program, request.places, removed, added));
    }
}
