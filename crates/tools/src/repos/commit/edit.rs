//! The changes of single files that a call requests.

use std::sync::Arc;

use covibe_domain::Failure;
use covibe_operation::parameter_rules;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::repos::errors::{PathProblem, rejected_files};
use crate::repos::files::{
    File, MAX_CONTENT, MAX_PATH, check_size, check_together, content, problem_of,
};

/// A change to one file.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(
    extend("x-not" = rule()),
    example = json!({ "path": "src/index.html", "content": "<h1>Hello</h1>\n" })
)]
pub(crate) struct FileEdit {
    /// Its path, such as `src/index.html`.
    #[schemars(length(min = 1, max = MAX_PATH))]
    #[schemars(example = &"src/index.html")]
    path: String,
    /// Its whole new text.
    #[serde(default)]
    #[schemars(length(max = MAX_CONTENT))]
    #[schemars(example = &"<h1>Hello</h1>\n")]
    content: Option<String>,
    /// Or its bytes, in Base64.
    #[serde(default)]
    #[schemars(length(min = 1, max = MAX_CONTENT))]
    #[schemars(example = &"iVBORw0KGgo=")]
    content_base64: Option<String>,
    /// true deletes the file.
    #[serde(default)]
    delete: Option<bool>,
    /// Its old path, to move it. content may change, too.
    #[serde(default)]
    #[schemars(length(min = 1, max = MAX_PATH))]
    #[schemars(example = &"index.html")]
    from: Option<String>,
    /// Executable bit. Default: as before; for a new file, true if it begins with #!.
    #[serde(default)]
    #[schemars(example = true)]
    executable: Option<bool>,
}

/// Returns the rule for combinations of members, which [`edit`] enforces.
fn rule() -> Value {
    let others = ["content", "contentBase64", "from", "executable"];
    let deleted = json!({ "required": ["delete"], "properties": { "delete": { "const": true } } });
    let beside: Vec<_> = others.iter().map(|name| parameter_rules::having_all(&[name])).collect();
    let mut none = parameter_rules::without_members(&others);
    none["properties"]["delete"] = json!({ "not": { "const": true } });
    none["additionalProperties"] = json!(true);
    let broken = json!({ "anyOf": [
        parameter_rules::having_all(&["content", "contentBase64"]),
        { "allOf": [deleted, { "anyOf": beside }] },
        none,
    ] });
    parameter_rules::rule_in_words(
        broken,
        "Give one of `content` and `contentBase64`, or `from` or `executable` without them; or `delete: true` alone.",
    )
}

/// A change of one file, with checked paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    /// Write the file, whether it exists or not.
    Write(File),
    /// Delete the file at this path.
    Delete(String),
    /// Move a file, with another content if one is given.
    Move {
        /// The new path.
        path: String,
        /// The old path.
        from: String,
        /// Its new content.
        content: Option<Arc<[u8]>>,
        /// The executable bit, if it changes.
        executable: Option<bool>,
    },
    /// Make a file executable, or not.
    Mode {
        /// The path.
        path: String,
        /// The executable bit.
        executable: bool,
    },
}

impl Edit {
    /// Returns the path that is written or deleted.
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Write(file) => &file.path,
            Self::Delete(path) | Self::Move { path, .. } | Self::Mode { path, .. } => path,
        }
    }

    /// Returns all paths that it touches.
    fn paths(&self) -> impl Iterator<Item = &str> {
        let from = match self {
            Self::Move { from, .. } => Some(from.as_str()),
            Self::Write(_) | Self::Delete(_) | Self::Mode { .. } => None,
        };
        [Some(self.path()), from].into_iter().flatten()
    }

    /// Returns the bytes that are passed.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Write(file) => &file.bytes,
            Self::Move { content: Some(content), .. } => content,
            Self::Delete(_) | Self::Move { .. } | Self::Mode { .. } => &[],
        }
    }
}

/// Returns the changes of a call.
///
/// # Errors
///
/// Rejected with every problem of their paths and contents, or if they are too large together.
pub(super) fn edits(files: &[FileEdit]) -> Result<Vec<Edit>, Failure> {
    let (mut edits, mut problems) = (Vec::new(), Vec::new());
    for file in files {
        match edit(file) {
            Ok(edit) => edits.push(edit),
            Err(problem) => problems.push(problem),
        }
        problems.extend(
            [Some(&file.path), file.from.as_ref()]
                .into_iter()
                .flatten()
                .filter_map(|path| problem_of(path)),
        );
    }
    problems.extend(check_together(edits.iter().flat_map(Edit::paths)));
    if !problems.is_empty() {
        return Err(rejected_files(&problems));
    }
    let bytes = edits.iter().map(|edit| edit.bytes().len()).sum();
    check_size(edits.iter().flat_map(Edit::paths), bytes)?;
    Ok(edits)
}

