//! `save_memory`.

use covibe_domain::{Failure, Timestamp};
use covibe_operation::{Operation, Route, Spec, excerpt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PlatformContext;
use super::memory::{Entry, MAX_CONTENT, MAX_ENTRIES, MAX_TAG, MAX_TAGS, Numbered};
use super::text_parts::brief;

/// The size of a removed note in an answer, in bytes of JSON, and the maximum number of such notes.
const MAX_TOLD: usize = 6 * 1024;
const MAX_REMOVED: usize = 3;

/// Save a note that later conversations find with list_memory. At most 1,000 notes are kept: saving another removes the
/// oldest, which the answer then contains.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) struct SaveMemory {
    /// The note, at most 64 KiB. No passwords or keys.
    #[schemars(length(min = 1, max = MAX_CONTENT), example = &"The shop runs on port 8080.")]
    content: String,
    /// Words to find it by.
    #[serde(default)]
    #[schemars(length(max = MAX_TAGS), inner(length(min = 1, max = MAX_TAG)), example = &["deploy"])]
    tags: Vec<String>,
}

/// The note was saved.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SavedMemory")]
pub(super) struct SavedMemory {
    /// Its number: later notes have higher ones.
    id: u64,
    /// When it was saved.
    saved_at: Timestamp,
    /// The number of notes now.
    total: usize,
    /// The oldest notes, which were removed to make room, at most three of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    removed: Vec<RemovedMemory>,
    /// Files of notes that could not be read, under their current names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    set_aside: Vec<String>,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Save a removed note again if it still matters.")]
    hint: Option<String>,
}

/// A note that was removed.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RemovedMemory {
    /// Its number.
    id: u64,
    /// When it was saved.
    saved_at: Timestamp,
    /// Its tags.
    tags: Vec<String>,
    /// Its content; if it is long, only the beginning and the end.
    #[schemars(example = &"The shop runs on port 8080.")]
    content: String,
}

impl Operation<PlatformContext> for SaveMemory {
    const SPEC: Spec = Spec::write("save_memory", Route::NONE);

    type Output = SavedMemory;

    async fn run(self, cx: &PlatformContext) -> Result<SavedMemory, Failure> {
        let entry = Entry::new(Timestamp::now(), &self.tags, self.content)?;
        let saved_at = entry.saved_at;
        let saved = cx.memory().save(entry).await?;
        let hint = hint(saved.removed.len());
        let removed = saved.removed.into_iter().take(MAX_REMOVED).map(removed).collect();
        let mut set_aside = saved.set_aside;
        set_aside.truncate(MAX_REMOVED);
        Ok(SavedMemory { id: saved.id, saved_at, total: saved.total, removed, set_aside, hint })
    }
}

fn hint(removed: usize) -> Option<String> {
    let hint = format!(
        "{removed} of the oldest notes were removed, because only {MAX_ENTRIES} are kept. Save a \
         removed note again if it still matters, or one note that sums up several."
    );
    (removed > 0).then_some(hint)
}

fn removed(Numbered { id, entry }: Numbered) -> RemovedMemory {
    let Entry { saved_at, tags, content } = entry;
    let content = brief("a removed note", MAX_TOLD, |max| {
        excerpt(content.clone(), max, "the rest is gone").text
    });
    RemovedMemory { id, saved_at, tags, content }
}
