//! The compose files of a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Serialize;

/// A compose file, with the variables that are set.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct File {
    pub(super) text: String,
    pub(super) variables: BTreeMap<String, String>,
    /// Where it lies.
    pub(super) folder: PathBuf,
}

/// Reads the files below a folder that have services, by their paths in it.
pub(super) fn read_files(folder: &Path) -> Result<BTreeMap<String, File>> {
    let root = folder.canonicalize().with_context(|| format!("{}", folder.display()))?;
    let (mut files, mut folders) = (BTreeMap::new(), vec![root.clone()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file()
                && let Some(text) = compose_text(&path)
            {
                let name = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
                files.insert(name, File { text, folder: next.clone(), ..File::default() });
            }
        }
    }
    Ok(files)
}

/// Returns the text of a compose file; `None` of any other file.
fn compose_text(path: &Path) -> Option<String> {
    let ending = path.extension()?.to_str()?;
    let text = matches!(ending, "yml" | "yaml").then(|| fs::read_to_string(path).ok()).flatten()?;
    text.lines().any(|line| line.starts_with("services:")).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compose_files_are_found_at_any_depth_by_their_services() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        for (name, text) in [
            ("a/compose.yaml", "services: {}\n"),
            ("stack.yml", "name: x\nservices:\n"),
            ("ci.yml", "jobs:\n  services: x\n"),
            ("notes.md", "services:\n"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let files = read_files(folder.path()).unwrap();
        assert!(files.keys().eq(["a/compose.yaml", "stack.yml"]), "{files:?}");
        assert!(files["a/compose.yaml"].folder.ends_with("a"));
        assert!(read_files(&folder.path().join("b")).is_err());
    }
}