fn edit(file: &FileEdit) -> Result<Edit, PathProblem> {
    let path = file.path.clone();
    let content = content(&path, file.content.as_deref(), file.content_base64.as_deref())?;
    let executable = file.executable;
    match (file.delete.unwrap_or_default(), &file.from, content) {
        (true, None, None) if executable.is_none() => Ok(Edit::Delete(path)),
        (true, ..) => Err(PathProblem::new(
            &path,
            "has `delete` together with `content`, `from` or `executable`",
            "Pass delete alone.",
        )),
        (false, Some(from), content) => {
            Ok(Edit::Move { path, from: from.clone(), content, executable })
        }
        (false, None, Some(bytes)) => Ok(Edit::Write(File { path, bytes, executable })),
        (false, None, None) => match executable {
            Some(executable) => Ok(Edit::Mode { path, executable }),
            None => Err(PathProblem::new(
                &path,
                "has no content",
                "Pass `content`, `contentBase64`, `delete: true`, `from`, or `executable`.",
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repos::files::MAX_BYTES;

    fn parse_edits(files: Value) -> Result<Vec<Edit>, Failure> {
        edits(&serde_json::from_value::<Vec<FileEdit>>(files).unwrap())
    }

    #[test]
    fn parses_edits_and_rejects_ambiguous_or_oversized_ones() {
        let read = parse_edits(json!([
            { "path": "a", "content": "" }, { "path": "b", "contentBase64": "AP8=" },
            { "path": "c", "delete": true }, { "path": "d", "from": "e" },
            { "path": "f", "executable": false }
        ]));
        let read = read.unwrap();
        assert_eq!(
            read[1],
            Edit::Write(File { path: "b".to_owned(), bytes: [0, 255].into(), executable: None })
        );
        assert_eq!((read.len(), read[2].path()), (5, "c"));
        assert_eq!(read[4], Edit::Mode { path: "f".to_owned(), executable: false });
        for bad in [
            json!({ "path": "a" }),
            json!({ "path": "a", "delete": false }),
            json!({ "path": "a", "content": "x", "contentBase64": "eA==" }),
            json!({ "path": "a", "contentBase64": "not base64" }),
            json!({ "path": "a", "delete": true, "content": "x" }),
            json!({ "path": "a", "delete": true, "from": "b" }),
            json!({ "path": "a", "delete": true, "executable": true }),
            json!({ "path": "a", "from": "a" }),
            json!({ "path": "a", "from": "../a" }),
        ] {
            assert_eq!(parse_edits(json!([bad.clone()])).unwrap_err().kind.status(), 422, "{bad}");
        }
        assert!(
            parse_edits(json!([{ "path": "a", "content": "x" }, { "path": "b", "from": "a" }]))
                .is_err()
        );
        let large = "x".repeat(MAX_BYTES / 2 + 1);
        let both = json!([{ "path": "a", "content": large }, { "path": "b", "content": large }]);
        assert!(parse_edits(both).unwrap_err().message.contains("5 MB"));
    }

    /// Returns the failure of a call that writes files at these paths.
    fn refusal(paths: impl Iterator<Item = String>) -> Failure {
        let files: Vec<_> = paths.map(|path| json!({ "path": path, "content": "" })).collect();
        parse_edits(json!(files)).unwrap_err()
    }

    #[test]
    fn paths_with_too_many_segments_and_calls_with_too_many_folders_are_refused() {
        let deep = refusal((100..300).map(|file| format!("{}{file}", "a/".repeat(499))));
        assert_eq!(deep.kind.status(), 422);
        assert!(deep.message.ends_with("has more than 64 segments."), "{deep}");
        assert_eq!(deep.details["problemCount"], 200);
        let folders = |file: u32| (0..11).map(move |depth| format!("{file}-{depth}/"));
        let wide = refusal((0..200).map(|file| folders(file).collect::<String>() + "x"));
        assert_eq!(wide.kind.status(), 422);
        assert!(wide.message.contains("more than 2,000 folders"), "{wide}");
    }
}
