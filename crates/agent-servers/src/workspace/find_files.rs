//! `find_files`.

use std::path::PathBuf;

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounded_texts::{Lines, MAX_TEXTS, escape_to_one_line};
use super::context::WorkspaceContext;
use super::files::Inside;
use super::search::{Ignoring, Kind, MAX_HITS, StopConditions, Walk, file_glob};
use crate::untrusted_text::framed;

/// Find files in the workspace by a glob of their paths. Leaves out ignored files; does not follow links.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) struct FindFiles {
    /// Such as `**/*.rs` or `docs/*.{md,txt}`; without a slash, it matches names in every folder.
    #[schemars(length(min = 1, max = 1000), example = &"src/**/*.rs")]
    glob: String,
}

/// The files that match.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FoundFiles {
    /// The number of files that match; at most 1,000 are looked for.
    total: usize,
    /// The number of those that are listed.
    listed: usize,
    /// True if some are not listed: narrow the glob.
    truncated: bool,
    /// Their paths below the root, marked as untrusted.
    files: String,
}

impl Operation<WorkspaceContext> for FindFiles {
    const SPEC: Spec = Spec::read("find_files", Route::NONE);

    type Output = FoundFiles;

    async fn run(self, cx: &WorkspaceContext) -> Result<FoundFiles, Failure> {
        let glob = file_glob(&self.glob)?;
        let root = cx.root().clone();
        let walk = Walk { root, start: Inside::root(), depth: usize::MAX, ignoring: Ignoring::On };
        cx.blocking(move |stop| {
            let parts = walk.run(stop, Vec::new, |paths: &mut Vec<PathBuf>, entry| {
                if matches!(entry.kind, Kind::File | Kind::Link) && glob.is_match(&entry.path) {
                    paths.push(entry.path.clone());
                    stop.note_finding(MAX_HITS);
                }
            })?;
            Ok(answer(parts.into_iter().flatten().collect(), stop))
        })
        .await
    }
}

fn answer(mut paths: Vec<PathBuf>, stop: &StopConditions) -> FoundFiles {
    paths.sort_unstable();
    paths.truncate(MAX_HITS);
    let mut lines = Lines::new(MAX_TEXTS);
    let _ = paths.iter().all(|path| lines.push(&escape_to_one_line(path)));
    FoundFiles {
        total: paths.len(),
        listed: lines.count,
        truncated: lines.count < paths.len() || stop.has_stopped(),
        files: framed("names of files", lines.text(), "narrow the glob"),
    }
}
