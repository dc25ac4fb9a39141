//! The files of a call, as they are written.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_domain::Failure;
use covibe_operation::parameter_rules;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::File;
use super::paths::{check_together, has_too_many_folders, problem_of};
use crate::repos::errors::{PathProblem, rejected_files, too_many_bytes, too_many_folders};

/// The maximum number of files of a call.
pub(crate) const MAX_FILES: u32 = 200;

/// The maximum number of bytes of all files of a call.
pub(crate) const MAX_BYTES: usize = 5_000_000;

/// The longest path, in characters.
pub(crate) const MAX_PATH: u32 = 1_000;

/// The longest text of a file, in characters: a body has up to 1 MiB.
pub(crate) const MAX_CONTENT: u32 = 1_000_000;

/// A file to write.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(
    extend("x-not" = parameter_rules::exactly_one(&["content", "contentBase64"])),
    example = json!({ "path": "src/index.html", "content": "<h1>Hello</h1>\n" })
)]
pub(crate) struct NewFile {
    /// Its path, such as `src/index.html`.
    #[schemars(length(min = 1, max = MAX_PATH))]
    #[schemars(example = &"src/index.html")]
    pub(crate) path: String,
    /// Its text.
    #[serde(default)]
    #[schemars(length(max = MAX_CONTENT))]
    #[schemars(example = &"<h1>Hello</h1>\n")]
    pub(crate) content: Option<String>,
    /// Or its bytes, in Base64.
    #[serde(default)]
    #[schemars(length(min = 1, max = MAX_CONTENT))]
    #[schemars(example = &"iVBORw0KGgo=")]
    pub(crate) content_base64: Option<String>,
    /// Executable bit. Default: true if it begins with #!.
    #[serde(default)]
    #[schemars(example = true)]
    pub(crate) executable: Option<bool>,
}

/// Returns the bytes of a file that is given as a text or in Base64; `None` if it is given as neither.
pub(crate) fn content(
    path: &str,
    text: Option<&str>,
    base64: Option<&str>,
) -> Result<Option<Arc<[u8]>>, PathProblem> {
    match (text, base64) {
        (Some(_), Some(_)) => Err(PathProblem::new(
            path,
            "has both `content` and `contentBase64`",
            "Pass one of them.",
        )),
        (Some(text), None) => Ok(Some(text.as_bytes().into())),
        (None, Some(encoded)) => match STANDARD.decode(encoded.replace(['\n', '\r'], "")) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(_) => Err(PathProblem::new(
                path,
                "has a `contentBase64` that is not Base64",
                "Encode the bytes in standard Base64, with padding.",
            )),
        },
        (None, None) => Ok(None),
    }
}

/// Returns the files of a call.
///
/// # Errors
///
/// Rejected with every problem of their paths and contents, or if they are too large together.
pub(crate) fn decode_files(files: &[NewFile]) -> Result<Vec<File>, Failure> {
    let (mut decoded, mut problems) = (Vec::new(), Vec::new());
    for file in files {
        let path = &file.path;
        match content(path, file.content.as_deref(), file.content_base64.as_deref()) {
            Ok(Some(bytes)) => {
                let (path, executable) = (path.clone(), file.executable);
                decoded.push(File { path, bytes, executable });
            }
            Ok(None) => {
                problems.push(PathProblem::new(path, "has no content", "Pass content."));
            }
            Err(problem) => problems.push(problem),
        }
        problems.extend(problem_of(path));
    }
    problems.extend(check_together(files.iter().map(|file| file.path.as_str())));
    if !problems.is_empty() {
        return Err(rejected_files(&problems));
    }
    let bytes = decoded.iter().map(|file| file.bytes.len()).sum();
    check_size(decoded.iter().map(|file| file.path.as_str()), bytes)?;
    Ok(decoded)
}

/// Checks the size of a call that changes files at these paths, and has this number of bytes for them.
///
/// # Errors
///
/// Rejected for more than 5 MB, or more than 2,000 folders.
pub(crate) fn check_size<'a>(
    paths: impl Iterator<Item = &'a str>,
    bytes: usize,
) -> Result<(), Failure> {
    if bytes > MAX_BYTES {
        return Err(too_many_bytes());
    }
    if has_too_many_folders(paths) { Err(too_many_folders()) } else { Ok(()) }
}
