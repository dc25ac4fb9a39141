//! The folder of the workspace: every file is opened beneath its handle, so that no link, `..`, device or race leads out.

mod io_errors;
mod reading;
mod root;
mod writing;

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use covibe_domain::Failure;

pub(super) use io_errors::failure;
pub(super) use reading::{Content, decode, small_text};
pub(super) use root::{Root, regular as open_regular};
pub(super) use writing::MAX_CONTENT;

use super::bounded_texts::escape_to_one_line;

/// The maximum length of a path, in bytes.
const MAX_LENGTH: usize = 4096;

/// A path below the root, without `.` and `..`; empty for the root itself. Links may still lead anywhere: only opening it
/// beneath the root's handle says what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inside(PathBuf);

impl Inside {
    /// The root itself.
    pub(super) fn root() -> Self {
        Self(PathBuf::new())
    }

    /// Reads a path that is relative to the root, or absolute and below it.
    pub(super) fn parse(text: &str, base: &Path) -> Result<Self, Failure> {
        if text.len() > MAX_LENGTH || text.contains('\0') {
            return Err(Failure::invalid("The path is too long or has a NUL character."));
        }
        let path = Path::new(text);
        let path = path.strip_prefix(base).unwrap_or(path);
        let mut inside = PathBuf::new();
        for component in path.components() {
            match component {
                Component::Normal(name) => inside.push(name),
                Component::CurDir => {}
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err(outside_root());
                }
            }
        }
        Ok(Self(inside))
    }

    pub(super) fn as_path(&self) -> &Path {
        &self.0
    }

    pub(super) fn is_root(&self) -> bool {
        self.0.as_os_str().is_empty()
    }

    /// Returns the path for handles, for which the root is a dot.
    pub(super) fn for_handle(&self) -> &Path {
        if self.is_root() { Path::new(".") } else { &self.0 }
    }

    /// Returns whether a name of the path is git's.
    pub(super) fn has_git(&self) -> bool {
        self.0.iter().any(is_git)
    }

    /// Returns the text for answers.
    pub(super) fn text(&self) -> String {
        if self.is_root() { ".".to_owned() } else { escape_to_one_line(&self.0) }
    }
}

/// Returns the failure for a path that leads out of the root.
fn outside_root() -> Failure {
    Failure::forbidden("The path points outside the workspace.")
        .hint("Pass a path below the workspace's root, relative to it and without `..`.")
}

/// Returns whether a name is git's own, in any case, even with characters that some file systems leave out.
pub(super) fn is_git(name: &OsStr) -> bool {
    let is_left_out = |c: char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let name = name.to_string_lossy();
    let name: String = name.chars().filter(|c| !is_left_out(*c)).collect();
    name.eq_ignore_ascii_case(".git")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_relative_to_the_root_and_others_are_refused() {
        let root = Path::new("/srv/work");
        for (text, inside) in [
            ("a/b", "a/b"),
            ("./a//b/", "a/b"),
            ("/srv/work/a", "a"),
            (".", ""),
            ("", ""),
            ("/srv/work", ""),
        ] {
            assert_eq!(Inside::parse(text, root).unwrap().as_path(), Path::new(inside), "{text}");
        }
        for text in ["..", "a/../b", "/etc/passwd", "/srv/work/../x", "/srv/workshop", "a\0b"] {
            assert!(Inside::parse(text, root).is_err(), "{text}");
        }
    }

    #[test]
    fn the_git_folder_is_recognised_in_any_case_and_disguise() {
        for name in [".git", ".GIT", ".Git", ".g\u{200c}it"] {
            assert!(is_git(OsStr::new(name)), "{name}");
        }
        for name in [".gitignore", ".github", "git", ".git2"] {
            assert!(!is_git(OsStr::new(name)), "{name}");
        }
    }
}
