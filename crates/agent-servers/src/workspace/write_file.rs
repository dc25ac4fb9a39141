//! `write_file`.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::context::WorkspaceContext;
use super::files::MAX_CONTENT;

/// Write a whole workspace file; creates missing folders. Refuses links and files in .git.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) struct WriteFile {
    /// Relative to the root.
    #[schemars(length(min = 1, max = 4096), example = &"src/main.rs")]
    path: String,
    /// The content, at most 5 MB.
    #[schemars(length(max = MAX_CONTENT), example = &"fn main() {}\n")]
    content: String,
}

/// A file that was written.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WrittenFile {
    /// The path below the root.
    #[schemars(example = &"src/main.rs")]
    path: String,
    /// True if it did not exist before.
    created: bool,
    /// Its size, in bytes.
    size: usize,
}

impl Operation<WorkspaceContext> for WriteFile {
    const SPEC: Spec = Spec::write("write_file", Route::NONE).idempotent();

    type Output = WrittenFile;

    async fn run(self, cx: &WorkspaceContext) -> Result<WrittenFile, Failure> {
        let Self { path, content } = self;
        let inside = cx.root().read_path(&path)?;
        let (path, size) = (inside.text(), content.len());
        let written = cx.change_file(move |root| root.write(&inside, content.as_bytes())).await?;
        Ok(WrittenFile { path, created: written.is_new, size })
    }
}
