//! The packages that a change can reach: those whose files changed, and all that depend on them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Formatter};
use std::path::Path;

use anyhow::{Context as _, Result};
use cargo_metadata::{Metadata, MetadataCommand};

use crate::shell;

/// Files, and the packages whose tests read them besides the one that they are part of; a name that ends with `/` is a
/// folder.
const READERS: [(&str, &[&str]); 8] = [
    ("README.md", &["covibe-server", "xtask"]),
    ("crates/clients/upstream/tests/contract/", &["covibe-coolify", "covibe-gitea"]),
    ("crates/compose/tests/compose/", &["covibe-tools"]),
    ("crates/sandbox/src/coolify/compose/", &["covibe-compose"]),
    ("crates/testkit/contracts/", &["covibe-coolify", "covibe-gitea", "covibe-sandbox"]),
    ("deny.toml", &["xtask"]),
    ("docs/", &["covibe-config", "covibe-docker-gate", "covibe-http", "covibe-server", "xtask"]),
    ("migrations/", &["covibe-store"]),
];

/// Files that no test reads.
const UNREAD: [&str; 5] = [".ci/", ".gitignore", ".github/", "AGENTS.md", "rustfmt.toml"];

/// The packages to test.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// All of the workspace.
    All,
    /// These, by name, and whether the documentation of each has examples; none if no test reads what changed.
    Packages(BTreeMap<String, bool>),
}

impl Selection {
    /// Returns the options of cargo that select them.
    pub(super) fn arguments(&self) -> Vec<String> {
        match self {
            Self::All => vec!["--workspace".to_owned()],
            Self::Packages(packages) => options(packages.keys()),
        }
    }

    /// Returns the options of cargo that select those whose documentation has examples; `None` if there are none.
    ///
    /// # Errors
    /// The packages or their files can't be read.
    pub(super) fn with_examples(&self) -> Result<Option<Vec<String>>> {
        let options = match self {
            Self::All => {
                let packages = packages(&metadata()?)?;
                options(packages.iter().filter(|it| it.has_examples).map(|it| &it.name))
            }
            Self::Packages(packages) => {
                options(packages.iter().filter(|(_, has_examples)| **has_examples).map(|it| it.0))
            }
        };
        Ok((!options.is_empty()).then_some(options))
    }

    /// Returns whether a package is among them.
    pub(super) fn contains(&self, package: &str) -> bool {
        match self {
            Self::All => true,
            Self::Packages(packages) => packages.contains_key(package),
        }
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => formatter.write_str("The change may matter to every package."),
            Self::Packages(packages) => {
                let names: Vec<_> = packages.keys().map(String::as_str).collect();
                write!(formatter, "The change can reach {}.", names.join(", "))
            }
        }
    }
}

fn options<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    names.flat_map(|name| ["--package".to_owned(), name.clone()]).collect()
}

/// A package of the workspace.
struct Package {
    name: String,
    /// The folder of its manifest, relative to the root, with a slash at the end.
    folder: String,
    /// True if it is a library with examples in its doc comments, which rustdoc runs.
    has_examples: bool,
    /// The packages of the workspace that it depends on, also those that only its tests need.
    dependencies: BTreeSet<String>,
}

/// Returns what the change since a commit can reach, with what is not committed.
///
/// # Errors
/// Git does not know the commit.
pub(super) fn since(commit: &str) -> Result<Selection> {
    Ok(reach(&changed_files(commit)?, &packages(&metadata()?)?))
}

fn metadata() -> Result<Metadata> {
    Ok(MetadataCommand::new().current_dir(shell::root()).no_deps().exec()?)
}

/// Returns the files that differ from a commit, with those that git does not know yet.
///
/// # Errors
/// Git does not know the commit.
pub(crate) fn changed_files(commit: &str) -> Result<Vec<String>> {
    let diff = shell::git(&["diff", "-z", "--name-only", "--no-renames", commit, "--"])?;
    let untracked = shell::git(&["ls-files", "-z", "--others", "--exclude-standard"])?;
    let files = diff.split_terminator('\0').chain(untracked.split_terminator('\0'));
    Ok(files.map(str::to_owned).collect())
}

fn packages(metadata: &Metadata) -> Result<Vec<Package>> {
    let root = &metadata.workspace_root;
    let package = |package: &cargo_metadata::Package| {
        let folder = package.manifest_path.parent()?.strip_prefix(root).ok()?;
        let own = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
        let is_library = package.targets.iter().any(cargo_metadata::Target::is_lib);
        let source = root.join(folder).join("src").into_std_path_buf();
        Some(has_examples(is_library, &source).map(|has_examples| Package {
            name: package.name.to_string(),
            folder: format!("{folder}/"),
            has_examples,
            dependencies: own.map(|dependency| dependency.name.clone()).collect(),
        }))
    };
    metadata.packages.iter().filter_map(package).collect()
}

