//! Hits: results as a provider wrote them, and as callers get them.

use serde_json::Value;
use url::Url;

use crate::text_sanitizer::{link, plain};

/// The maximum size of a title and of a snippet, in bytes.
const TITLE: usize = 200;
const SNIPPET: usize = 700;

/// A page that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its title: one line of at most 200 bytes, which may be empty.
    pub title: String,
    /// Its `http` or `https` address.
    pub url: Url,
    /// A part of it, or a description: one line of at most 700 bytes, which may be empty.
    pub snippet: String,
}

/// A result as a provider wrote it.
pub(crate) struct RawHit<'a> {
    pub(crate) title: &'a Value,
    pub(crate) url: &'a Value,
    pub(crate) snippet: &'a Value,
}

/// Reads the objects of a list, by the names of their three members. Other items are passed over.
pub(crate) fn objects<'a>(
    list: &'a Value,
    [title, url, snippet]: [&'static str; 3],
) -> Option<Vec<RawHit<'a>>> {
    let items = list.as_array()?.iter().filter(|item| item.is_object());
    let read =
        |item: &'a Value| RawHit { title: &item[title], url: &item[url], snippet: &item[snippet] };
    Some(items.map(read).collect())
}

/// Returns a result that has a usable address.
pub(crate) fn hit(listed: &RawHit<'_>) -> Option<Hit> {
    let text = |value: &Value, max| plain(value.as_str().unwrap_or_default(), max);
    let url = link(listed.url.as_str()?)?;
    Some(Hit { title: text(listed.title, TITLE), url, snippet: text(listed.snippet, SNIPPET) })
}
