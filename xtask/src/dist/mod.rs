//! `cargo xtask dist`: binaries that run without anything installed, and their checksums.

mod debian;
mod function_order;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;
use sha2::{Digest as _, Sha256};

use crate::cargo_tools::{self, SBOM};
use crate::shell;

/// The server, whose package has the same name.
const SERVER: &str = "covibe-server";

/// The packages whose binaries, of the same names, are handed out.
const PACKAGES: [&str; 5] =
    [SERVER, "covibe-agent-mcp", "covibe-agent-runner", "covibe-docker-gate", "covibe-readiness"];

/// The option that keeps the sandbox, and with it the simulators, out of the binaries that are handed out.
const WITHOUT_SANDBOX: &str = "--no-default-features";

/// The options of the build.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Build a server that has the sandbox, to measure it with `cargo xtask bench --server --binary`
    #[arg(long)]
    sandbox: bool,
    /// Also write the Debian package, with the companion's package of this folder
    #[arg(long, value_name = "DIR", conflicts_with = "sandbox", num_args = 0..=1, default_missing_value = "")]
    debian: Option<std::path::PathBuf>,
    /// Also write the bill of materials of each program, as SPDX in JSON
    #[arg(long)]
    sbom: bool,
}

/// The profile of binaries that are handed out.
const PROFILE: &str = "dist";

/// Builds the binaries for this platform, linked statically on Linux, and writes each as
/// `target/dist/PACKAGE-VERSION-PLATFORM` with its SHA-256 beside it.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let platform = platform()?;
    let metadata = MetadataCommand::new().current_dir(shell::root()).no_deps().exec()?;
    let target = metadata.target_directory.as_std_path();
    let folder = target.join(PROFILE);
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let features: &[&str] = if arguments.sandbox { &[] } else { &[WITHOUT_SANDBOX] };
    let mut programs = Vec::new();
    for package in PACKAGES {
        let binary = target.join(&platform).join(PROFILE).join(package);
        let build = Build { package, platform: &platform, features };
        let order = if package == SERVER && function_order::is_possible(&platform) {
            build.in_order(&binary, &folder)?
        } else {
            Vec::new()
        };
        build.run(&order)?;
        let described = metadata.packages.iter().find(|each| each.name == package);
        let version = &described.context("no such package")?.version;
        let kind = if arguments.sandbox && package == SERVER { "-sandbox" } else { "" };
        let name = format!("{package}{kind}-{version}-{platform}");
        hand_out(&binary, &folder, &name)?;
        if arguments.sbom {
            bill_of_materials(package, &folder.join(format!("{name}.spdx.json")))?;
        }
        programs.push((binary, package));
    }
    if let Some(companion) = &arguments.debian {
        let companion = Some(companion.as_path()).filter(|folder| !folder.as_os_str().is_empty());
        let version = env!("CARGO_PKG_VERSION");
        println!("{}", debian::write(&programs, companion, version, &folder)?.display());
    }
    Ok(())
}

/// Writes the packages that a program consists of.
fn bill_of_materials(package: &str, file: &Path) -> Result<()> {
    let program = cargo_tools::ensure(&SBOM)?.context("the bill of materials needs cargo-sbom")?;
    let mut sbom = Command::new(program);
    sbom.args(["sbom", "--output-format", "spdx_json_2_3", "--cargo-package", package]);
    std::fs::write(file, shell::read_output(sbom.current_dir(shell::root()))?)?;
    println!("{}", file.display());
    Ok(())
}

/// The build of a package by itself, so that it has only the features that it needs.
#[derive(Clone, Copy)]
struct Build<'a> {
    package: &'a str,
    platform: &'a str,
    /// Cargo's options of features.
    features: &'a [&'a str],
}

impl Build<'_> {
    /// Builds it, with arguments for the compiler of its binary.
    fn run(self, arguments: &[String]) -> Result<()> {
        let Self { package, platform, features } = self;
        let mut cargo =
            shell::cargo(["rustc", "--profile", PROFILE, "--package", package, "--locked"]);
        // Without an explicit target, the flags would apply to build scripts and macros too.
        cargo.args(["--bin", package, "--target", platform]).args(features);
        if cfg!(target_os = "linux") {
            cargo.env("RUSTFLAGS", "-C target-feature=+crt-static");
        }
        shell::run(cargo.arg("--").args(arguments))
    }

    /// Traces the server beside a sandbox, and returns the compiler's arguments by which its functions are in the
    /// order in which a start runs them.
    fn in_order(self, binary: &Path, folder: &Path) -> Result<Vec<String>> {
        Self { features: &[], ..self }.run(&[])?;
        let sandbox = folder.join(format!("{SERVER}.sandbox"));
        std::fs::copy(binary, &sandbox).with_context(|| binary.display().to_string())?;
        self.run(&function_order::TRACEABLE.map(str::to_owned))?;
        let functions = folder.join(format!("{SERVER}.functions"));
        std::fs::write(&functions, function_order::trace_start(binary, &sandbox)?)?;
        Ok(function_order::arguments(&functions).to_vec())
    }
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
    let told = shell::read_output(Command::new("rustc").arg("-vV"))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not name its platform")
}

#[cfg(test)]
mod tests {
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
    fn released_programs_contain_no_simulators() {
        for package in PACKAGES {
            let mut tree = shell::cargo(["tree", "--edges", "normal", "--prefix", "none"]);
            let tree =
                shell::read_output(tree.args(["--package", package, WITHOUT_SANDBOX])).unwrap();
            assert!(tree.starts_with(package), "{tree}");
            for barred in ["covibe-sandbox", "covibe-testkit"] {
                assert!(!tree.contains(barred), "{package} contains {barred}");
            }
        }
    }

    #[test]
    fn the_platform_is_a_target_triple() {
        assert!(platform().unwrap().split('-').count() >= 3);
    }
}
