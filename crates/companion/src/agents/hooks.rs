//! The hooks that notify the companion of an agent's work.

use jsonc_parser::cst::{CstArray, CstNode};
use serde_json::{Value, json};

use super::edit::{JsonFile, Refusal};
use super::server_entry::quoted;
use crate::agent_kinds::Agent;
use crate::home::CompanionHome;

/// The maximum time that an agent waits for a hook, in seconds.
const TIMEOUT: u32 = 5;

/// The events of Claude Code. `WorktreeCreate` must never be among them: its hook replaces what git does.
const CLAUDE: &[&str] =
    &["SessionStart", "UserPromptSubmit", "PostToolUse", "Stop", "StopFailure", "SessionEnd"];

/// The events of Codex.
const CODEX: &[&str] = &["SessionStart", "UserPromptSubmit", "PostToolUse", "Stop", "SessionEnd"];

/// The events of Cursor.
const CURSOR: &[&str] = &[
    "sessionStart",
    "beforeSubmitPrompt",
    "afterFileEdit",
    "afterShellExecution",
    "stop",
    "sessionEnd",
];

/// The tools of Claude Code whose use is reported.
const CLAUDE_TOOLS: &str = "Edit|Write|MultiEdit|NotebookEdit|Bash";

/// The hooks of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookSet {
    agent: Agent,
    events: &'static [&'static str],
    command: String,
}

impl HookSet {
    /// Returns the hooks of an agent; none if it has none that we use.
    pub fn new(agent: Agent, home: &CompanionHome) -> Option<Self> {
        let events = match agent {
            Agent::ClaudeCode => CLAUDE,
            Agent::Codex => CODEX,
            Agent::Cursor => CURSOR,
            _ => return None,
        };
        // Codex asks a person about every command that it has not seen, so that this text must not change.
        let command = format!("{} hook {agent}", quoted(&home.program("covibe-local")));
        Some(Self { agent, events, command })
    }

    /// Writes the hooks into a file. Those of others stay, and older ones of ours are replaced.
    ///
    /// # Errors
    ///
    /// A refusal if `hooks` is not an object, or an event in it not a list.
    pub fn set(&self, file: &JsonFile) -> Result<(), Refusal> {
        let is_flat = self.agent == Agent::Cursor;
        if is_flat && file.get(&[], "version")?.is_none() {
            file.set(&[], "version", &json!(1))?;
        }
        let hooks = file.create_object(&["hooks"])?;
        let names = hooks.properties().into_iter().filter_map(|it| it.decoded_name());
        for name in names.filter(|name| !self.events.contains(&name.as_str())) {
            strip_event(file, &name)?;
        }
        for event in self.events {
            let wanted = self.wanted(event);
            let list = event_list(file, event)?;
            if list.as_ref().is_some_and(|list| has_exactly(list, &wanted)) {
                continue;
            }
            strip_event(file, event)?;
            let list = file.create_object(&["hooks"])?.array_value_or_set(event);
            list.ensure_multiline();
            list.append(super::edit::input(&wanted));
        }
        Ok(())
    }

    /// Returns the events without their hook.
    ///
    /// # Errors
    ///
    /// Those of [`HookSet::set`].
    pub fn missing_events(&self, file: &JsonFile) -> Result<Vec<&'static str>, Refusal> {
        let mut absent = Vec::new();
        for event in self.events {
            let list = event_list(file, event)?;
            if !list.is_some_and(|list| has_exactly(&list, &self.wanted(event))) {
                absent.push(*event);
            }
        }
        Ok(absent)
    }

    /// Returns the element of an event's list.
    fn wanted(&self, event: &str) -> Value {
        if self.agent == Agent::Cursor {
            return json!({ "command": self.command });
        }
        let mut hook = json!({ "type": "command", "command": self.command, "timeout": TIMEOUT });
        if self.agent == Agent::ClaudeCode && event == "PostToolUse" {
            hook["async"] = json!(true);
            return json!({ "matcher": CLAUDE_TOOLS, "hooks": [hook] });
        }
        json!({ "hooks": [hook] })
    }
}

/// Removes all our hooks from a file, and the lists and objects that become empty by that.
///
/// # Errors
///
/// Those of [`HookSet::set`].
pub fn strip_hooks(file: &JsonFile) -> Result<(), Refusal> {
    let Some(hooks) = file.object(&["hooks"])? else { return Ok(()) };
    for name in hooks.properties().into_iter().filter_map(|it| it.decoded_name()) {
        strip_event(file, &name)?;
    }
    Ok(())
}

/// Returns whether a command is one of our hooks, wherever our program lies.
pub fn is_our_hook(command: &str) -> bool {
    let (program, rest) = match command.strip_prefix('"') {
        Some(rest) => rest.split_once('"').unwrap_or((rest, "")),
        None => command
            .split_once(' ')
            .map_or((command, ""), |(program, _)| (program, &command[program.len()..])),
    };
    program.ends_with("/covibe-local") && rest.trim_start().starts_with("hook ")
}

fn event_list(file: &JsonFile, event: &str) -> Result<Option<CstArray>, Refusal> {
    let Some(hooks) = file.object(&["hooks"])? else { return Ok(None) };
    let Some(member) = hooks.get(event) else { return Ok(None) };
    let list = member.array_value();
    list.map(Some)
        .ok_or_else(|| Refusal::new(format!("has hooks of `{event}` that are not a list")))
}

