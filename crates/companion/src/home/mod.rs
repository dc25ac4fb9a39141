//! The companion's folder, `~/.covibe`, and how files are written: whole or not at all, under a lock, through links.
//!
//! | name | content |
//! |---|---|
//! | `credentials.json` | the keys, by server and agent; mode 0600 |
//! | `config.json` | the settings that are not secret |
//! | `repos.json` | the repositories that agents work in |
//! | `exclude.json` | the repositories that stay private |
//! | `inbox/` | events of hooks that no service has read |
//! | `queue/` | items that no server has confirmed |
//! | `bin/` | the copies of the programs that agents and the service start |
//! | `run/` | locks and the state of the service |
//! | `logs/` | the log of the service |

mod atomic_write;
mod lock;

use std::path::{Path, PathBuf};
use std::{env, fs, io};

pub use atomic_write::{Mode, write_atomically};
pub use lock::{HomeLock, LOCK_WAIT};

use crate::command_error::Problem;

/// The companion's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanionHome {
    root: PathBuf,
}

impl CompanionHome {
    /// Returns the folder of this user: `COVIBE_HOME`, that of the copy which runs, or `~/.covibe`. It need not exist.
    ///
    /// Agents start the copy in `bin/` with an environment of their own, which may lack the variable that setup had.
    ///
    /// # Errors
    ///
    /// A problem if `COVIBE_HOME` is not absolute, or the user has no home.
    pub fn find() -> Result<Self, Problem> {
        if let Some(root) = env::var_os("COVIBE_HOME").filter(|root| !root.is_empty()) {
            let root = PathBuf::from(root);
            return if root.is_absolute() {
                Ok(Self { root })
            } else {
                Err(Problem::usage("COVIBE_HOME is not an absolute path.")
                    .hint("Unset it, or set it to a folder such as \"$HOME/.covibe\"."))
            };
        }
        if let Some(root) = env::current_exe().ok().as_deref().and_then(folder_of_copy) {
            return Ok(Self { root });
        }
        let home = env::home_dir().filter(|home| home.is_absolute());
        home.map(|home| Self::at(home.join(".covibe"))).ok_or_else(|| {
            Problem::failure("The home directory of this user is not known.").hint("Set HOME.")
        })
    }

    /// Returns the folder at this path.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Returns the path of the folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the path of something in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Returns the path of a program in `bin/`: `covibe-local` or `covibe-mcp`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.root.join("bin").join(name)
    }

    /// Creates the folder and one in it, open to this user alone.
    ///
    /// # Errors
    ///
    /// An error of the file system.
    pub fn create_folder(&self, name: &str) -> io::Result<PathBuf> {
        create_private(&self.root)?;
        let folder = self.root.join(name);
        create_private(&folder)?;
        Ok(folder)
    }

    /// Creates the folder, open to this user alone.
    ///
    /// # Errors
    ///
    /// An error of the file system.
    pub fn create(&self) -> io::Result<()> {
        create_private(&self.root)
    }

    /// Reads a file of the folder; none if it does not exist.
    ///
    /// # Errors
    ///
    /// An error of the file system, or a file of more than `limit` bytes.
    pub fn read(&self, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
        read_bounded(&self.path(name), limit)
    }

    /// Replaces a file of the folder.
    ///
    /// # Errors
    ///
    /// An error of the file system; the file is then as it was.
    pub fn write(&self, name: &str, content: &[u8], mode: Mode) -> io::Result<()> {
        self.create()?;
        write_atomically(&self.path(name), content, mode)
    }
}

/// Returns the companion's folder if a program is one of the copies in its `bin/`, beside which their version is noted.
fn folder_of_copy(program: &Path) -> Option<PathBuf> {
    let bin = program.parent().filter(|folder| folder.ends_with("bin"))?;
    let root = bin.parent()?;
    (bin.join("version").is_file() && root.join("run").is_dir()).then(|| root.to_owned())
}

/// Reads a file of at most `limit` bytes; none if it does not exist.
///
/// # Errors
///
/// An error of the file system, or a larger file.
pub fn read_bounded(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    use std::io::Read as _;

    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut content = Vec::new();
    file.take(limit + 1).read_to_end(&mut content)?;
    if content.len() as u64 > limit {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("larger than {limit} bytes"),
        ));
    }
    Ok(Some(content))
}

fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};

    if folder.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installed_copy_belongs_to_the_home_that_contains_it() {
        let folder = tempfile::tempdir().unwrap();
        let home = CompanionHome::at(folder.path().join("elsewhere"));
        let program = home.program("covibe-mcp");
        assert_eq!(folder_of_copy(&program), None);
        home.create_folder("bin").unwrap();
        home.create_folder("run").unwrap();
        fs::write(home.path("bin/version"), "2.4.0").unwrap();
        assert_eq!(folder_of_copy(&program).as_deref(), Some(home.root()));
        assert_eq!(folder_of_copy(Path::new("/usr/bin/covibe-mcp")), None);
    }
}
