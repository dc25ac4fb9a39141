//! The rules' input, which is the crates, their builds and the text of every file, and the finding that is their output.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::shell;

/// The packages whose builds are compared with that of the workspace: the program that tests start, and a crate whose
/// tests contributors run alone. `covibe-docker-gate` is always built alone, even for the tests that start it.
const ALONE: [&str; 2] = ["covibe-server", "covibe-domain"];

/// The platform whose builds are compared, as in `.config/hakari.toml`.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// The repository's contents.
#[derive(Default)]
pub(super) struct Workspace {
    /// The crates.
    pub(super) crates: Vec<Crate>,
    /// The UTF-8 files that git does not ignore.
    pub(super) files: Vec<File>,
    /// The paths of all files that git does not ignore, UTF-8 or not.
    pub(super) paths: BTreeSet<String>,
    /// The features of the programs that ship and of those that the tests start.
    pub(super) builds: Builds,
}

/// A crate of the workspace.
#[derive(Default)]
pub(super) struct Crate {
    /// The package's name.
    pub(super) name: String,
    /// The crate's folder, relative to the root.
    pub(super) dir: String,
    /// The packages that it depends on, dev-dependencies excluded.
    pub(super) dependencies: Vec<String>,
}

/// A text file.
pub(super) struct File {
    /// The path relative to the root, with slashes.
    pub(super) path: String,
    /// The contents.
    pub(super) text: String,
    /// The contents as Rust, from the first rule on that asks for it.
    parsed: OnceCell<syn::Result<syn::File>>,
}

/// The features of each package of a build, by its name and version, such as `serde v1.0.229`.
pub(super) type Features = BTreeMap<String, BTreeSet<String>>;

/// The builds that are compared.
#[derive(Default)]
pub(super) struct Builds {
    /// Packages, each built alone.
    pub(super) alone: Vec<(&'static str, Features)>,
    /// The build of `cargo test --workspace`.
    pub(super) tests: Features,
}

/// One violation: its place, and its remedy.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// The file's path, relative to the root.
    pub(super) path: String,
    /// The line, from 1.
    pub(super) line: usize,
    /// The remedy.
    pub(super) message: String,
}

impl File {
    /// Creates a file.
    pub(super) fn new(path: &str, text: String) -> Self {
        Self { path: path.to_owned(), text, parsed: OnceCell::new() }
    }

    /// Returns the lines with their numbers, from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// Returns the contents as Rust.
    pub(super) fn parsed(&self) -> Result<&syn::File, &syn::Error> {
        self.parsed.get_or_init(|| syn::parse_file(&self.text)).as_ref()
    }

    /// Returns whether the path ends with `extension`, given with its dot.
    pub(super) fn is(&self, extension: &str) -> bool {
        self.path.ends_with(extension)
    }
}

impl Workspace {
    /// Reads `cargo metadata` and every file that git does not ignore.
    pub(super) fn load() -> Result<Self> {
        let mut workspace = Self { crates: crates()?, builds: Builds::load()?, ..Self::default() };
        for path in paths()? {
            let bytes = std::fs::read(shell::root().join(&path)).with_context(|| path.clone())?;
            if let Ok(text) = String::from_utf8(bytes) {
                workspace.files.push(File::new(&path, text));
            }
            workspace.paths.insert(path);
        }
        Ok(workspace)
    }

    /// Returns the file at `path`.
    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Returns the sources in Rust.
    pub(super) fn sources(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is(".rs"))
    }

    /// Returns the lines of the files that `is_read` accepts, each with its file and its number, from 1.
    pub(super) fn lines(
        &self,
        is_read: impl Fn(&File) -> bool,
    ) -> impl Iterator<Item = (&File, usize, &str)> {
        let files = self.files.iter().filter(move |file| is_read(file));
        files.flat_map(|file| file.lines().map(move |(number, line)| (file, number, line)))
    }

    /// Returns the manifest's path and the line that names the dependency, or 1 where none does.
    pub(super) fn dependency_site(&self, krate: &Crate, dependency: &str) -> (String, usize) {
        let path = krate.manifest();
        let names = |line: &str| {
            let rest = line.strip_prefix(dependency);
            rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
        };
        let line = self.file(&path).and_then(|file| file.lines().find(|(_, line)| names(line)));
        (path, line.map_or(1, |(number, _)| number))
    }
}

impl Crate {
    /// Returns whether `cargo hakari` writes its dependencies: features of the other crates' dependencies,
    /// and no code.
    pub(super) fn is_written(&self) -> bool {
        self.name == "workspace-hack"
    }

    /// Returns the path of the manifest.
    pub(super) fn manifest(&self) -> String {
        format!("{}/Cargo.toml", self.dir)
    }

    /// Returns the folder of the sources, with a slash at the end.
    pub(super) fn source(&self) -> String {
        format!("{}/src/", self.dir)
    }
}

