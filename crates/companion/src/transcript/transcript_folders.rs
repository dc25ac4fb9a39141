//! The folders that agents keep their records in. A path from a hook is read only below them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the folders that an agent keeps its records in.
pub fn usual_roots(agent: &str) -> Vec<PathBuf> {
    let home = env::home_dir().unwrap_or_default();
    let set = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let mut roots = match agent {
        "claude-code" => {
            let usual = [".claude", ".config/claude"].map(|folder| home.join(folder));
            let all = usual.into_iter().chain(set("CLAUDE_CONFIG_DIR"));
            all.map(|folder| folder.join("projects")).collect()
        }
        "codex" => {
            let all = [home.join(".codex")].into_iter().chain(set("CODEX_HOME"));
            all.map(|folder| folder.join("sessions")).collect()
        }
        _ => Vec::new(),
    };
    roots.retain(|root: &PathBuf| root.is_absolute());
    roots
}

/// Returns whether a path is a record of an agent: a file `….jsonl` whose real place is below one of these folders.
pub fn is_allowed(agent: &str, path: &Path, roots: &[PathBuf]) -> bool {
    let is_record = path.is_absolute() && path.extension().is_some_and(|end| end == "jsonl");
    if !is_record || !matches!(agent, "claude-code" | "codex") {
        return false;
    }
    // The first event of a session can be earlier than the file.
    let real = fs::canonicalize(path).ok().or_else(|| {
        let folder = fs::canonicalize(path.parent()?).ok()?;
        path.symlink_metadata().is_err().then(|| folder.join(path.file_name().unwrap_or_default()))
    });
    let below = |root: &PathBuf| {
        let root = fs::canonicalize(root).ok()?;
        real.as_ref().map(|real| real.starts_with(root))
    };
    roots.iter().filter_map(below).any(|is_below| is_below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transcripts_outside_the_agents_folders_are_refused_even_through_links() {
        let folder = tempfile::tempdir().unwrap();
        let (root, other) = (folder.path().join("projects"), folder.path().join("other.jsonl"));
        fs::create_dir_all(root.join("p")).unwrap();
        fs::write(&other, "").unwrap();
        fs::write(root.join("p/a.jsonl"), "").unwrap();
        std::os::unix::fs::symlink(&other, root.join("p/link.jsonl")).unwrap();
        let roots = [root.clone()];
        let allowed = |path: &str| is_allowed("claude-code", &root.join(path), &roots);
        assert!(allowed("p/a.jsonl") && allowed("p/later.jsonl"));
        assert!(!allowed("p/link.jsonl") && !allowed("../other.jsonl") && !allowed("p/a.txt"));
        assert!(!is_allowed("claude-code", &other, &roots));
        assert!(!is_allowed("cursor", &root.join("p/a.jsonl"), &roots));
    }
}
