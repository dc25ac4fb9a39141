//! `.env` files: their names, the users whose files are read, and the errors of their lines.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// The files that are read, in order of precedence.
pub(crate) const FILES: [&str; 2] = [".env.local", ".env"];

/// Reads a file; none if it belongs neither to this user nor to root, who can change any file anyway.
pub(crate) fn read_trusted(file: &Path, user: u32) -> std::io::Result<Option<Vec<u8>>> {
    let mut file = File::open(file)?;
    let owner = file.metadata()?.uid();
    if owner != user && owner != 0 {
        return Ok(None);
    }
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    Ok(Some(text))
}

/// Returns the error for a file that can't be parsed, with the number of the line.
pub(crate) fn unreadable(file: &Path, text: &[u8], error: &dotenvy::Error) -> anyhow::Error {
    let text = String::from_utf8_lossy(text);
    let at = match error {
        dotenvy::Error::LineParse(line, _) => {
            let line = line.lines().next().unwrap_or_default();
            text.lines().position(|each| each.trim() == line.trim())
        }
        _ => None,
    };
    let line = at.map(|at| format!(" line {}", at + 1)).unwrap_or_default();
    anyhow::anyhow!("{}{line}: expected NAME=value, with matching quotes", file.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sources;

    #[test]
    fn a_file_of_another_user_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env");
        std::fs::write(&file, "COVIBE_BIND=127.0.0.1:1\n").unwrap();
        let owner = std::fs::metadata(&file).unwrap().uid();
        assert!(read_trusted(&file, owner).unwrap().is_some());
        // Root owns the files of a test that runs as root, and root's files are always read.
        assert_eq!(read_trusted(&file, owner + 1).unwrap().is_some(), owner == 0);
        if owner == 0 {
            std::os::unix::fs::chown(&file, Some(12_345), None).unwrap();
            let sources = Sources::new([("COVIBE_BIND", "")]).with_files(folder.path()).unwrap();
            let warnings: Vec<_> = sources.ignored_files().collect();
            assert!(
                matches!(&warnings[..], [one] if one.contains(".env belongs to")),
                "{warnings:?}"
            );
        }
    }
}
