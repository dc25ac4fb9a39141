//! The detection of nixpacks: the kind of a folder, the output of a build that fails, and the program of a built image.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::build_breaches::Build;
use super::dockerfile::{self, Plan};
use super::repository_clone::Clone;
use crate::coolify::predicted_failures::Ending;

/// The files by which nixpacks recognises the language of a program, or a site (1.39, by its source).
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

/// Coolify's message if nixpacks names no language (4.3.11).
const UNDETECTED: &str = "Nixpacks failed to detect the application type. Please check the documentation \
                          of Nixpacks: https://nixpacks.com/docs/providers";

impl Build {
    /// Returns the output of the build if it fails.
    pub(super) fn failure(&self, clone: &Clone) -> Option<Vec<String>> {
        let folder = clone.root().join(self.path(""));
        match self.pack.as_str() {
            "nixpacks" => (!is_known(&folder)).then(|| vec![UNDETECTED.to_owned()]),
            "dockerfile" => {
                let file = self.dockerfile();
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                match self.dockerfile_text(clone) {
                    Some(text) => dockerfile::failure(&name, &text, &folder),
                    None => Some(vec![format!(
                        "ERROR: failed to build: failed to solve: failed to read dockerfile: open {name}: no such \
                         file or directory"
                    )]),
                }
            }
            _ => None,
        }
    }

    /// Returns the program of the built image, as far as the repository shows it.
    pub(super) fn plan_of(&self, clone: &Clone) -> Plan {
        match self.pack.as_str() {
            "dockerfile" => Plan::parse(&self.dockerfile_text(clone).unwrap_or_default()),
            "nixpacks" => Plan { ending: start_script(clone, self), ..Plan::default() },
            _ => Plan::default(),
        }
    }

    fn dockerfile(&self) -> PathBuf {
        let location = Some(self.dockerfile.as_str()).filter(|location| !location.is_empty());
        self.path(location.unwrap_or("Dockerfile"))
    }

    /// Returns the text of the Dockerfile; empty for one outside the clone, because the log would show it.
    fn dockerfile_text(&self, clone: &Clone) -> Option<String> {
        let path = self.dockerfile();
        let bytes = clone.read(&path)?;
        let is_inside = clone.write_target(&path).is_some_and(|at| clone.contains(&at));
        Some(if is_inside { String::from_utf8_lossy(&bytes).into_owned() } else { String::new() })
    }
}

/// Returns the ending of the start command, or of the script of that name in `package.json`, if it ends at once.
fn start_script(clone: &Clone, build: &Build) -> Option<Ending> {
    let command = build.start_command.trim();
    if !matches!(command, "" | "npm start" | "npm run start") {
        return Ending::of_script(command);
    }
    let package = clone.read(&build.path("package.json"))?;
    let package: Value = serde_json::from_slice(&package).ok()?;
    Ending::of_script(package["scripts"]["start"].as_str()?)
}

/// Returns whether nixpacks names a language for the content of a folder.
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