impl Builds {
    /// Asks cargo; downloads only packages that a build would download, too.
    pub(super) fn load() -> Result<Self> {
        let alone = |name| {
            Ok((name, read_features(&["--package", name, "--edges", "normal,no-proc-macro"])?))
        };
        let alone = ALONE.into_iter().map(alone).collect::<Result<_>>()?;
        Ok(Self {
            alone,
            tests: read_features(&["--workspace", "--edges", "normal,dev,no-proc-macro"])?,
        })
    }
}

impl Finding {
    /// Creates a finding; `line` counts from 1.
    pub(super) fn new(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

fn crates() -> Result<Vec<Crate>> {
    let metadata = MetadataCommand::new().current_dir(shell::root()).no_deps().exec()?;
    let read = |package: &cargo_metadata::Package| {
        let dir = package.manifest_path.parent().context("a manifest has no folder")?;
        let dir = dir.strip_prefix(&metadata.workspace_root)?.to_string().replace('\\', "/");
        let outside_tests =
            package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development);
        let dependencies = outside_tests.map(|dependency| dependency.name.clone()).collect();
        Ok(Crate { name: package.name.to_string(), dir, dependencies })
    };
    metadata.packages.iter().map(read).collect()
}

/// Returns the paths of the existing files that git does not ignore.
fn paths() -> Result<BTreeSet<String>> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = shell::git(&arguments)?;
    let exists = |path: &&str| shell::root().join(path).is_file();
    Ok(listed
        .split('\0')
        .filter(|path| !path.is_empty())
        .filter(exists)
        .map(str::to_owned)
        .collect())
}

/// Returns the features of the packages that are built for the platform. Those of macros and build scripts, which run
/// on the machine that compiles, are resolved apart.
fn read_features(selection: &[&str]) -> Result<Features> {
    let format = ["--prefix", "none", "--format", "{p}|{f}"];
    let mut cargo = shell::cargo(["tree", "--quiet", "--locked", "--target", PLATFORM]);
    Ok(parse_features(&shell::read_output(cargo.args(format).args(selection))?))
}

/// Reads lines such as `serde v1.0.229|derive,std (*)`.
fn parse_features(lines: &str) -> Features {
    let mut packages = Features::new();
    for (package, features) in lines.lines().filter_map(|line| line.split_once('|')) {
        // A package of this workspace has its path behind its version.
        let name = package.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let features = features.trim_end_matches(" (*)").split(',').filter(|it| !it.is_empty());
        packages.entry(name).or_default().extend(features.map(str::to_owned));
    }
    packages
}

#[cfg(test)]
impl Workspace {
    /// Creates a repository of these files, for the tests of the rules.
    pub(super) fn of_files(files: &[(&str, &str)]) -> Self {
        let paths = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        let file = |(path, text): &(&str, &str)| File::new(path, (*text).to_owned());
        Self { files: files.iter().map(file).collect(), paths, ..Self::default() }
    }

    /// Creates a repository of one crate in `crates/x`, for the tests of the rules.
    pub(super) fn of_crate(name: &str, dependencies: &[&str]) -> Self {
        let section: Vec<_> =
            dependencies.iter().map(|name| format!("{name}.workspace = true\n")).collect();
        let manifest = format!("[lints]\nworkspace = true\n\n[dependencies]\n{}", section.concat());
        let mut workspace = Self::of_files(&[("crates/x/Cargo.toml", &manifest)]);
        let dependencies = dependencies.iter().map(|name| (*name).to_owned()).collect();
        let (name, dir) = (name.to_owned(), "crates/x".to_owned());
        workspace.crates.push(Crate { name, dir, dependencies });
        workspace
    }
}

/// Returns the lines that findings name, for the tests of the rules.
#[cfg(test)]
pub(super) fn lines_of(findings: &[Finding]) -> Vec<usize> {
    findings.iter().map(|finding| finding.line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_repository_is_loaded_with_its_crates_and_files() {
        let workspace = Workspace::load().unwrap();
        let xtask = workspace.crates.iter().find(|krate| krate.name == "xtask").unwrap();
        assert_eq!(xtask.dir, "xtask");
        let (path, line) = workspace.dependency_site(xtask, "clap");
        let file = workspace.file(&path).unwrap();
        assert_eq!(file.lines().nth(line - 1).unwrap().1, "clap.workspace = true");
        assert!(workspace.paths.iter().all(|path| !path.starts_with("target/")));
    }

    #[test]
    fn the_features_of_each_package_are_parsed() {
        let lines = "covibe-x v2.4.0 (/work/x)|\nserde v1.0.229|derive,std\nitoa v1.0.18|\n\
                     serde v1.0.229|derive,std (*)\nitoa v1.0.18| (*)\n";
        let packages = parse_features(lines);
        let names: Vec<_> = packages.keys().map(String::as_str).collect();
        assert_eq!(names, ["covibe-x v2.4.0", "itoa v1.0.18", "serde v1.0.229"]);
        assert_eq!(packages["serde v1.0.229"].iter().collect::<Vec<_>>(), ["derive", "std"]);
        assert!(packages["itoa v1.0.18"].is_empty() && packages["covibe-x v2.4.0"].is_empty());
    }
}
