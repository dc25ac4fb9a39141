//! The files of the npm package: the programs of the platforms, and the scripts that start them.

use serde_json::{Value, json};

use super::npm_tarball::{File, sha256};
use super::packaged_programs::{BINARY, Binary};

/// The version of the package, which is that of the workspace.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The name of the package.
pub(super) const NAME: &str = "co-vibe";

/// The name in a registry of a scope, whose settings npm has apart from those of the public one.
pub(super) const SCOPED_NAME: &str = "@co-vibe/local";

/// The commands of the package, which are two roles of one program.
const COMMANDS: [(&str, &str); 2] = [
    ("covibe-local", include_str!("npm/covibe-local.js")),
    ("covibe-mcp", include_str!("npm/covibe-mcp.js")),
];

const RUN: &str = include_str!("npm/run.js");
const README: &str = include_str!("npm/README.md");

/// Returns all files of the package with this name.
pub(super) fn files(name: &str, binaries: &[Binary]) -> Vec<File> {
    let mut files = vec![
        File::text("package.json", &pretty(&package_json(name))),
        File::text("manifest.json", &pretty(&manifest(binaries))),
        File::text("README.md", README),
        File::text("lib/run.js", RUN),
    ];
    let commands = COMMANDS.iter();
    files.extend(
        commands.map(|(name, text)| File::program(&format!("bin/{name}.js"), text.as_bytes())),
    );
    files.extend(binaries.iter().map(|each| File::program(&path(each), &each.content)));
    files
}

/// Returns `package.json`. It names no `os` and no `cpu`: npm would then refuse to install the other dependencies
/// of a project for the colleague whose platform is not among them. It has no scripts, because npm does not run them,
/// and no dependencies, because they would come from elsewhere.
pub(super) fn package_json(name: &str) -> Value {
    let bin = COMMANDS.map(|(name, _)| (name.to_owned(), json!(format!("bin/{name}.js"))));
    json!({
        "name": name,
        "version": VERSION,
        "description": "Connects the agents on this machine to a Co-Vibe server",
        "license": "UNLICENSED",
        "bin": Value::Object(bin.into_iter().collect()),
        "files": ["bin", "lib", "vendor", "manifest.json"],
        "engines": { "node": ">=18" },
    })
}

/// Returns `manifest.json`, by which the scripts find the program, and `covibe-local doctor` checks it.
fn manifest(binaries: &[Binary]) -> Value {
    let platform = |binary: &Binary| {
        json!({
            "platform": binary.platform.name,
            "target": binary.platform.target_of(&binary.content),
            "file": path(binary),
            "size": binary.content.len(),
            "sha256": sha256(&binary.content),
        })
    };
    json!({ "version": VERSION, "platforms": binaries.iter().map(platform).collect::<Vec<_>>() })
}

/// Returns where a program is in the package.
fn path(binary: &Binary) -> String {
    format!("vendor/{}/{BINARY}", binary.platform.name)
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::target_platforms::PLATFORMS;

    #[test]
    fn package_json_has_no_scripts_or_dependencies() {
        for name in [NAME, SCOPED_NAME] {
            let package = package_json(name);
            assert_eq!((&package["name"], &package["version"]), (&json!(name), &json!(VERSION)));
            for absent in ["scripts", "dependencies", "optionalDependencies", "os", "cpu"] {
                assert!(package.get(absent).is_none(), "{absent}");
            }
            let files: Vec<_> = files(name, &[]).into_iter().map(|file| file.path).collect();
            for (command, path) in package["bin"].as_object().unwrap() {
                assert!(files.iter().any(|file| path == file), "{command}");
            }
        }
    }

    #[test]
    fn the_manifest_lists_each_program_with_size_and_checksum() {
        let binaries =
            PLATFORMS.each_ref().map(|platform| Binary { platform, content: b"abc".to_vec() });
        let manifest = manifest(&binaries);
        let listed = manifest["platforms"].as_array().unwrap();
        assert_eq!(listed.len(), 4);
        let packaged = files(NAME, &binaries);
        for each in listed {
            let file = packaged.iter().find(|file| each["file"] == file.path).unwrap();
            assert!(file.is_program);
            assert_eq!(each["size"], 3);
            assert_eq!(each["sha256"], sha256(&file.content));
        }
        assert_eq!(listed[0]["target"], "aarch64-apple-darwin");
    }

    #[test]
    fn scripts_are_commonjs_with_unix_line_ends() {
        for (name, text) in COMMANDS {
            assert!(text.starts_with("#!/usr/bin/env node\n'use strict';\n"), "{name}");
            assert!(text.contains(&format!("('{name}')")) && !text.contains('\r'), "{name}");
        }
    }
}
