//! The copies of the program that agents and the service start: `~/.covibe/bin/covibe-local` and `covibe-mcp`.
//!
//! The program that a person runs may lie in a repository's `node_modules`, which a checkout of another branch removes.

use std::fs;
use std::io;
use std::path::{Component, Path};

use crate::command_error::Problem;
use crate::home::{CompanionHome, Mode, read_bounded, write_atomically};

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The names of the copies. They are the same program, which does what its name says.
const NAMES: [&str; 2] = ["covibe-local", "covibe-mcp"];

/// The file beside them with their version.
const VERSION_FILE: &str = "version";

/// The maximum size of a program, in bytes.
const MAX_PROGRAM: u64 = 256 * 1024 * 1024;

/// The outcome of copying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installed {
    /// They were written.
    Written,
    /// They were the same already.
    Same,
    /// They are of a later version, and stay.
    Later,
}

/// Copies the running program to the companion's folder. Copies of a later version stay.
///
/// A copy is a new file that takes the place of the old one, so that a process that runs the old one goes on.
///
/// # Errors
///
/// A problem if the program cannot be read, or the folder not be written.
pub fn install_programs(home: &CompanionHome) -> Result<Installed, Problem> {
    let own = std::env::current_exe().map_err(|error| unusable(home, &error))?;
    install_from(home, &own, VERSION)
}

/// Copies a program of a version.
fn install_from(home: &CompanionHome, own: &Path, version: &str) -> Result<Installed, Problem> {
    let folder = home.create_folder("bin").map_err(|error| unusable(home, &error))?;
    let is_copy = fs::canonicalize(own).ok() == fs::canonicalize(home.program(NAMES[0])).ok();
    if is_copy {
        return Ok(Installed::Same);
    }
    if installed_version(home).is_some_and(|installed| is_later(&installed, version)) {
        return Ok(Installed::Later);
    }
    let program = read_bounded(own, MAX_PROGRAM).map_err(|error| unusable(home, &error))?;
    let program = program.ok_or_else(|| unusable(home, &io::ErrorKind::NotFound.into()))?;
    let is_same = |name: &&str| {
        read_bounded(&folder.join(name), MAX_PROGRAM)
            .is_ok_and(|old| old.as_ref() == Some(&program))
    };
    if NAMES.iter().all(is_same) {
        return Ok(Installed::Same);
    }
    for name in NAMES {
        write_atomically(&folder.join(name), &program, Mode::Program)
            .map_err(|error| unusable(home, &error))?;
    }
    let text = format!("{version}\n");
    write_atomically(&folder.join(VERSION_FILE), text.as_bytes(), Mode::Kept)
        .map_err(|error| unusable(home, &error))?;
    Ok(Installed::Written)
}

/// Returns the version of the copies; none if there are none.
pub fn installed_version(home: &CompanionHome) -> Option<String> {
    let text = home.read(&format!("bin/{VERSION_FILE}"), 100).ok()??;
    let text = String::from_utf8(text).ok()?;
    home.program(NAMES[0]).is_file().then(|| text.trim().to_owned())
}

/// Returns whether a version is later than another one, both of numbers with dots between them.
pub fn is_later(version: &str, than: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> {
        let release = text.split(['-', '+']).next().unwrap_or_default();
        release.split('.').map(|part| part.parse().unwrap_or(0)).collect()
    };
    numbers(version) > numbers(than)
}

/// Returns whether this program lies in the cache of a command such as npx, which may remove it at any time.
pub fn is_in_cache() -> bool {
    std::env::current_exe().is_ok_and(|own| is_cache_path(&own))
}

fn is_cache_path(path: &Path) -> bool {
    let names: Vec<_> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    let is_cache =
        |name: &&str| *name == "_npx" || name.starts_with("dlx-") || name.starts_with("bunx-");
    names.iter().any(is_cache) || names.windows(2).any(|two| two == ["pnpm", "dlx"])
}

fn unusable(home: &CompanionHome, error: &io::Error) -> Problem {
    Problem::failure(format!(
        "The program cannot be copied to {}: {error}.",
        home.path("bin").display()
    ))
    .hint("Free some space there, or set COVIBE_HOME to another folder.")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn installed_copies_are_replaced_only_by_later_versions() {
        let folder = tempfile::tempdir().unwrap();
        let (home, own) =
            (CompanionHome::at(folder.path().join("home")), folder.path().join("own"));
        let install = |content: &str, version: &str| {
            fs::write(&own, content).unwrap();
            install_from(&home, &own, version).unwrap()
        };
        assert_eq!(installed_version(&home), None);
        assert_eq!(install("one", "2.4.0"), Installed::Written);
        let inode = fs::metadata(home.program("covibe-mcp")).unwrap().ino();
        assert_eq!(install("one", "2.4.0"), Installed::Same);
        assert_eq!(install("two", "2.10.0"), Installed::Written);
        assert_ne!(fs::metadata(home.program("covibe-mcp")).unwrap().ino(), inode);
        assert_eq!(install("one", "2.4.0"), Installed::Later);
        assert_eq!(fs::read_to_string(home.program("covibe-local")).unwrap(), "two");
        assert_eq!(installed_version(&home).as_deref(), Some("2.10.0"));
    }

    #[test]
    fn cache_paths_of_package_runners_are_recognized() {
        for path in [
            "/home/ada/.npm/_npx/0123456789abcdef/node_modules/co-vibe/vendor/covibe-local",
            "/home/ada/.cache/pnpm/dlx/1/node_modules/co-vibe/covibe-local",
            "/tmp/xfs-1/dlx-123/node_modules/co-vibe/covibe-local",
            "/tmp/bunx-1000-co-vibe/node_modules/co-vibe/covibe-local",
        ] {
            assert!(is_cache_path(Path::new(path)), "{path}");
        }
        for path in
            ["/home/ada/shop/node_modules/co-vibe/covibe-local", "/home/my_npx/covibe-local"]
        {
            assert!(!is_cache_path(Path::new(path)), "{path}");
        }
    }
}
