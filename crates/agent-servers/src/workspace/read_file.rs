//! `read_file`.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounded_texts::{FRAME, Lines, MAX_TEXTS};
use super::context::WorkspaceContext;
use super::files::{Content, Inside, decode};
use crate::untrusted_text::{framed, framed_within, json_size};

/// The size of the part of a file that a call looks at, in bytes.
const MAX_PART: usize = 256 * 1024;

/// Read a text file in the workspace, or part of it. An answer has about 24 KiB: continue at nextOffset.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) struct ReadFile {
    /// Relative to the root.
    #[schemars(length(min = 1, max = 4096), example = &"src/main.rs")]
    path: String,
    /// The first line, from 1; default 1.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100_000_000), example = 1)]
    offset: Option<usize>,
    /// Maximum lines; default: as many as fit.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100_000), example = 200)]
    limit: Option<usize>,
}

/// A part of a file.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FilePart {
    /// The path below the root.
    #[schemars(example = &"src/main.rs")]
    path: String,
    /// The size of the file, in bytes.
    size: usize,
    /// The number of its lines.
    total_lines: usize,
    /// The first line of the content.
    offset: usize,
    /// The number of lines of the content.
    lines: usize,
    /// The offset to continue at, if lines follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_offset: Option<usize>,
    /// True if the file is binary, so that it has no content here.
    binary: bool,
    /// The lines, marked as untrusted.
    content: String,
    /// A remark on differences from the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"The file is not UTF-8.")]
    note: Option<&'static str>,
}

impl Operation<WorkspaceContext> for ReadFile {
    const SPEC: Spec = Spec::read("read_file", Route::NONE);

    type Output = FilePart;

    async fn run(self, cx: &WorkspaceContext) -> Result<FilePart, Failure> {
        let path = cx.root().read_path(&self.path)?;
        let root = cx.root().clone();
        let (offset, limit) = (self.offset.unwrap_or(1), self.limit.unwrap_or(usize::MAX));
        cx.blocking(move |_| part(&path, root.read(&path)?, offset, limit)).await
    }
}

fn part(path: &Inside, content: Content, offset: usize, limit: usize) -> Result<FilePart, Failure> {
    let size = content.bytes.len();
    let empty = FilePart {
        path: path.text(),
        size,
        total_lines: 0,
        offset,
        lines: 0,
        next_offset: None,
        binary: content.is_binary,
        content: String::new(),
        note: None,
    };
    if content.is_binary {
        return Ok(FilePart {
            note: Some("The file is binary: its content is not shown."),
            ..empty
        });
    }
    let (text, is_exact) = decode(content.bytes);
    let total_lines = text.lines().count();
    if offset > total_lines.max(1) {
        return Err(Failure::invalid(format!("The file has {total_lines} lines."))
            .hint("Pass an offset from 1 to that number."));
    }
    let (framed, lines) = shown_lines(path, &text, offset, limit);
    let next = offset + lines;
    Ok(FilePart {
        total_lines,
        lines,
        next_offset: (next <= total_lines).then_some(next),
        content: framed,
        note: (!is_exact)
            .then_some("The file is not UTF-8: � stands for bytes that are not characters."),
        ..empty
    })
}

/// Returns as many lines as fit, in a frame, and their number. Of a single line that is too long, head and tail are shown.
fn shown_lines(path: &Inside, text: &str, offset: usize, limit: usize) -> (String, usize) {
    const HOW: &str = "read a part of the line with execute_command";
    let source = path.text();
    let (mut shown, mut read) = (Lines::new(MAX_TEXTS), 0);
    for line in text.lines().skip(offset - 1).take(limit) {
        read += line.len();
        if shown.count == 0 && json_size(line) > MAX_TEXTS {
            return (framed_within(MAX_TEXTS + FRAME, &source, line, HOW), 1);
        }
        if read > MAX_PART || !shown.push(line) {
            break;
        }
    }
    (framed(&source, shown.text(), HOW), shown.count)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str, offset: usize, limit: usize) -> FilePart {
        let path = Inside::parse("a.txt", Path::new("/")).unwrap();
        let content = Content { bytes: text.as_bytes().to_vec(), is_binary: false };
        part(&path, content, offset, limit).unwrap()
    }

    #[test]
    fn consecutive_parts_of_a_long_file_concatenate_to_it() {
        let text = (1..=5000).map(|n| format!("line {n} \"x\"")).collect::<Vec<_>>().join("\n");
        let (mut next, mut seen) = (Some(1), Vec::new());
        while let Some(offset) = next {
            let part = read(&text, offset, usize::MAX);
            assert!(serde_json::to_string(&part).unwrap().len() < 32 * 1024);
            let lines: Vec<_> = part.content.lines().map(str::to_owned).collect();
            seen.extend_from_slice(&lines[1..lines.len() - 1]);
            next = part.next_offset;
        }
        assert_eq!(seen, text.lines().collect::<Vec<_>>());
    }

    #[test]
    fn line_limits_overlong_lines_and_empty_files_are_reported() {
        let part = read("a\nb\nc\n", 2, 1);
        assert_eq!((part.lines, part.next_offset, part.total_lines), (1, Some(3), 3));
        let part = read(&format!("{}\nb", "x".repeat(100_000)), 1, usize::MAX);
        assert_eq!((part.lines, part.next_offset), (1, Some(2)));
        assert!(part.content.contains("bytes omitted"));
        let part = read("", 1, usize::MAX);
        assert_eq!((part.lines, part.next_offset, part.total_lines), (0, None, 0));
    }
}
