//! Detection of how the folders of a commit can be built, by the names of their files.

use std::collections::BTreeMap;

use crate::tree_entry::{Entry, Mode, OVERHEAD};

/// The name of the file by which an app is built, unless the app names another one.
const DOCKERFILE: &str = "Dockerfile";

/// The name of a page. A folder with one is a static site, unless it also contains a program.
const PAGE: &str = "index.html";

/// The names of compose files, in the order in which Docker Compose prefers them.
const COMPOSE: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// The names of files by which nixpacks (1.39) recognises a program, if they are in the folder that is built. A page
/// beside one is a part of the program.
const PROGRAMS: [&str; 34] = [
    "package.json",
    "requirements.txt",
    "pyproject.toml",
    "Pipfile",
    "main.py",
    "go.mod",
    "main.go",
    "Cargo.toml",
    "Gemfile",
    "composer.json",
    "index.php",
    "deno.json",
    "deno.jsonc",
    "mix.exs",
    "pom.xml",
    "pom.groovy",
    "pom.scala",
    "pom.yaml",
    "build.gradle",
    "build.gradle.kts",
    "gradlew",
    "build.sbt",
    "project.clj",
    "build.clj",
    "shard.yml",
    "pubspec.yaml",
    "gleam.toml",
    "package.yaml",
    "Package.swift",
    "build.zig",
    "Staticfile",
    "Procfile",
    "nixpacks.toml",
    "nixpacks.json",
];

/// The endings of such files whose names vary.
const PROGRAM_ENDINGS: [&str; 3] = [".csproj", ".fsproj", ".cbl"];

/// The memory limit of the folders that are kept with a verdict, in bytes.
const MAX_FOLDERS: usize = 1 << 20;

/// The way in which a folder can be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detected {
    /// By its Dockerfile.
    Dockerfile,
    /// By nixpacks, which recognises a program by this file.
    Program(&'static str),
    /// Not at all: it contains a page, but no program.
    Page,
    /// By no file that this crate knows.
    Unknown,
}

/// The files of a folder that matter for its build. The names of a program and of a compose file are the preferred
/// ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    has_dockerfile: bool,
    has_page: bool,
    program: Option<&'static str>,
    compose: Option<&'static str>,
}

/// The folders that contain a file which decides how they are built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Folders {
    seen: BTreeMap<String, Seen>,
    /// The bytes of memory that they take.
    weight: usize,
}

impl Folders {
    /// Notes an entry of the tree.
    pub(crate) fn note(&mut self, entry: &Entry) {
        let name = entry.name();
        let mut seen = Seen::default();
        match entry.mode {
            Mode::File | Mode::Link if name == DOCKERFILE => seen.has_dockerfile = true,
            Mode::File if name == PAGE => seen.has_page = true,
            Mode::File => {
                seen.program = program(name);
                seen.compose = COMPOSE.into_iter().find(|each| *each == name);
            }
            _ => {}
        }
        if seen != Seen::default() {
            self.add(entry.folder(), seen);
        }
    }

    fn add(&mut self, folder: &str, seen: Seen) {
        let known = self.seen.get_mut(folder);
        if let Some(known) = known {
            return known.merge(seen);
        }
        let weight = folder.len() + OVERHEAD;
        if self.weight + weight <= MAX_FOLDERS {
            self.weight += weight;
            self.seen.insert(folder.to_owned(), seen);
        }
    }

    /// Adds the folders of a submodule at this path.
    pub(crate) fn add_below(&mut self, path: &str, other: &Self) {
        for (folder, seen) in &other.seen {
            let below =
                if folder.is_empty() { path.to_owned() } else { format!("{path}/{folder}") };
            self.add(&below, *seen);
        }
    }

    /// Returns about how many bytes of memory the folders take, at most 1 MiB.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    /// Returns how a folder can be built.
    pub(crate) fn detect_build(&self, folder: &str) -> Detected {
        match self.seen.get(folder) {
            Some(Seen { has_dockerfile: true, .. }) => Detected::Dockerfile,
            Some(Seen { program: Some(name), .. }) => Detected::Program(name),
            Some(Seen { has_page: true, .. }) => Detected::Page,
            _ => Detected::Unknown,
        }
    }

