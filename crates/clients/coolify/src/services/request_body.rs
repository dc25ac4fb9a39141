//! The common parts of the bodies of creations and patches.

use std::fmt;

use serde_json::{Value, json};

/// Returns compose services with their comma-separated URLs as Coolify takes them; an empty text
/// clears.
pub(super) fn urls(urls: &[(String, String)]) -> Value {
    urls.iter().map(|(name, url)| json!({ "name": name, "url": url })).collect()
}

/// The `Debug` of a compose file, without its text.
pub(super) struct Unshown;

impl fmt::Debug for Unshown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
