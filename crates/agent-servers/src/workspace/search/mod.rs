//! A walk through the workspace on several threads, which honours ignore files.
//!
//! Folders and files are opened by their names in the handle of the folder that has them, and never through a link: what
//! is moved or replaced meanwhile leads nowhere.

mod early_stop;
mod ignore_files;
mod query;
mod walk;
mod work_queue;

use covibe_domain::Failure;
use globset::{GlobBuilder, GlobMatcher};

pub(super) use early_stop::StopConditions;
pub(super) use query::{Hit, Query};
pub(super) use walk::{Finding, Ignoring, Kind, Walk};

/// The maximum number of hits of a search.
pub(super) const MAX_HITS: usize = 1000;

/// Reads a glob; `*` does not match a slash, and one without a slash matches names in every folder.
pub(super) fn file_glob(text: &str) -> Result<GlobMatcher, Failure> {
    let text = text.trim_start_matches("./").trim_start_matches('/');
    let anywhere = format!("**/{text}");
    let glob = GlobBuilder::new(if text.contains('/') { text } else { &anywhere })
        .literal_separator(true)
        .build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| {
        Failure::invalid(format!("The glob cannot be read: {}.", error.kind()))
            .hint("Examples: `*.rs`, `src/**/*.ts`, `docs/*.{md,txt}`.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_without_a_slash_matches_in_every_folder() {
        let matches = |glob: &str, path: &str| file_glob(glob).unwrap().is_match(path);
        assert!(matches("*.rs", "a.rs") && matches("*.rs", "a/b/c.rs"));
        assert!(matches("src/**/*.rs", "src/a/b.rs") && !matches("src/*.rs", "src/a/b.rs"));
        assert!(matches("./src/*.rs", "src/b.rs") && !matches("src/*.rs", "x/src/b.rs"));
        assert!(file_glob("a[").is_err());
    }
}
