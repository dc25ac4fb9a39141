//! A pattern, searched in all files of a walk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use covibe_domain::Failure;
use globset::GlobMatcher;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::sinks::Lossy;
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder};

use super::early_stop::StopConditions;
use super::walk::{Finding, Kind, Walk};
use super::{MAX_HITS, file_glob};
use crate::workspace::files::{failure, open_regular};

/// The maximum size of a compiled pattern, in bytes.
const MAX_PATTERN: usize = 10 * 1024 * 1024;

/// The maximum number of characters of a line that are shown.
const MAX_LINE: usize = 300;

/// The maximum memory for one line, in bytes: a file with a longer one is searched up to there.
const MAX_HEAP: usize = 16 * 1024 * 1024;

/// A line that matches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::workspace) struct Hit {
    /// The file's path below the root.
    pub(in crate::workspace) path: Arc<Path>,
    /// The line's number, from 1.
    pub(in crate::workspace) line: u64,
    /// Its text, or the beginning of it.
    pub(in crate::workspace) text: String,
}

/// A pattern, and the files to search.
#[derive(Debug)]
pub(in crate::workspace) struct Query {
    matcher: RegexMatcher,
    glob: Option<GlobMatcher>,
}

/// The searcher and the hits of one thread.
struct Work {
    searcher: Searcher,
    hits: Vec<Hit>,
}

impl Query {
    /// Reads a pattern and a glob.
    pub(in crate::workspace) fn new(pattern: &str, glob: Option<&str>) -> Result<Self, Failure> {
        let matcher = RegexMatcherBuilder::new()
            .line_terminator(Some(b'\n'))
            .size_limit(MAX_PATTERN)
            .dfa_size_limit(MAX_PATTERN)
            .build(pattern)
            .map_err(|error| unreadable(&error))?;
        Ok(Self { matcher, glob: glob.map(file_glob).transpose()? })
    }

    /// Searches the files of a walk, or the one file at its start.
    pub(in crate::workspace) fn run(
        &self,
        walk: &Walk,
        stop: &StopConditions,
    ) -> Result<Vec<Hit>, Failure> {
        let handle = walk.root.handle();
        let start = handle.metadata(walk.start.for_handle());
        if start.map_err(|error| failure(&error, &walk.start))?.is_dir() {
            let parts = walk.run(stop, Work::new, |work, found| self.visit(work, found, stop))?;
            return Ok(parts.into_iter().flat_map(|work| work.hits).collect());
        }
        let mut work = Work::new();
        let file = walk.root.file(&walk.start)?;
        self.search(&mut work, file, walk.start.as_path().to_path_buf(), stop);
        Ok(work.hits)
    }

    fn visit(&self, work: &mut Work, found: &Finding<'_>, stop: &StopConditions) {
        let is_wanted = |glob: &GlobMatcher| glob.is_match(&found.path);
        if found.kind != Kind::File || !self.glob.as_ref().is_none_or(is_wanted) {
            return;
        }
        // It is gone, or something else by now.
        if let Ok(Some(file)) = open_regular(found.folder, Path::new(&found.name), false) {
            self.search(work, file, found.path.clone(), stop);
        }
    }

    fn search(
        &self,
        work: &mut Work,
        file: cap_std::fs::File,
        path: PathBuf,
        stop: &StopConditions,
    ) {
        let (hits, path) = (&mut work.hits, &mut PathOnce::Not(path));
        let sink = Lossy(|line, text| {
            hits.push(Hit { path: path.get(), line, text: shortened(text) });
            stop.note_finding(MAX_HITS);
            Ok(!stop.is_due())
        });
        // A file that cannot be read to its end has the hits that were found until then.
        let _ = work.searcher.search_reader(&self.matcher, file.into_std(), sink);
    }
}

impl Work {
    fn new() -> Self {
        let searcher = SearcherBuilder::new()
            .binary_detection(BinaryDetection::quit(0))
            .heap_limit(Some(MAX_HEAP))
            .build();
        Self { searcher, hits: Vec::new() }
    }
}

/// A path that is shared once there is a hit: most files have none.
enum PathOnce {
    Not(PathBuf),
    Shared(Arc<Path>),
}

impl PathOnce {
    fn get(&mut self) -> Arc<Path> {
        if let Self::Not(path) = self {
            *self = Self::Shared(Arc::from(std::mem::take(path)));
        }
        match self {
            Self::Shared(path) => Arc::clone(path),
            Self::Not(path) => Arc::from(path.as_path()),
        }
    }
}

fn shortened(text: &str) -> String {
    let text = text.trim_end_matches(['\n', '\r']);
    let mut chars = text.char_indices();
    match chars.nth(MAX_LINE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn unreadable(error: &grep_regex::Error) -> Failure {
    let message = match error.kind() {
        grep_regex::ErrorKind::NotAllowed(_) => {
            "The pattern matches line breaks, but a search works line by line."
        }
        _ => "The pattern is not a regular expression, or is too large.",
    };
    Failure::invalid(message).hint(
        "The syntax is that of ripgrep: no look-around, no back-references; escape ( ) [ ] { } . \
         * + ? | ^ $ \\ with a backslash.",
    )
}
