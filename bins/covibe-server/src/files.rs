//! Files and directories of the server, and their names in messages.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// Creates a directory that only its owner can read, with its parents.
pub(crate) fn make_private(directory: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    if directory.exists() && !directory.is_dir() {
        anyhow::bail!("the data directory {} is a file", shown(directory));
    }
    builder
        .create(directory)
        .with_context(|| format!("the data directory {} could not be created", shown(directory)))
}

/// Returns the absolute form of a path, for messages.
pub(crate) fn shown(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
