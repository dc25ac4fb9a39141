//! Where the server's files are.

use std::path::{Path, PathBuf};

use super::Config;

impl Config {
    /// Returns the absolute path of the SQLite file.
    pub fn sqlite_path(&self) -> PathBuf {
        self.data_path("covibe.sqlite")
    }

    /// Returns the path of the folder with the photos of people.
    pub fn uploads(&self) -> PathBuf {
        self.upload_dir.clone().unwrap_or_else(|| self.data_path("uploads"))
    }

    /// Returns the path of the folder with the nightly backups.
    pub fn backups(&self) -> PathBuf {
        self.backup_dir.clone().unwrap_or_else(|| self.data_dir.join("backups"))
    }

    /// Returns the absolute path of the generated secrets key.
    pub fn secrets_path(&self) -> PathBuf {
        self.data_path("secrets.key")
    }

    fn data_path(&self, name: &str) -> PathBuf {
        let path = self.data_dir.join(name);
        std::path::absolute(&path).unwrap_or(path)
    }
}

/// Returns the absolute form of a path, for messages. A file need not be there.
pub fn absolute_path(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
