//! The platforms that the companion is built for, and what a program for each looks like.

use anyhow::{Context as _, Result, ensure};

/// A platform, as node names it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Platform {
    /// `process.platform`, a hyphen, and `process.arch`.
    pub(super) name: &'static str,
    /// The compiler's target for programs that run on all systems of the platform.
    pub(super) target: &'static str,
    /// The compiler's target for programs that need the system's C library, if that is another one.
    dynamic: Option<&'static str>,
    /// The first bytes of a program.
    magic: &'static [u8],
    /// The place where a program names its processor, and its name there.
    machine: (usize, &'static [u8]),
}

const ELF: &[u8] = b"\x7fELF\x02\x01";
const MACH_O: &[u8] = b"\xcf\xfa\xed\xfe";

/// The supported platforms.
pub(super) const PLATFORMS: [Platform; 4] = [
    Platform {
        name: "darwin-arm64",
        target: "aarch64-apple-darwin",
        dynamic: None,
        magic: MACH_O,
        machine: (4, b"\x0c\x00\x00\x01"),
    },
    Platform {
        name: "darwin-x64",
        target: "x86_64-apple-darwin",
        dynamic: None,
        magic: MACH_O,
        machine: (4, b"\x07\x00\x00\x01"),
    },
    Platform {
        name: "linux-arm64",
        target: "aarch64-unknown-linux-musl",
        dynamic: Some("aarch64-unknown-linux-gnu"),
        magic: ELF,
        machine: (18, b"\xb7\x00"),
    },
    Platform {
        name: "linux-x64",
        target: "x86_64-unknown-linux-musl",
        dynamic: Some("x86_64-unknown-linux-gnu"),
        magic: ELF,
        machine: (18, b"\x3e\x00"),
    },
];

/// A part of the path that a program of Linux has in its first page if it needs the system's C library.
const LOADER: &[u8] = b"/ld-linux";

/// The number of bytes of a program that are searched for [`LOADER`].
const PAGE: usize = 4096;

impl Platform {
    /// Returns the platform that the compiler names so.
    pub(super) fn from_target(target: &str) -> Result<&'static Self> {
        let is_it = |each: &&Self| each.target == target || each.dynamic == Some(target);
        PLATFORMS.iter().find(is_it).with_context(|| {
            let names = PLATFORMS.each_ref().map(|each| each.name).join(", ");
            format!("the companion is not built on {target}, but on one of {names}")
        })
    }

    /// Refuses a file that is not a program for this platform.
    pub(super) fn check(&self, program: &[u8]) -> Result<()> {
        let Self { name, magic, machine: (at, machine), .. } = self;
        let is_program = program.starts_with(magic)
            && program.get(*at..).is_some_and(|rest| rest.starts_with(machine));
        ensure!(is_program, "it is not a program for {name}");
        Ok(())
    }

    /// Returns the compiler's target that a program was built for.
    pub(super) fn target_of(&self, program: &[u8]) -> &'static str {
        let page = program.get(..PAGE).unwrap_or(program);
        let needs_loader = page.windows(LOADER.len()).any(|bytes| bytes == LOADER);
        self.dynamic.filter(|_| needs_loader).unwrap_or(self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_accepted_only_by_its_own_platform() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let accepting = PLATFORMS.iter().filter(|each| each.check(&own).is_ok());
        let accepting: Vec<_> = accepting.map(|each| each.name).collect();
        let arch = if cfg!(target_arch = "x86_64") { "x64" } else { "arm64" };
        let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
        assert_eq!(accepting, [format!("{system}-{arch}")]);
        for bytes in [&b""[..], b"#!/bin/sh\n", &ELF[..4]] {
            assert!(PLATFORMS.iter().all(|each| each.check(bytes).is_err()));
        }
    }

    #[test]
    fn the_target_of_a_linux_program_depends_on_its_dynamic_loader() {
        let linux = Platform::from_target("x86_64-unknown-linux-gnu").unwrap();
        assert_eq!(linux, Platform::from_target("x86_64-unknown-linux-musl").unwrap());
        assert_eq!(linux.target_of(b"\x7fELF"), "x86_64-unknown-linux-musl");
        assert_eq!(
            linux.target_of(b"\x7fELF /lib64/ld-linux-x86-64.so.2"),
            "x86_64-unknown-linux-gnu"
        );
        assert!(Platform::from_target("x86_64-pc-windows-msvc").is_err());
    }
}
