//! `list_directory`.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounded_texts::{Lines, MAX_TEXTS, escape_to_one_line};
use super::context::WorkspaceContext;
use super::files::Inside;
use super::search::{Finding, Ignoring, Kind, StopConditions, Walk};
use crate::untrusted_text::framed;

/// The maximum number of entries that are read.
const MAX_ENTRIES: usize = 20_000;

/// List a folder in the workspace. Leaves out .git's content and, below the first level, ignored files.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) struct ListDirectory {
    /// Relative to the root; default: the root.
    #[serde(default)]
    #[schemars(length(max = 4096), example = &"src")]
    path: Option<String>,
    /// The folder levels; default 1.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10), example = 2)]
    depth: Option<usize>,
}

/// The entries of a folder.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listing {
    /// The path below the root.
    #[schemars(example = &"src")]
    path: String,
    /// The number of entries.
    total: usize,
    /// The number of those that are listed.
    listed: usize,
    /// True if some are not listed: list a subfolder, or fewer levels.
    truncated: bool,
    /// The entries by path, marked as untrusted.
    entries: String,
}

impl Operation<WorkspaceContext> for ListDirectory {
    const SPEC: Spec = Spec::read("list_directory", Route::NONE);

    type Output = Listing;

    async fn run(self, cx: &WorkspaceContext) -> Result<Listing, Failure> {
        let path = cx.root().read_path(self.path.as_deref().unwrap_or_default())?;
        let depth = self.depth.unwrap_or(1);
        let ignoring = if depth > 1 { Ignoring::On } else { Ignoring::Off };
        let walk = Walk { root: cx.root().clone(), start: path.clone(), depth, ignoring };
        cx.blocking(move |stop| Ok(listing(&path, &entries(&walk, stop)?, stop))).await
    }
}

/// Returns a line for each entry, by their paths.
fn entries(walk: &Walk, stop: &StopConditions) -> Result<Vec<String>, Failure> {
    let start = walk.start.as_path();
    let parts = walk.run(stop, Vec::new, |lines: &mut Vec<_>, entry| {
        let path = entry.path.strip_prefix(start).unwrap_or(&entry.path);
        lines.push((path.to_path_buf(), line(&escape_to_one_line(path), entry)));
        stop.note_finding(MAX_ENTRIES);
    })?;
    let mut all: Vec<_> = parts.into_iter().flatten().collect();
    all.sort_unstable();
    Ok(all.into_iter().map(|(_, line)| line).collect())
}

fn line(path: &str, entry: &Finding<'_>) -> String {
    match entry.kind {
        Kind::Folder => format!("{path}/"),
        Kind::File => {
            let size = entry.folder.symlink_metadata(&entry.name).map(|it| it.len());
            size.map_or_else(|_| path.to_owned(), |size| format!("{path} ({size} bytes)"))
        }
        Kind::Link => format!("{path} (link)"),
        Kind::Special => format!("{path} (device, pipe or socket)"),
    }
}

fn listing(path: &Inside, entries: &[String], stop: &StopConditions) -> Listing {
    let mut lines = Lines::new(MAX_TEXTS);
    let _ = entries.iter().all(|entry| lines.push(entry));
    Listing {
        path: path.text(),
        total: entries.len(),
        listed: lines.count,
        truncated: lines.count < entries.len() || stop.has_stopped(),
        entries: framed(
            &format!("the folder {}", path.text()),
            lines.text(),
            "list a folder below",
        ),
    }
}
