//! `cargo xtask dist`: binaries that run without anything installed, and their checksums.

mod order;

use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;
use sha2::{Digest as _, Sha256};

use crate::shell;

/// The server, whose package has the same name.
const SERVER: &str = "covibe-server";

/// The packages whose binaries, of the same names, are handed out.
const PACKAGES: [&str; 2] = [SERVER, "covibe-docker-gate"];

/// The profile of binaries that are handed out.
const PROFILE: &str = "dist";

/// Builds the binaries for this platform, linked statically on Linux, and writes each as
/// `target/dist/PACKAGE-VERSION-PLATFORM` with its SHA-256 beside it.
pub(crate) fn run() -> Result<()> {
    let platform = platform()?;
    let metadata = MetadataCommand::new().current_dir(shell::root()).no_deps().exec()?;
    let target = metadata.target_directory.as_std_path();
    let folder = target.join(PROFILE);
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    for name in PACKAGES {
        let built = target.join(&platform).join(PROFILE).join(name);
        let arguments = if name == SERVER && order::is_possible(&platform) {
            build(name, &platform, &order::TRACEABLE.map(str::to_owned))?;
            let functions = folder.join(format!("{name}.functions"));
            std::fs::write(&functions, order::traced(&built)?)?;
            order::arguments(&functions).to_vec()
        } else {
            Vec::new()
        };
        build(name, &platform, &arguments)?;
        let package = metadata.packages.iter().find(|package| package.name == name);
        let version = &package.context("no such package")?.version;
        hand_out(&built, &folder, &format!("{name}-{version}-{platform}"))?;
    }
    Ok(())
}

/// Builds a package by itself, so that it has only the features that it needs, with arguments for the compiler of
/// its binary.
fn build(package: &str, platform: &str, arguments: &[String]) -> Result<()> {
    // Without an explicit target, the flags would apply to build scripts and macros too.
    let mut cargo = shell::cargo(["rustc", "--profile", PROFILE, "--package", package, "--locked"]);
    cargo.args(["--bin", package, "--target", platform]);
    if cfg!(target_os = "linux") {
        cargo.env("RUSTFLAGS", "-C target-feature=+crt-static");
    }
    shell::run(cargo.arg("--").args(arguments))
}

/// Copies the binary under its name for download, with its checksum as `sha256sum --check` reads it.
fn hand_out(built: &Path, folder: &Path, name: &str) -> Result<()> {
    let (binary, checksum) = (folder.join(name), folder.join(format!("{name}.sha256")));
    std::fs::copy(built, &binary).with_context(|| built.display().to_string())?;
    let digest = Sha256::digest(std::fs::read(&binary)?);
    let digest = hex::encode(digest);
    std::fs::write(&checksum, format!("{digest}  {name}\n"))?;
    println!("{}\n{}", binary.display(), checksum.display());
    Ok(())
}

/// Returns the compiler's name of this platform.
fn platform() -> Result<String> {
    let told = shell::read(std::process::Command::new("rustc").arg("-vV"))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not name its platform")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_binary() {
        let folder = tempfile::tempdir().unwrap();
        let built = folder.path().join("built");
        std::fs::write(&built, "a binary").unwrap();
        hand_out(&built, folder.path(), "covibe-server-1.0.0-x").unwrap();
        let mut check = Command::new("sha256sum");
        check.args(["--check", "covibe-server-1.0.0-x.sha256"]).current_dir(folder.path());
        assert!(check.output().unwrap().status.success());
        std::fs::write(folder.path().join("covibe-server-1.0.0-x"), "another").unwrap();
        assert!(!check.output().unwrap().status.success());
    }

    #[test]
    fn the_platform_is_a_target_of_the_compiler() {
        assert!(platform().unwrap().split('-').count() >= 3);
    }
}
