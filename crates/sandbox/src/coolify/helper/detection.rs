//! What nixpacks takes a folder for, and what a build says that can't begin.

use std::fs;
use std::path::Path;

use super::build::Build;
use super::clone::Clone;

/// The files by which nixpacks knows the language of a program, or a site (1.39, by its source).
const FILES: [&str; 34] = [
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
    "pom.atom",
    "pom.clj",
    "pom.groovy",
    "pom.rb",
    "pom.scala",
    "pom.yaml",
    "pom.yml",
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
    "index.html",
];

/// The endings of such files, and folders that it takes for a site.
const ENDINGS: [&str; 3] = [".csproj", ".fsproj", ".cbl"];
const FOLDERS: [&str; 3] = ["public", "index", "dist"];

/// Coolify's message where nixpacks names no language (4.3.11).
const UNDETECTED: &str = "Nixpacks failed to detect the application type. Please check the documentation \
                          of Nixpacks: https://nixpacks.com/docs/providers";

impl Build {
    /// Returns why the build fails before it begins.
    pub(super) fn failure(&self, clone: &Clone) -> Option<String> {
        let folder = clone.root().join(self.path(""));
        match self.pack.as_str() {
            "nixpacks" => (!is_known(&folder)).then(|| UNDETECTED.to_owned()),
            "dockerfile" => {
                let location =
                    Some(self.dockerfile.as_str()).filter(|location| !location.is_empty());
                let file = self.path(location.unwrap_or("Dockerfile"));
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                (!clone.root().join(file).is_file()).then(|| {
                    format!(
                        "ERROR: failed to build: failed to solve: failed to read dockerfile: open {name}: no such \
                         file or directory"
                    )
                })
            }
            _ => None,
        }
    }
}

/// Whether nixpacks names a language for what is in a folder.
fn is_known(folder: &Path) -> bool {
    let has_ending = || {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.into_iter().any(|name| ENDINGS.iter().any(|ending| name.ends_with(ending)))
    };
    FILES.iter().any(|name| folder.join(name).is_file())
        || FOLDERS.iter().any(|name| folder.join(name).is_dir())
        || has_ending()
}
