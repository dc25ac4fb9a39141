//! `list_memory`.

use covibe_domain::{Failure, Timestamp};
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PlatformContext;
use super::memory::{Filter, MAX_TAG, MatchingNotes, Numbered};
use super::text_parts::brief;
use crate::untrusted_text::{MAX_FRAMED_JSON, json_size};

/// The size of all notes of an answer, in bytes.
const ALL: usize = 20 * 1024;

/// The minimum size of the part of a long note in an answer, in bytes.
const LEAST: usize = 1024;

/// The number of files that were set aside and are named.
const MAX_ASIDE: usize = 10;

/// The advice to narrow the request.
const NARROWER: &str = "a query with words from the missing part returns it";

/// List saved notes, the newest first. A long note is shortened to the part with the query's first word.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) struct ListMemory {
    /// Only notes with this tag.
    #[serde(default)]
    #[schemars(length(min = 1, max = MAX_TAG), example = &"deploy")]
    tag: Option<String>,
    /// Only notes with all of these words, in any case.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200), example = &"shop port")]
    query: Option<String>,
}

/// The notes that match.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Memories")]
pub(super) struct Memories {
    /// The notes, newest first.
    entries: Vec<Memory>,
    /// The number of notes that match.
    total: usize,
    /// True if some of them are left out here.
    truncated: bool,
    /// Files of notes that could not be read, under their current names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    set_aside: Vec<String>,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Ask for a tag or a query.")]
    hint: Option<String>,
}

/// A note.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Memory {
    /// Its number: later notes have higher ones.
    id: u64,
    /// When it was saved.
    saved_at: Timestamp,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    /// Its content.
    #[schemars(example = &"The shop runs on port 8080.")]
    content: String,
}

impl Operation<PlatformContext> for ListMemory {
    const SPEC: Spec = Spec::read("list_memory", Route::NONE);

    type Output = Memories;

    async fn run(self, cx: &PlatformContext) -> Result<Memories, Failure> {
        let filter = Filter::new(self.tag.as_deref(), self.query.as_deref());
        let MatchingNotes { entries, total, mut set_aside } =
            cx.memory().find(filter.clone()).await?;
        let entries = fit_notes(entries, &filter);
        let truncated = entries.len() < total;
        let hint = hint(truncated, set_aside.len());
        set_aside.truncate(MAX_ASIDE);
        Ok(Memories { entries, total, truncated, set_aside, hint })
    }
}

fn hint(truncated: bool, aside: usize) -> Option<String> {
    let damaged = format!(
        "{aside} files of notes could not be read. They are kept under the names in `setAside`, \
         in the `memory` folder of this session; tell the person."
    );
    let more = "Older notes are left out: ask for a tag or a query.".to_owned();
    (aside > 0).then_some(damaged).or(truncated.then_some(more))
}

/// Returns as many notes as fit into an answer, and of long ones a part.
fn fit_notes(found: Vec<Numbered>, filter: &Filter) -> Vec<Memory> {
    let share = (ALL / found.len().max(1)).max(LEAST);
    let (mut entries, mut size) = (Vec::new(), 0);
    for each in found {
        let memory = memory(each, filter, share);
        size += json_size(&memory.content) + json_size_without_content(&memory.tags);
        if size > MAX_FRAMED_JSON && !entries.is_empty() {
            break;
        }
        entries.push(memory);
    }
    entries
}

/// Returns the size of a note's other members in JSON.
fn json_size_without_content(tags: &[String]) -> usize {
    tags.iter().map(|tag| json_size(tag) + 1).sum::<usize>() + 90
}

/// Shows a note in about `max` bytes.
fn memory(Numbered { id, entry }: Numbered, filter: &Filter, max: usize) -> Memory {
    let budget = MAX_FRAMED_JSON - json_size_without_content(&entry.tags);
    let content =
        brief("a note", budget, |most| filter.part(&entry.content, most.min(max), NARROWER));
    Memory { id, saved_at: entry.saved_at, tags: entry.tags, content }
}
