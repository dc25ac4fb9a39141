//! The input that harnesses pass on stdin. A member that has another type than usual is as if it were missing.

use std::path::PathBuf;

use covibe_domain::companion::TokenCounts;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::inbox::Event;

/// An event, and its place.
pub(super) struct Occurrence {
    pub(super) agent: String,
    pub(super) session: String,
    pub(super) event: Event,
    pub(super) key: Option<String>,
    pub(super) model: Option<String>,
    /// The paths that can say which repository it is, the best first.
    pub(super) places: Vec<PathBuf>,
    pub(super) transcript: Option<PathBuf>,
    pub(super) tokens: Option<TokenCounts>,
}

/// The members that are read; prompts, commands and texts of files are skipped by the parser.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Payload<'a> {
    #[serde(borrow)]
    session_id: Option<&'a RawValue>,
    conversation_id: Option<&'a RawValue>,
    prompt_id: Option<&'a RawValue>,
    turn_id: Option<&'a RawValue>,
    generation_id: Option<&'a RawValue>,
    tool_use_id: Option<&'a RawValue>,
    hook_event_name: Option<&'a RawValue>,
    cursor_version: Option<&'a RawValue>,
    workspace_roots: Option<&'a RawValue>,
    cwd: Option<&'a RawValue>,
    model: Option<&'a RawValue>,
    tool_name: Option<&'a RawValue>,
    tool_input: Option<&'a RawValue>,
    file_path: Option<&'a RawValue>,
    transcript_path: Option<&'a RawValue>,
}

/// The members of a tool's input that are read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ToolInput<'a> {
    #[serde(borrow)]
    file_path: Option<&'a RawValue>,
    notebook_path: Option<&'a RawValue>,
    path: Option<&'a RawValue>,
}

fn text(value: Option<&RawValue>) -> Option<String> {
    let text: String = serde_json::from_str(value?.get()).ok()?;
    (!text.is_empty() && text.len() <= 4096).then_some(text)
}

impl Payload<'_> {
    /// Returns whether Cursor passed it. It also runs the hooks of Claude Code.
    pub(super) fn is_from_cursor(&self) -> bool {
        self.conversation_id.is_some()
            || self.cursor_version.is_some()
            || self.workspace_roots.is_some()
    }

    pub(super) fn session(&self) -> Option<String> {
        text(self.conversation_id).or_else(|| text(self.session_id))
    }

    pub(super) fn event_name(&self) -> Option<String> {
        text(self.hook_event_name)
    }

    pub(super) fn tool_name(&self) -> String {
        text(self.tool_name).unwrap_or_default()
    }

    /// Returns what identifies the turn.
    pub(super) fn generation(&self) -> Option<String> {
        text(self.generation_id).or_else(|| text(self.prompt_id)).or_else(|| text(self.turn_id))
    }

    pub(super) fn tool_use(&self) -> Option<String> {
        text(self.tool_use_id)
    }

    pub(super) fn model(&self) -> Option<String> {
        text(self.model).and_then(|model| bounded_name(&model, 64))
    }

    pub(super) fn transcript(&self) -> Option<PathBuf> {
        text(self.transcript_path).map(PathBuf::from)
    }

    /// Returns the edited file, the working directory and the folders of the editor, as far as they are known.
    pub(super) fn places(&self) -> Vec<PathBuf> {
        let input =
            self.tool_input.and_then(|raw| serde_json::from_str::<ToolInput<'_>>(raw.get()).ok());
        let input = input.unwrap_or_default();
        let edited = [self.file_path, input.file_path, input.notebook_path, input.path];
        let cwd = text(self.cwd).map(PathBuf::from);
        let base = cwd.clone().unwrap_or_default();
        let roots = self.workspace_roots.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let roots: Vec<String> = roots.unwrap_or_default();
        let mut places: Vec<PathBuf> =
            edited.into_iter().filter_map(text).map(|file| base.join(file)).collect();
        places.extend(cwd);
        places.extend(roots.into_iter().take(8).map(PathBuf::from));
        places.retain(|path| path.is_absolute());
        places
    }
}

/// Returns a name without control characters, cut to a length.
pub(super) fn bounded_name(name: &str, length: usize) -> Option<String> {
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(length).collect();
    (!name.is_empty()).then_some(name)
}
