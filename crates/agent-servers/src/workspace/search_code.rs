//! `search_code`.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounded_texts::{Lines, MAX_TEXTS, escape_to_one_line};
use super::context::WorkspaceContext;
use super::search::{Hit, Ignoring, MAX_HITS, Query, StopConditions, Walk};
use crate::untrusted_text::framed;

/// Search the workspace's text files line by line. Leaves out ignored and binary files, and links.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) struct SearchCode {
    /// A regular expression as in ripgrep, without look-around; `(?i)` ignores case.
    #[schemars(length(min = 1, max = 1000), example = &"fn \\w+_user\\b")]
    pattern: String,
    /// A folder or file; default: the root.
    #[serde(default)]
    #[schemars(length(max = 4096), example = &"src")]
    path: Option<String>,
    /// A glob as in find_files; default: all files.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000), example = &"*.rs")]
    glob: Option<String>,
}

/// The lines that match.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SearchHits {
    /// The number of lines that match; the search ends at about 1,000.
    total: usize,
    /// The number of files with such lines.
    files: usize,
    /// The number of lines that are listed.
    listed: usize,
    /// True if some are not listed: narrow the pattern, path or glob.
    truncated: bool,
    /// Lines as `path:line: text`, marked as untrusted.
    hits: String,
}

impl Operation<WorkspaceContext> for SearchCode {
    const SPEC: Spec = Spec::read("search_code", Route::NONE);

    type Output = SearchHits;

    async fn run(self, cx: &WorkspaceContext) -> Result<SearchHits, Failure> {
        let query = Query::new(&self.pattern, self.glob.as_deref())?;
        let start = cx.root().read_path(self.path.as_deref().unwrap_or_default())?;
        let root = cx.root().clone();
        let walk = Walk { root, start, depth: usize::MAX, ignoring: Ignoring::On };
        cx.blocking(move |stop| Ok(answer(query.run(&walk, stop)?, stop))).await
    }
}

fn answer(mut hits: Vec<Hit>, stop: &StopConditions) -> SearchHits {
    hits.sort_unstable();
    hits.truncate(MAX_HITS);
    let mut lines = Lines::new(MAX_TEXTS);
    let line = |hit: &Hit| format!("{}:{}: {}", escape_to_one_line(&*hit.path), hit.line, hit.text);
    let _ = hits.iter().all(|hit| lines.push(&line(hit)));
    SearchHits {
        total: hits.len(),
        files: hits.chunk_by(|a, b| a.path == b.path).count(),
        listed: lines.count,
        truncated: lines.count < hits.len() || stop.has_stopped(),
        hits: framed("lines of files", lines.text(), "narrow the search"),
    }
}