    /// Returns whether a folder has a file named `Dockerfile`.
    pub(crate) fn has_dockerfile(&self, folder: &str) -> bool {
        self.seen.get(folder).is_some_and(|seen| seen.has_dockerfile)
    }

    /// Returns the name of a folder's compose file.
    pub(crate) fn compose(&self, folder: &str) -> Option<&'static str> {
        self.seen.get(folder)?.compose
    }
}

impl Seen {
    fn merge(&mut self, other: Self) {
        self.has_dockerfile |= other.has_dockerfile;
        self.has_page |= other.has_page;
        self.program = first(&PROGRAMS, self.program, other.program);
        self.compose = first(&COMPOSE, self.compose, other.compose);
    }
}

/// Returns the one of two names that comes first in a list.
fn first(
    list: &[&str],
    one: Option<&'static str>,
    other: Option<&'static str>,
) -> Option<&'static str> {
    let place = |name: &&str| list.iter().position(|each| each == name).unwrap_or(list.len());
    one.into_iter().chain(other).min_by_key(place)
}

/// Returns the entry of the lists above by which nixpacks recognises a program, if this file's name matches one.
fn program(name: &str) -> Option<&'static str> {
    let named = PROGRAMS.into_iter().find(|program| *program == name);
    named.or_else(|| PROGRAM_ENDINGS.into_iter().find(|ending| name.ends_with(ending)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(paths: &[&str]) -> Folders {
        let mut folders = Folders::default();
        for path in paths {
            let (path, id) = ((*path).to_owned(), "c0ffee".to_owned());
            folders.note(&Entry { path, mode: Mode::File, id, size: None });
        }
        folders
    }

    #[test]
    fn the_kind_of_build_is_detected_from_the_files_of_the_folder() {
        let of = |folder: &str, paths: &[&str]| folders(paths).detect_build(folder);
        assert_eq!(of("", &["index.html", "style.css"]), Detected::Page);
        assert_eq!(of("", &["index.html", "Dockerfile", "package.json"]), Detected::Dockerfile);
        for program in PROGRAMS {
            assert_eq!(of("", &["index.html", program]), Detected::Program(program));
        }
        assert_eq!(of("", &["Shop.csproj"]), Detected::Program(".csproj"));
        assert_eq!(of("", &["public/index.html"]), Detected::Unknown);
        assert_eq!(of("public", &["public/index.html", "package.json"]), Detected::Page);
        assert_eq!(of("", &["README.md", "compose.yaml"]), Detected::Unknown);
    }

    #[test]
    fn the_program_and_compose_file_are_chosen_by_precedence_not_by_order() {
        let found =
            folders(&["a/Procfile", "a/package.json", "a/docker-compose.yml", "a/compose.yml"]);
        assert_eq!(found.detect_build("a"), Detected::Program("package.json"));
        assert_eq!(found.compose("a"), Some("compose.yml"));
        assert_eq!((found.compose(""), found.has_dockerfile("a")), (None, false));
    }

    #[test]
    fn the_folders_of_a_submodule_are_detected_below_its_path() {
        let mut all = folders(&["README.md"]);
        all.add_below("lib", &folders(&["Dockerfile", "web/index.html"]));
        assert_eq!(all.detect_build("lib"), Detected::Dockerfile);
        assert_eq!(all.detect_build("lib/web"), Detected::Page);
    }

    #[test]
    fn the_number_of_remembered_folders_is_bounded() {
        let mut folders = Folders::default();
        for at in 0..3_000 {
            let path = format!("{at:0512}/package.json");
            folders.note(&Entry { path, mode: Mode::File, id: String::new(), size: None });
        }
        assert_eq!(folders.seen.len(), MAX_FOLDERS / (512 + OVERHEAD));
    }
}
