//! Removal of a folder with all that is in it, however deep it is and whatever modes its folders have.
//!
//! The removal of the standard library, and of programs that use it, takes a frame of the stack and a descriptor for
//! each level. A command that makes some thousand folders inside of each other would end the process that removes them.
//! Here, a folder is moved to the top before it is emptied, so that a few descriptors are enough for any depth.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, Dir, DirEntry, FileType, Mode, OFlags, chmodat, fchmod, openat, renameat, statat,
    unlinkat,
};
use rustix::io::Errno;
use rustix::path::Arg;

/// The flags with which a folder is opened; a link is not followed.
const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Removes a folder with all that is in it, if it exists. Links are removed and not followed. Nobody else may change
/// the folder meanwhile.
///
/// # Errors
///
/// Something cannot be removed. The rest is removed.
pub fn remove_tree(path: &Path) -> io::Result<()> {
    let folder = match open_folder(CWD, path) {
        Ok(folder) => folder,
        Err(Errno::NOENT) => return Ok(()),
        // A link or a file is in the place of the folder.
        Err(Errno::NOTDIR | Errno::LOOP) => return Ok(unlinkat(CWD, path, AtFlags::empty())?),
        Err(error) => return Err(error.into()),
    };
    let top = Top { folder: Dir::new(folder)?, waiting: Vec::new(), moved: 0, problem: None };
    top.empty()?;
    Ok(unlinkat(CWD, path, AtFlags::REMOVEDIR)?)
}

/// The folder that is removed.
struct Top {
    folder: Dir,
    /// The names of the folders in it that are still to be removed.
    waiting: Vec<OsString>,
    /// The number in the name of the folder that is moved next.
    moved: u64,
    /// The first failure.
    problem: Option<Errno>,
}

impl Top {
    fn empty(mut self) -> Result<(), Errno> {
        while let Some(entry) = read_entry(&mut self.folder)? {
            let name = name_of(&entry);
            if is_directory_entry(&self.folder, &entry)? {
                self.waiting.push(name.to_owned());
            } else {
                let removed = unlinkat(self.folder.fd()?, name, AtFlags::empty());
                self.note(removed);
            }
        }
        while let Some(name) = self.waiting.pop() {
            let removed = self.remove_folder(&name);
            self.note(removed);
        }
        self.problem.map_or(Ok(()), Err)
    }

    /// Removes one of its folders, after what is in it: files are removed, and folders are moved up.
    fn remove_folder(&mut self, name: &OsStr) -> Result<(), Errno> {
        let mut folder = match open_folder(self.folder.fd()?, name) {
            Ok(folder) => Dir::new(folder)?,
            // Another folder was moved over it while it was empty, and both have this name.
            Err(Errno::NOENT) => return Ok(()),
            Err(error) => return Err(error),
        };
        while let Some(entry) = read_entry(&mut folder)? {
            let removed = if is_directory_entry(&folder, &entry)? {
                self.move_up(folder.fd()?, name_of(&entry))
            } else {
                unlinkat(folder.fd()?, name_of(&entry), AtFlags::empty())
            };
            self.note(removed);
        }
        unlinkat(self.folder.fd()?, name, AtFlags::REMOVEDIR)
    }

    fn move_up(&mut self, from: BorrowedFd<'_>, name: &OsStr) -> Result<(), Errno> {
        // Only a folder that its owner can write can be moved.
        drop(open_folder(from, name)?);
        loop {
            let place = OsString::from(format!("moved-{}", self.moved));
            self.moved += 1;
            match renameat(from, name, self.folder.fd()?, &place) {
                // Something else has this name.
                Err(Errno::EXIST | Errno::NOTEMPTY | Errno::NOTDIR) => {}
                Err(error) => return Err(error),
                Ok(()) => {
                    self.waiting.push(place);
                    return Ok(());
                }
            }
        }
    }

    /// Notes a failure. The rest is removed nevertheless.
    fn note(&mut self, removed: Result<(), Errno>) {
        self.problem = self.problem.or(removed.err());
    }
}

