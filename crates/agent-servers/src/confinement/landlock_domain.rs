//! The Landlock domain of a command.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

use landlock::{
    ABI, Access as _, AccessFs, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    RulesetCreated, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
    path_beneath_rules,
};
use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};
use tokio::process::Command;

use super::home_toolchains;

/// The newest rights that this knows; the kernel's own are used if they are fewer.
const NEWEST: ABI = ABI::V9;

/// The first rights without which a command could write elsewhere: before them, it could cut files that it may read.
const NEEDED: ABI = ABI::V3;

/// The system's directories, which are readable; `/etc` is not among them, because a few of its files hold secrets.
const SYSTEM: [&str; 22] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/opt",
    "/nix",
    "/gnu",
    "/snap",
    "/proc",
    "/sys",
    "/run/current-system",
    "/run/resolvconf",
    "/run/systemd/resolve",
    "/mnt/wsl/resolv.conf",
    "/var/cache/fontconfig",
    "/var/lib/alternatives",
    "/var/lib/apt",
    "/var/lib/dpkg",
    "/var/lib/rpm",
];

/// Files and folders of `/etc` that are not readable, even for root.
const SECRETS_OF_ETC: [&str; 12] = [
    "co-vibe",
    "covibe",
    "coolify",
    "forgejo",
    "gitea",
    "gshadow",
    "gshadow-",
    "shadow",
    "shadow-",
    "ssh",
    "sudoers",
    "sudoers.d",
];

/// Devices that hold nothing.
const DEVICES: [&str; 6] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];

/// The rules of a domain.
#[derive(Debug)]
pub(super) struct Domain {
    readable: Vec<PathBuf>,
    writable: Vec<PathBuf>,
}

/// Returns whether the kernel has all the rights that are needed.
pub(super) fn is_supported() -> bool {
    static IS_SUPPORTED: LazyLock<bool> = LazyLock::new(|| {
        let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
        let handled = ruleset.handle_access(AccessFs::from_all(NEEDED));
        handled.and_then(Ruleset::create).is_ok()
    });
    *IS_SUPPORTED
}

impl Domain {
    /// Adds to the folders of a command those of the system, and the toolchains of its own `HOME` and `PATH`.
    pub(super) fn new(
        mut readable: Vec<PathBuf>,
        writable: Vec<PathBuf>,
        command: &Command,
    ) -> Self {
        readable.extend(SYSTEM.iter().map(PathBuf::from));
        readable.extend(etc());
        let home = variable(command, "HOME").map(PathBuf::from).filter(|home| home.is_absolute());
        let path = variable(command, "PATH").unwrap_or_default();
        let folders = env::split_paths(&path).filter(|folder| folder.is_absolute());
        match &home {
            Some(home) => {
                readable.extend(home_toolchains::toolchains(home));
                readable
                    .extend(folders.filter(|folder| !home_toolchains::has_secrets(home, folder)));
            }
            None => readable.extend(folders),
        }
        Self { readable, writable }
    }

    /// Returns whether a file at this path can be read inside.
    pub(super) fn lets_read(&self, file: &Path) -> bool {
        let file = real_path(file);
        let mut open = self.readable.iter().chain(&self.writable);
        open.any(|path| file.starts_with(real_path(path)))
    }

    /// Confines the current thread, and what it starts, for good.
    pub(super) fn enter(&self) -> io::Result<()> {
        let status = self.ruleset().and_then(RulesetCreated::restrict_self);
        match status.map_err(io::Error::other)?.ruleset {
            RulesetStatus::NotEnforced => {
                Err(io::Error::other("the kernel cannot confine commands"))
            }
            _ => drop_capabilities(),
        }
    }

    fn ruleset(&self) -> Result<RulesetCreated, RulesetError> {
        let (read, all) = (AccessFs::from_read(NEWEST), AccessFs::from_all(NEWEST));
        let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
        Ruleset::default()
            .handle_access(all)?
            .scope(Scope::from_all(NEWEST))?
            .create()?
            .add_rules(path_beneath_rules(&self.readable, read))?
            // The names in `/etc` are no secret, and `ls` and shells look at them.
            .add_rules(path_beneath_rules(["/etc"], AccessFs::ReadDir))?
            .add_rules(path_beneath_rules(DEVICES, device))?
            .add_rules(path_beneath_rules(
                &self.writable,
                all & !AccessFs::MakeBlock & !AccessFs::MakeChar,
            ))
    }
}

/// Leaves root with what files and servers need, for good, because no new privileges can be gained. With the others, it
/// could still read other processes.
fn drop_capabilities() -> io::Result<()> {
    let sets = capabilities(None)?;
    let kept = CapabilitySet::CHOWN
        | CapabilitySet::DAC_OVERRIDE
        | CapabilitySet::FOWNER
        | CapabilitySet::FSETID
        | CapabilitySet::KILL
        | CapabilitySet::NET_BIND_SERVICE
        | CapabilitySet::SETGID
        | CapabilitySet::SETUID;
    let kept = CapabilitySets {
        effective: sets.effective & kept,
        permitted: sets.permitted & kept,
        inheritable: sets.inheritable & kept,
    };
    Ok(set_capabilities(None, kept)?)
}

/// Returns a path without links, as far as it exists.
fn real_path(path: &Path) -> PathBuf {
    let real = |existing: &Path| {
        let rest = path.strip_prefix(existing).ok()?;
        Some(fs::canonicalize(existing).ok()?.join(rest))
    };
    path.ancestors().find_map(real).unwrap_or_else(|| path.to_path_buf())
}

/// Returns the value that was set on the command.
fn variable<'a>(command: &'a Command, name: &str) -> Option<&'a OsStr> {
    let mut set = command.as_std().get_envs();
    set.find(|(set, _)| *set == name).and_then(|(_, value)| value)
}

/// Returns what is readable in `/etc`.
fn etc() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("/etc") else { return Vec::new() };
    let is_secret = |path: &Path| {
        path.file_name().is_some_and(|name| SECRETS_OF_ETC.iter().any(|secret| name == *secret))
    };
    entries.flatten().map(|entry| entry.path()).filter(|path| !is_secret(path)).collect()
}
