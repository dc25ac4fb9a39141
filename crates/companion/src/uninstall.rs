//! `covibe-local uninstall`: the end of the companion on a machine.

use std::fs;
use std::io;
use std::path::Path;

use crate::command_error::Problem;
use crate::home::CompanionHome;

/// Everything that the companion makes in its folder.
const CONTENTS: [&str; 11] = [
    "credentials.json",
    "config.json",
    "repos.json",
    "exclude.json",
    "inbox",
    "queue",
    "quarantine",
    "bin",
    "run",
    "logs",
    "undo",
];

/// Removes what the companion made in its folder, and the folder if nothing else is in it. Copies of other programs'
/// files (`backups/`) stay. Returns sentences about what was done.
///
/// # Errors
///
/// A problem if something cannot be removed.
pub fn purge(home: &CompanionHome) -> Result<Vec<String>, Problem> {
    for name in CONTENTS {
        let path = home.path(name);
        remove(&path).map_err(|error| {
            Problem::failure(format!("{} cannot be removed: {error}.", path.display()))
        })?;
    }
    let root = home.root().display();
    Ok(match fs::remove_dir(home.root()) {
        Ok(()) => vec![format!("Removed {root}.")],
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            vec![format!("{root} does not exist.")]
        }
        Err(_) => vec![format!(
            "Removed the files of the companion from {root}. Other files there remain."
        )],
    })
}

/// Removes a file or a folder, and of a link only the link.
fn remove(path: &Path) -> io::Result<()> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if metadata.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purging_removes_our_files_and_leaves_others() {
        let folder = tempfile::tempdir().unwrap();
        let home = CompanionHome::at(folder.path().join("covibe"));
        home.create_folder("queue").unwrap();
        fs::write(home.path("config.json"), "{}").unwrap();
        fs::write(home.path("notes.txt"), "mine").unwrap();
        let outside = folder.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("file"), "").unwrap();
        std::os::unix::fs::symlink(&outside, home.path("logs")).unwrap();
        assert!(purge(&home).unwrap()[0].contains("remain"));
        assert_eq!(fs::read_dir(home.root()).unwrap().count(), 1);
        assert!(outside.join("file").exists());
        fs::remove_file(home.path("notes.txt")).unwrap();
        assert!(purge(&home).unwrap()[0].starts_with("Removed"));
        assert!(!home.root().exists());
        assert!(purge(&home).unwrap()[0].contains("does not exist"));
    }
}