/// Removes our hooks from an event.
fn strip_event(file: &JsonFile, event: &str) -> Result<(), Refusal> {
    let Some(list) = event_list(file, event)? else { return Ok(()) };
    let mut is_changed = false;
    for element in list.elements() {
        let Some(object) = element.as_object() else { continue };
        let inner = object.array_value("hooks");
        for hook in inner.iter().flat_map(CstArray::elements).filter(is_ours) {
            hook.remove();
            is_changed = true;
        }
        let is_empty = is_changed && inner.is_some_and(|inner| inner.elements().is_empty());
        if is_empty || is_ours(&element) {
            element.remove();
            is_changed = true;
        }
    }
    if is_changed && list.elements().is_empty() {
        file.remove(&["hooks"], event)?;
    }
    Ok(())
}

fn is_ours(hook: &CstNode) -> bool {
    let value = hook.to_serde_value();
    value.is_some_and(|it| it["command"].as_str().is_some_and(is_our_hook))
}

/// Returns whether a list has our hook once, as it is wanted.
fn has_exactly(list: &CstArray, wanted: &Value) -> bool {
    let elements: Vec<_> = list.elements().iter().filter_map(CstNode::to_serde_value).collect();
    let count = elements.iter().flat_map(commands).filter(|command| is_our_hook(command)).count();
    let is_wanted = |element: &Value| match wanted["hooks"].get(0) {
        Some(hook) => {
            let has_hook = element["hooks"].as_array().is_some_and(|hooks| hooks.contains(hook));
            has_hook && element.get("matcher") == wanted.get("matcher")
        }
        None => element == wanted,
    };
    count == 1 && elements.iter().any(is_wanted)
}

/// Returns the commands of an element, in both shapes.
fn commands(element: &Value) -> impl Iterator<Item = &str> {
    let inner = element["hooks"].as_array().into_iter().flatten();
    inner.chain([element]).filter_map(|hook| hook["command"].as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> CompanionHome {
        CompanionHome::at("/home/ada/.covibe")
    }

    fn set(agent: Agent, text: &str) -> JsonFile {
        let file = JsonFile::parse(text.as_bytes()).unwrap();
        HookSet::new(agent, &home()).unwrap().set(&file).unwrap();
        file
    }

    #[test]
    fn setting_hooks_is_idempotent_and_keeps_foreign_hooks() {
        for (agent, foreign) in [
            (Agent::ClaudeCode, json!({ "hooks": [{ "type": "command", "command": "say" }] })),
            (Agent::Codex, json!({ "matcher": "x", "hooks": [{ "command": "say" }] })),
            (Agent::Cursor, json!({ "command": "say" })),
        ] {
            let hooks = HookSet::new(agent, &home()).unwrap();
            let event = hooks.events[0];
            let before = json!({ "a": 1, "version": 1, "hooks": { event: [foreign] } }).to_string();
            let file = set(agent, &before);
            assert_eq!(hooks.missing_events(&file).unwrap(), Vec::<&str>::new());
            assert_eq!(file.value()["hooks"][event][0], foreign);
            assert_eq!(file.value()["hooks"][event].as_array().unwrap().len(), 2);
            let bytes = file.to_bytes();
            let again = set(agent, std::str::from_utf8(&bytes).unwrap());
            assert_eq!(again.to_bytes(), bytes);
            strip_hooks(&again).unwrap();
            assert_eq!(again.value().to_string(), before);
        }
    }

    #[test]
    fn claude_code_hooks_include_no_worktree_events_and_match_edit_tools() {
        let text = String::from_utf8(set(Agent::ClaudeCode, "").to_bytes()).unwrap();
        assert!(!text.contains("Worktree"), "{text}");
        let file = set(Agent::ClaudeCode, &text);
        let tool = &file.value()["hooks"]["PostToolUse"][0];
        assert_eq!(
            (tool["matcher"].as_str(), &tool["hooks"][0]["async"]),
            (Some(CLAUDE_TOOLS), &json!(true))
        );
    }

    #[test]
    fn an_older_hook_of_ours_is_replaced() {
        let old = r#"{"hooks": {"Stop": [{"hooks": [
            {"command": "say"}, {"command": "\"/old/.covibe/bin/covibe-local\" hook claude-code"}]}],
            "Notification": [{"hooks": [{"command": "/old/covibe-local hook claude-code"}]}]}}"#;
        let value = set(Agent::ClaudeCode, old).value();
        assert_eq!(value["hooks"]["Stop"][0]["hooks"], json!([{ "command": "say" }]));
        assert_eq!(value["hooks"]["Stop"].as_array().unwrap().len(), 2);
        assert!(value["hooks"].get("Notification").is_none());
    }

    #[test]
    fn hooks_of_an_unknown_structure_are_refused() {
        for text in [r#"{"hooks": []}"#, r#"{"hooks": {"Stop": {}}}"#, r#"{"hooks": 1}"#] {
            let file = JsonFile::parse(text.as_bytes()).unwrap();
            assert!(
                HookSet::new(Agent::ClaudeCode, &home()).unwrap().set(&file).is_err(),
                "{text}"
            );
        }
    }
}
