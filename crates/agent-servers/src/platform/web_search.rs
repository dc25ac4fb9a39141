//! `web_search`.

use std::fmt::Write as _;

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use covibe_web_search::{Hit, MAX_HITS, MAX_QUERY};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PlatformContext;
use crate::untrusted_text::{MAX_FRAMED, MAX_FRAMED_JSON, framed, json_size};

/// The number of results for a caller that does not say one.
const DEFAULT_COUNT: usize = 5;

/// Search the web: titles, addresses and snippets. No page is fetched.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) struct WebSearch {
    /// The words to search for.
    #[schemars(length(min = 1, max = MAX_QUERY), example = &"rust cap-std symlink race")]
    query: String,
    /// The number of results; 5 by default.
    #[serde(default)]
    #[schemars(range(min = 1, max = MAX_HITS), example = &5)]
    count: Option<usize>,
}

/// The results, the best first.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WebResults")]
pub(super) struct WebResults {
    /// The number of results here.
    count: usize,
    /// Each with its title, address and snippet.
    #[schemars(example = &"1. The Rust Book\n   https://doc.rust-lang.org/book/")]
    results: String,
    /// True if results are left out because they are too long.
    truncated: bool,
}

impl Operation<PlatformContext> for WebSearch {
    const SPEC: Spec = Spec::read("web_search", Route::NONE);

    type Output = WebResults;

    async fn run(self, cx: &PlatformContext) -> Result<WebResults, Failure> {
        let query = self.query.trim();
        if query.is_empty() || query.contains(char::is_control) {
            return Err(Failure::invalid("`query` must be one line of text."));
        }
        let hits = cx.search().search(query, self.count.unwrap_or(DEFAULT_COUNT)).await?;
        let (results, count) = listing(&hits);
        let source = format!("a search by {}", cx.search().provider());
        let results = framed(&source, &results, "ask for fewer results");
        Ok(WebResults { count, results, truncated: count < hits.len() })
    }
}

/// Returns the lines of as many hits as fit, and how many these are.
fn listing(hits: &[Hit]) -> (String, usize) {
    let mut lines = String::new();
    for (number, hit) in (1..).zip(hits) {
        let title = if hit.title.is_empty() { "(no title)" } else { &hit.title };
        let before = lines.len();
        let _written = write!(lines, "{number}. {title}\n   {}\n", hit.url);
        if !hit.snippet.is_empty() {
            let _written = writeln!(lines, "   {}", hit.snippet);
        }
        if lines.len() > MAX_FRAMED || json_size(&lines) > MAX_FRAMED_JSON {
            lines.truncate(before);
            return (lines, number - 1);
        }
    }
    if hits.is_empty() {
        lines.push_str("(nothing was found)");
    }
    (lines, hits.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_results_that_do_not_fit_are_omitted_entirely() {
        let url = format!("https://example.com/{}", "a".repeat(1_900)).parse().unwrap();
        let hit = Hit { title: "t".repeat(200), url, snippet: "\"".repeat(700) };
        let (lines, count) = listing(&vec![hit; 20]);
        assert!((5..20).contains(&count), "{count}");
        assert!(lines.len() <= MAX_FRAMED && lines.ends_with("\"\n"));
        assert_eq!(listing(&[]), ("(nothing was found)".to_owned(), 0));
    }
}
