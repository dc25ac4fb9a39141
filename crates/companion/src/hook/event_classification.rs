//! Tells which agent an event is from, and what happened.

use std::env;
use std::str::FromStr;

use super::payload::{Occurrence, Payload};
use crate::files_without_fsync;
use crate::inbox::Event;

/// The harness that a hook is installed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harness {
    /// Claude Code.
    ClaudeCode,
    /// OpenAI Codex.
    Codex,
    /// Cursor.
    Cursor,
    /// Another one, which passes the documented object.
    Generic,
}

impl Harness {
    /// Returns its word, as in `covibe-local hook codex`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::Cursor => "cursor",
            Self::Generic => "generic",
        }
    }
}

impl FromStr for Harness {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::ClaudeCode, Self::Codex, Self::Cursor, Self::Generic];
        all.into_iter()
            .find(|harness| harness.as_str() == text)
            .ok_or_else(|| format!("there is no harness {text:?}"))
    }
}

/// Reads what Claude Code, Codex or Cursor passes.
pub(super) fn parse(harness: Harness, text: &[u8]) -> Option<Occurrence> {
    let payload: Payload<'_> = serde_json::from_slice(text).ok()?;
    let is_cursor = payload.is_from_cursor() || env::var_os("CURSOR_VERSION").is_some();
    let agent = match harness {
        Harness::Codex => Harness::Codex,
        _ if is_cursor => Harness::Cursor,
        other => other,
    };
    let event = event(&payload, harness)?;
    let session = payload.session()?;
    let key = key(agent, &session, event, &payload);
    let has_transcript = matches!(agent, Harness::ClaudeCode | Harness::Codex);
    Some(Occurrence {
        agent: agent.as_str().to_owned(),
        event,
        key,
        model: payload.model(),
        places: payload.places(),
        transcript: payload.transcript().filter(|_| has_transcript),
        tokens: None,
        session,
    })
}

fn event(payload: &Payload<'_>, harness: Harness) -> Option<Event> {
    let name = payload.event_name()?;
    Some(match name.to_ascii_lowercase().as_str() {
        "sessionstart" => Event::Start,
        "userpromptsubmit" | "beforesubmitprompt" => Event::Prompt,
        "stop" | "stopfailure" | "subagentstop" | "interrupt" => Event::Stop,
        "sessionend" => Event::End,
        "afterfileedit" => Event::Edit,
        "aftershellexecution" => Event::Shell,
        "aftermcpexecution" => Event::Mcp,
        // Cursor has events of their own for edits, commands and MCP.
        "posttooluse" if harness == Harness::Cursor => {
            Some(tool(&payload.tool_name())).filter(|event| *event == Event::Tool)?
        }
        "posttooluse" => tool(&payload.tool_name()),
        _ => return None,
    })
}

/// Returns the kind of a tool by its name.
fn tool(name: &str) -> Event {
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "edit" | "write" | "multiedit" | "notebookedit" | "apply_patch" | "strreplace"
        | "write_file" | "replace" | "edit_file" | "search_replace" => Event::Edit,
        "bash" | "shell" | "local_shell" | "exec_command" | "run_terminal_cmd"
        | "run_shell_command" => Event::Shell,
        _ if lower.starts_with("mcp__") || lower.starts_with("mcp:") => Event::Mcp,
        _ => Event::Tool,
    }
}

/// Returns what identifies an event whichever harness reports it; none where the harness does not say enough.
fn key(agent: Harness, session: &str, event: Event, payload: &Payload<'_>) -> Option<String> {
    let (generation, tool_use) = (payload.generation(), payload.tool_use());
    let id = match event {
        Event::Edit | Event::Shell | Event::Mcp | Event::Tool => tool_use?,
        _ => generation?,
    };
    let agent = agent.as_str();
    Some(files_without_fsync::tag(format!("{agent}\0{session}\0{event:?}\0{id}").as_bytes()))
}
