//! The programs of the package: built on this machine, or taken from a folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::target_platforms::{PLATFORMS, Platform};
use crate::shell;

/// The program, whose package has the same name.
pub(super) const BINARY: &str = "covibe-local";

/// The program of a platform.
#[derive(Clone, Debug)]
pub(super) struct Binary {
    pub(super) platform: &'static Platform,
    pub(super) content: Vec<u8>,
}

impl Binary {
    /// Builds the program for this machine: linked statically on Linux if the toolchain can do so, because it then
    /// runs on each distribution.
    pub(super) fn build() -> Result<Self> {
        let host = host()?;
        let platform = Platform::from_target(&host)?;
        let target = if has_target(platform.target)? { platform.target } else { &host };
        if target != platform.target {
            println!(
                "The program will need the C library of this system or a later one. For one that runs \
                 everywhere: rustup target add {}, and install musl-tools",
                platform.target
            );
        }
        shell::run(&mut cargo(target)?)?;
        let folder = shell::target()?.join(target).join("release");
        Self::read(platform, &folder.join(BINARY))
    }

    /// Returns the programs in a folder, each in a folder with the name of its platform.
    pub(super) fn all_in(folder: &Path) -> Result<Vec<Self>> {
        let files = PLATFORMS.iter().map(|each| (each, folder.join(each.name).join(BINARY)));
        let files: Vec<_> = files.filter(|(_, file)| file.exists()).collect();
        ensure!(
            !files.is_empty(),
            "there is no program in {}; expected {}/{BINARY}, for example",
            folder.display(),
            PLATFORMS[0].name
        );
        files.into_iter().map(|(platform, file)| Self::read(platform, &file)).collect()
    }

    fn read(platform: &'static Platform, file: &Path) -> Result<Self> {
        let named = || file.display().to_string();
        let content = std::fs::read(file).with_context(named)?;
        platform.check(&content).with_context(named)?;
        Ok(Self { platform, content })
    }

    /// Writes the program into a folder, where [`Self::all_in`] finds it.
    pub(super) fn write(&self, folder: &Path) -> Result<PathBuf> {
        let folder = folder.join(self.platform.name);
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let file = folder.join(BINARY);
        std::fs::write(&file, &self.content).with_context(|| file.display().to_string())?;
        Ok(file)
    }
}

/// Returns the command that builds the program. The paths of this machine do not become part of it.
fn cargo(target: &str) -> Result<Command> {
    let mut cargo = shell::cargo(["build", "--release", "--locked", "--package", BINARY]);
    cargo.args(["--bin", BINARY, "--target", target]);
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let home = home.context("there is no home directory")?;
    let replaced = [(home, "/cargo"), (shell::root(), "/co-vibe")];
    let flags = replaced.map(|(path, by)| format!("--remap-path-prefix={}={by}", path.display()));
    // Separated by a unit separator, because paths may contain spaces.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    Ok(cargo)
}

/// Returns whether the toolchain can build and link programs for a target.
fn has_target(target: &str) -> Result<bool> {
    let print = ["--print", "target-libdir", "--target", target];
    let folder = shell::read_output(Command::new("rustc").args(print))?;
    let has_library = Path::new(folder.trim()).is_dir();
    let has_linker = !target.ends_with("-musl") || shell::which("musl-gcc").is_some();
    Ok(has_library && has_linker)
}

/// Returns the compiler's name of this machine.
fn host() -> Result<String> {
    let told = shell::read_output(Command::new("rustc").arg("-vV"))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not name its platform")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_read_from_platform_folders_and_checked() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Binary::all_in(folder.path()).unwrap_err().to_string();
        assert!(missing.contains("darwin-arm64/covibe-local"), "{missing}");
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let platform = PLATFORMS.iter().find(|each| each.check(&own).is_ok()).unwrap();
        let file = Binary { platform, content: own }.write(folder.path()).unwrap();
        let found = Binary::all_in(folder.path()).unwrap();
        assert_eq!(
            found.iter().map(|each| each.platform.name).collect::<Vec<_>>(),
            [platform.name]
        );
        std::fs::write(&file, "#!/bin/sh\n").unwrap();
        let refused = format!("{:#}", Binary::all_in(folder.path()).unwrap_err());
        assert!(
            refused.ends_with(&format!("it is not a program for {}", platform.name)),
            "{refused}"
        );
    }

    #[test]
    fn an_unknown_target_is_not_installed() {
        assert!(has_target(&host().unwrap()).unwrap());
        assert!(!has_target("riscv32imc-unknown-none-elf").unwrap());
    }
}