/// Returns whether rustdoc may find examples in the doc comments of the files below a library's folder. Reading them is
/// quicker than to have rustdoc read each library: most have none.
fn has_examples(is_library: bool, folder: &Path) -> Result<bool> {
    if !is_library {
        return Ok(false);
    }
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let has_example = if path.is_dir() {
            has_examples(true, &path)?
        } else {
            path.extension().is_some_and(|extension| extension == "rs")
                && std::fs::read_to_string(&path)?.lines().any(begins_code)
        };
        if has_example {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns whether a line of a doc comment begins or ends a block of code.
fn begins_code(line: &str) -> bool {
    let text = line.trim_start();
    ["///", "//!"].iter().any(|mark| {
        text.strip_prefix(mark).is_some_and(|text| text.trim_start().starts_with("```"))
    })
}

fn reach(files: &[String], packages: &[Package]) -> Selection {
    let mut reached = BTreeSet::new();
    for file in files {
        match readers(file, packages) {
            Some(readers) => reached.extend(readers),
            None => return Selection::All,
        }
    }
    while let Some(dependent) = packages.iter().find(|package| {
        !reached.contains(&package.name) && !package.dependencies.is_disjoint(&reached)
    }) {
        reached.insert(dependent.name.clone());
    }
    let reached = packages.iter().filter(|package| reached.contains(&package.name));
    Selection::Packages(reached.map(|it| (it.name.clone(), it.has_examples)).collect())
}

/// Returns the packages whose build or tests read a file; `None` if that may be any.
fn readers(file: &str, packages: &[Package]) -> Option<Vec<String>> {
    let matches = |name: &str| file == name || (name.ends_with('/') && file.starts_with(name));
    let own = packages.iter().filter(|package| file.starts_with(&package.folder));
    let own = own.max_by_key(|package| package.folder.len()).map(|package| package.name.clone());
    let others = READERS.iter().find(|(name, _)| matches(name)).map(|(_, readers)| *readers);
    let is_known = own.is_some() || others.is_some() || UNREAD.into_iter().any(matches);
    let others = others.into_iter().flatten().map(|&name| name.to_owned());
    is_known.then(|| own.into_iter().chain(others).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, folder: &str, dependencies: &[&str]) -> Package {
        let dependencies = dependencies.iter().map(|&name| name.to_owned()).collect();
        let (name, folder) = (name.to_owned(), folder.to_owned());
        Package { name, folder, has_examples: true, dependencies }
    }

    fn reached_by(files: &[&str]) -> Selection {
        let packages = [
            package("covibe-store", "crates/store/", &[]),
            package("covibe-tools", "crates/tools/", &["covibe-testkit"]),
            package("covibe-testkit", "crates/testkit/", &["covibe-store"]),
            package("covibe-testkit-docker", "crates/testkit/docker/", &[]),
            package("covibe-photos", "crates/photos/", &[]),
            package("covibe-compose", "crates/compose/", &[]),
        ];
        reach(&files.iter().map(|&file| file.to_owned()).collect::<Vec<_>>(), &packages)
    }

    fn names(names: &[&str]) -> Selection {
        Selection::Packages(names.iter().map(|&name| (name.to_owned(), true)).collect())
    }

    #[test]
    fn a_change_affects_all_packages_that_depend_on_the_changed_one() {
        let all = ["covibe-store", "covibe-testkit", "covibe-tools"];
        assert_eq!(reached_by(&["crates/store/src/lib.rs"]), names(&all));
        assert_eq!(reached_by(&["migrations/sqlite/0002/up.sql"]), names(&all));
        assert_eq!(reached_by(&["crates/photos/src/lib.rs"]), names(&["covibe-photos"]));
    }

    #[test]
    fn a_file_belongs_to_the_innermost_package() {
        let docker = names(&["covibe-testkit-docker"]);
        assert_eq!(reached_by(&["crates/testkit/docker/src/lib.rs"]), docker);
    }

    #[test]
    fn a_file_affects_its_package_and_other_packages_that_read_it() {
        let both = names(&["covibe-compose", "covibe-tools"]);
        assert_eq!(reached_by(&["crates/compose/tests/compose/accepted/a.yml"]), both);
    }

    #[test]
    fn a_file_that_no_test_reads_affects_no_packages() {
        assert_eq!(reached_by(&[".github/workflows/ci.yml", "AGENTS.md"]), names(&[]));
    }

    #[test]
    fn an_unknown_file_affects_all_packages() {
        assert_eq!(reached_by(&["AGENTS.md", "Cargo.lock"]), Selection::All);
    }

    #[test]
    fn a_library_with_a_code_block_in_a_doc_comment_has_examples() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(folder.path().join("lib.rs"), "/// Text.\nconst FENCE: &str = \"```\";")
            .unwrap();
        assert!(!has_examples(true, folder.path()).unwrap());
        std::fs::write(inner.join("mod.rs"), "    /// ```\n    /// f();\n    /// ```\n").unwrap();
        assert!(has_examples(true, folder.path()).unwrap());
        assert!(
            !has_examples(false, folder.path()).unwrap(),
            "rustdoc runs no examples of programs"
        );
    }

    #[test]
    fn the_listed_readers_of_files_are_existing_packages() {
        let metadata = metadata().unwrap();
        for (file, readers) in READERS {
            assert!(shell::root().join(file).exists(), "{file}");
            for reader in readers {
                assert!(metadata.packages.iter().any(|it| it.name == *reader), "{file}: {reader}");
            }
        }
    }
}
