//! Folders and files that only the user may read, written whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The beginning of the names of files that are being written.
const TEMPORARY: &str = ".tmp-";

/// The file that writers lock.
const LOCK: &str = "lock";

/// A file that was read.
#[derive(Debug)]
pub(in crate::platform) enum Record<T> {
    /// It holds this.
    Here(T),
    /// No file has this name.
    Gone,
    /// It was not readable and has this name now.
    SetAside(String),
}

/// Opens the lock of a folder, and creates both where they are missing.
pub(super) fn open_lock(folder: &Path) -> io::Result<File> {
    create_folder(folder)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(folder.join(LOCK))
}

/// Creates a folder for the user alone, and makes one private that is not.
fn create_folder(folder: &Path) -> io::Result<()> {
    if !folder.is_dir() {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        folder.ancestors().skip(1).take(3).try_for_each(sync_folder)?;
    }
    make_private(folder)
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let others = fs::metadata(folder)?.permissions().mode() & 0o077;
    if others == 0 {
        return Ok(());
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Writes a file for the user alone: under another name, to the disk, and then in place of the one that has the name.
pub(in crate::platform) fn write_json(
    folder: &Path,
    name: &str,
    value: &impl Serialize,
) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
    file.write_all(&serde_json::to_vec(value)?)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name)).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Reads a file of at most `max` bytes. One that is larger, or has another form, is set aside under a name of its own, so
/// that a person can look at it and nothing is lost.
pub(in crate::platform) fn read_json<T: DeserializeOwned>(
    folder: &Path,
    name: &str,
    max: u64,
) -> io::Result<Record<T>> {
    let path = folder.join(name);
    let bytes = match read_bytes(&path, max) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Record::Gone),
        Err(error) => return Err(error),
    };
    match bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
        Some(value) => Ok(Record::Here(value)),
        None => set_aside(folder, name),
    }
}

/// Returns the bytes of a file; none for something else, such as a pipe, and for too many.
fn read_bytes(path: &Path, max: u64) -> io::Result<Option<Vec<u8>>> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
    let fits = bytes.len() as u64 <= max;
    Ok(fits.then_some(bytes))
}

fn set_aside<T>(folder: &Path, name: &str) -> io::Result<Record<T>> {
    let aside = format!("{name}.corrupt");
    match fs::rename(folder.join(name), folder.join(&aside)) {
        Ok(()) => Ok(Record::SetAside(aside)),
        // Another process was faster.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Record::Gone),
        Err(error) => Err(error),
    }
}

/// Removes what writers left that were killed. The caller has the folder's lock, so that no other one is writing.
pub(super) fn remove_leftovers(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(TEMPORARY.as_bytes()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Makes changes of names durable. Where folders can't be opened, the system does it on its own.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn files_and_folders_are_private_to_the_user() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a/b");
        open_lock(&folder).unwrap();
        write_json(&folder, "x.json", &1).unwrap();
        for (path, expected) in
            [("a", 0o700), ("a/b", 0o700), ("a/b/x.json", 0o600), ("a/b/lock", 0o600)]
        {
            assert_eq!(mode(&home.path().join(path)), expected, "{path}");
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        open_lock(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
    }

    #[test]
    fn an_unreadable_record_is_renamed_to_corrupt_and_reported() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str| read_json::<u8>(folder.path(), name, 10).unwrap();
        for content in ["{", "", "\"text\"", "           1"] {
            fs::write(folder.path().join("x.json"), content).unwrap();
            assert!(
                matches!(read("x.json"), Record::SetAside(name) if name == "x.json.corrupt"),
                "{content}"
            );
            assert!(matches!(read("x.json"), Record::Gone), "{content}");
            assert_eq!(fs::read_to_string(folder.path().join("x.json.corrupt")).unwrap(), content);
        }
        fs::create_dir(folder.path().join("y.json")).unwrap();
        assert!(matches!(read("y.json"), Record::SetAside(_)));
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_leftovers_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        write_json(folder.path(), "x.json", &1).unwrap();
        let missing = folder.path().join("missing");
        assert!(write_json(&missing, "x.json", &2).is_err());
        fs::write(folder.path().join(".tmp-abc"), "half").unwrap();
        remove_leftovers(folder.path()).unwrap();
        let names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|each| each.unwrap().file_name()).collect();
        assert_eq!(names, ["x.json"]);
    }
}
