//! Files and directories of the server, and their names in messages.

use std::fs;
#[cfg(unix)]
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context as _;
pub(crate) use covibe_config::absolute_path;

use crate::print;

/// Creates a directory that only its owner can read, with its parents.
pub(crate) fn make_private(directory: &Path) -> anyhow::Result<()> {
    if directory.exists() && !directory.is_dir() {
        anyhow::bail!("the data directory {} is a file", absolute_path(directory));
    }
    create_private(directory)?;
    #[cfg(unix)]
    close_to_others(directory)?;
    Ok(())
}

/// The files that the server creates in a data directory, whose names begin like this, and that of a
/// volume of its own.
#[cfg(unix)]
const OWN_FILES: [&str; 4] = ["covibe.sqlite", "secrets.key", "uploads", "lost+found"];

/// The permissions of everyone but the owner.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

/// Takes the permissions on an existing data directory from everyone but its owner.
///
/// # Errors
/// It contains files of others, who may need these permissions.
#[cfg(unix)]
fn close_to_others(directory: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(directory)?.permissions().mode();
    if mode & OTHERS == 0 {
        return Ok(());
    }
    let what = format!("the data directory {} is open to other users", absolute_path(directory));
    if !has_only_own_files(directory)? {
        anyhow::bail!(
            "{what} and has files that are not the server's: set COVIBE_DATA_DIR to a directory of its \
             own, or run chmod 700 on this one"
        );
    }
    match fs::set_permissions(directory, fs::Permissions::from_mode(0o700)) {
        Ok(()) => print::error(&format!("warning: {what}; its permissions are now 0700")),
        // A volume that belongs to another account, whose permissions come back with each mount.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => print::error(&format!(
            "warning: {what}, and belongs to another user; the server's files in it are private"
        )),
        Err(error) => return Err(error).context(format!("{what}: run chmod 700 on it")),
    }
    Ok(())
}

#[cfg(unix)]
fn has_only_own_files(directory: &Path) -> anyhow::Result<bool> {
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if !OWN_FILES.iter().any(|own| name.starts_with(own)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Creates a directory that only its owner can read, with its parents, unless it exists.
pub(crate) fn create_private(directory: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let created = builder.create(directory);
    created
        .with_context(|| format!("the directory {} could not be created", absolute_path(directory)))
}

/// Creates a file that only its owner can read, for writing. It must not exist.
pub(crate) fn new_private_file(path: &Path) -> anyhow::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(|| format!("{} could not be created", absolute_path(path)))
}

/// The only server of a data directory, until it ends.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    /// Locked as long as it is open.
    _file: fs::File,
}

impl DirectoryLock {
    /// Locks a data directory, which is created if it is missing.
    ///
    /// # Errors
    /// Another process has locked it.
    pub(crate) fn acquire(directory: &Path) -> anyhow::Result<Self> {
        make_private(directory)?;
        // Not the database: a command may read and copy it meanwhile.
        let path = directory.join("covibe.sqlite-lock");
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).with_context(|| absolute_path(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(fs::TryLockError::WouldBlock) => anyhow::bail!(
                "another server uses the data directory {}: stop it first, or set another \
                 COVIBE_DATA_DIR. Several servers can share a database only on PostgreSQL",
                absolute_path(directory)
            ),
            Err(fs::TryLockError::Error(error)) => Err(error).context(absolute_path(&path)),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(directory: &Path) -> u32 {
        fs::metadata(directory).expect("a directory").permissions().mode() & 0o777
    }

    #[test]
    fn makes_a_data_directory_private() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        make_private(&data).unwrap();
        assert_eq!(mode(&data), 0o700);
        fs::write(data.join("covibe.sqlite-wal"), "").unwrap();
        fs::create_dir(data.join("lost+found")).unwrap();
        fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
        make_private(&data).unwrap();
        assert_eq!(mode(&data), 0o700);
    }

    #[test]
    fn rejects_a_public_directory_that_contains_other_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(folder.path().join("notes.txt"), "").unwrap();
        let refused = make_private(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("chmod 700"), "{refused}");
        assert_eq!(mode(folder.path()), 0o755);
    }
}
