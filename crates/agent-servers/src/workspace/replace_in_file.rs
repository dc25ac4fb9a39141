//! `replace_in_file`.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::context::WorkspaceContext;
use super::files::{Content, Inside, Root};

/// Replace an exact text in a workspace file. Without `all`, the text must occur once.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) struct ReplaceInFile {
    /// Relative to the root.
    #[schemars(length(min = 1, max = 4096), example = &"src/main.rs")]
    path: String,
    /// The old text, with line breaks and indentation.
    #[schemars(length(min = 1, max = 1_000_000), example = &"let port = 80;")]
    old: String,
    /// The new text, or empty.
    #[schemars(length(max = 1_000_000), example = &"let port = 8080;")]
    new: String,
    /// Replace every occurrence; default false.
    #[serde(default)]
    #[schemars(example = false)]
    all: Option<bool>,
}

/// The outcome of a replacement.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Replaced {
    /// The path below the root.
    #[schemars(example = &"src/main.rs")]
    path: String,
    /// The number of occurrences that were replaced.
    #[schemars(example = 1)]
    count: usize,
    /// The line of the first one.
    #[schemars(example = 12)]
    line: usize,
    /// The size of the file now, in bytes.
    size: usize,
}

impl Operation<WorkspaceContext> for ReplaceInFile {
    const SPEC: Spec = Spec::write("replace_in_file", Route::NONE);

    type Output = Replaced;

    async fn run(self, cx: &WorkspaceContext) -> Result<Replaced, Failure> {
        let path = cx.root().read_path(&self.path)?;
        cx.change_file(move |root| self.replace(root, &path)).await
    }
}

impl ReplaceInFile {
    fn replace(&self, root: &Root, path: &Inside) -> Result<Replaced, Failure> {
        let text = text_of(root.read(path)?, path)?;
        let count = text.matches(&self.old).count();
        let is_unique = count == 1 || self.all == Some(true);
        let Some(first) = text.find(&self.old).filter(|_| is_unique) else {
            return Err(mismatch(count, path));
        };
        let line = text[..first].matches('\n').count() + 1;
        let text = text.replace(&self.old, &self.new);
        root.write(path, text.as_bytes())?;
        Ok(Replaced { path: path.text(), count, line, size: text.len() })
    }
}

fn text_of(content: Content, path: &Inside) -> Result<String, Failure> {
    let Content { bytes, is_binary } = content;
    let text = if is_binary { None } else { String::from_utf8(bytes).ok() };
    text.ok_or_else(|| {
        Failure::invalid(format!("`{}` is binary or not UTF-8.", path.text()))
            .hint("Nothing was changed. Change it with a program, through execute_command.")
    })
}

fn mismatch(count: usize, path: &Inside) -> Failure {
    let path = path.text();
    let failure = if count == 0 {
        Failure::conflict(format!("The text does not occur in `{path}`."))
            .hint("Nothing was changed. Read the file, and pass the text exactly as it is there.")
    } else {
        Failure::conflict(format!("The text occurs {count} times in `{path}`."))
            .hint("Nothing was changed. Pass more of the lines around it, or all: true.")
    };
    failure.detail("count", count)
}