/// Opens a folder, which its owner can read and change from then on.
fn open_folder<P: Arg + Copy>(parent: BorrowedFd<'_>, name: P) -> Result<OwnedFd, Errno> {
    let folder = match openat(parent, name, FOLDER, Mode::empty()) {
        Err(Errno::ACCESS) => {
            chmodat(parent, name, Mode::RWXU, AtFlags::empty())?;
            openat(parent, name, FOLDER, Mode::empty())?
        }
        opened => opened?,
    };
    // It fails for the folder of another user, whose entries may be removable nevertheless.
    let _ = fchmod(&folder, Mode::RWXU);
    Ok(folder)
}

/// Returns the next entry besides the folder itself and the one above it.
fn read_entry(folder: &mut Dir) -> Result<Option<DirEntry>, Errno> {
    loop {
        match folder.read().transpose()? {
            Some(entry) if matches!(entry.file_name().to_bytes(), b"." | b"..") => {}
            entry => return Ok(entry),
        }
    }
}

fn name_of(entry: &DirEntry) -> &OsStr {
    OsStr::from_bytes(entry.file_name().to_bytes())
}

fn is_directory_entry(parent: &Dir, entry: &DirEntry) -> Result<bool, Errno> {
    let kind = match entry.file_type() {
        // Some file systems do not say it.
        FileType::Unknown => {
            let status = statat(parent.fd()?, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)?;
            FileType::from_raw_mode(status.st_mode)
        }
        kind => kind,
    };
    Ok(kind == FileType::Directory)
}

/// Makes this many folders inside of each other in a folder, the innermost with a file.
#[cfg(test)]
pub(crate) fn make_deep_tree(folder: &Path, levels: usize) {
    let mut inner = openat(CWD, folder, FOLDER, Mode::empty()).unwrap();
    for _ in 0..levels {
        rustix::fs::mkdirat(&inner, "d", Mode::RWXU).unwrap();
        inner = openat(&inner, "d", FOLDER, Mode::empty()).unwrap();
    }
    openat(&inner, "file", OFlags::CREATE | OFlags::WRONLY, Mode::RUSR).unwrap();
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_tree_of_20_000_levels_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("work");
        fs::create_dir(&tree).unwrap();
        make_deep_tree(&tree, 20_000);
        remove_tree(&tree).unwrap();
        assert!(!tree.exists());
    }

    #[test]
    fn a_tree_with_inaccessible_folders_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("work");
        fs::create_dir_all(tree.join("a/b/c")).unwrap();
        fs::write(tree.join("a/b/file"), "x").unwrap();
        for (name, mode) in [("a/b/c", 0o000), ("a/b", 0o555), ("a", 0o000), ("", 0o300)] {
            fs::set_permissions(tree.join(name), Permissions::from_mode(mode)).unwrap();
        }
        remove_tree(&tree).unwrap();
        remove_tree(&tree).unwrap();
        assert!(!tree.exists());
    }

    #[test]
    fn a_wide_tree_whose_names_collide_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("work");
        for number in 0..20 {
            fs::create_dir_all(tree.join(format!("moved-{number}/moved-{number}/x/y"))).unwrap();
            fs::create_dir_all(tree.join(format!("a/{number}/empty"))).unwrap();
            fs::write(tree.join(format!("a/moved-{number}")), "x").unwrap();
        }
        remove_tree(&tree).unwrap();
        assert!(!tree.exists());
    }

    #[test]
    fn links_are_removed_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (tree, outside) = (folder.path().join("work"), folder.path().join("outside"));
        fs::create_dir_all(tree.join("a/b")).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("file"), "x").unwrap();
        for link in ["link", "a/link", "a/b/link"] {
            symlink(&outside, tree.join(link)).unwrap();
        }
        symlink(outside.join("file"), tree.join("a/to-file")).unwrap();
        symlink("/nonexistent", tree.join("a/dangling")).unwrap();
        remove_tree(&tree).unwrap();
        assert!(!tree.exists());
        symlink(&outside, &tree).unwrap();
        remove_tree(&tree).unwrap();
        assert!(tree.symlink_metadata().is_err());
        assert_eq!(fs::read_to_string(outside.join("file")).unwrap(), "x");
    }
}
