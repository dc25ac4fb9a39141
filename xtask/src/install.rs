//! What the tests need from the machine, and its installation on Debian.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell;

/// One thing that the machine must have.
struct Need {
    what: &'static str,
    debian: &'static str,
    homebrew: Option<&'static str>,
    /// Whether nothing runs without it; otherwise one test is skipped, and says so.
    is_vital: bool,
    present: fn() -> bool,
}

const NEEDS: [Need; 5] = [
    Need {
        what: "a C compiler (for SQLite and ring)",
        debian: "build-essential",
        homebrew: None,
        is_vital: true,
        present: || shell::which("cc").is_some(),
    },
    Need {
        what: "PostgreSQL's server binaries (initdb, postgres)",
        debian: "postgresql",
        homebrew: Some("postgresql"),
        is_vital: true,
        present: has_postgres,
    },
    Need {
        what: "git, 2.38 or newer (the sandbox keeps real repositories)",
        debian: "git",
        homebrew: Some("git"),
        is_vital: true,
        present: || shell::which("git").is_some(),
    },
    Need {
        what: "shellcheck (for bootstrap.sh)",
        debian: "shellcheck",
        homebrew: Some("shellcheck"),
        is_vital: false,
        present: || shell::which("shellcheck").is_some(),
    },
    Need {
        what: "the certificates of the public authorities",
        debian: "ca-certificates",
        homebrew: None,
        is_vital: true,
        present: || {
            cfg!(target_os = "macos") || Path::new("/etc/ssl/certs/ca-certificates.crt").is_file()
        },
    },
];

/// Installs what is missing where that is possible (Debian, root); fails naming it elsewhere, unless
/// it can be done without.
pub(crate) fn ensure() -> Result<()> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let installed = if is_debian() && is_root() { apt_get(&missing) } else { Ok(()) };
    let still = self::missing();
    if still.iter().any(|need| need.is_vital) {
        installed?;
        bail!("{}", advice(&still));
    }
    if !still.is_empty() {
        println!("Going on all the same: {}", advice(&still));
    }
    Ok(())
}

fn missing() -> Vec<&'static Need> {
    NEEDS.iter().filter(|need| !(need.present)()).collect()
}

fn apt_get(needs: &[&Need]) -> Result<()> {
    let packages: Vec<_> = needs.iter().map(|need| need.debian).collect();
    println!("Installing {} with apt-get.", packages.join(", "));
    let apt_get = |arguments: &[&str]| {
        shell::run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt_get(&["update", "--quiet"])?;
    apt_get(
        &[&["install", "--quiet", "--yes", "--no-install-recommends"], packages.as_slice()]
            .concat(),
    )
}

/// What is missing and how to get it on this machine.
fn advice(needs: &[&Need]) -> String {
    let list: Vec<_> = needs.iter().map(|need| need.what).collect();
    let debian: Vec<_> = needs.iter().map(|need| need.debian).collect();
    let homebrew: Vec<_> = needs.iter().filter_map(|need| need.homebrew).collect();
    let how = if cfg!(target_os = "macos") && homebrew.is_empty() {
        "xcode-select --install".to_owned()
    } else if cfg!(target_os = "macos") {
        format!("brew install {}", homebrew.join(" "))
    } else if is_debian() {
        format!("sudo apt-get install {}", debian.join(" "))
    } else {
        format!("your package manager; the packages are called {} on Debian", debian.join(", "))
    };
    format!("this machine lacks:\n  - {}\nInstall with: {how}", list.join("\n  - "))
}

/// Looks where covibe-testkit does: on PATH, and where Debian and Homebrew put them.
fn has_postgres() -> bool {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let homebrew = ["/opt/homebrew/bin", "/usr/local/bin"].map(PathBuf::from);
    let holds =
        |dir: PathBuf| ["initdb", "postgres"].iter().all(|program| dir.join(program).is_file());
    shell::folders().into_iter().chain(debian).chain(homebrew).any(holds)
}

fn is_debian() -> bool {
    shell::which("apt-get").is_some()
}

fn is_root() -> bool {
    shell::read(Command::new("id").arg("-u")).is_ok_and(|uid| uid.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_each_missing_thing_and_how_to_get_it() {
        let needs: Vec<_> = NEEDS.iter().collect();
        let advice = advice(&needs);
        for need in &NEEDS {
            assert!(advice.contains(need.what), "{advice}");
        }
        assert!(advice.contains("Install with: "), "{advice}");
    }

    #[test]
    fn what_compiled_this_test_is_not_missing() {
        assert!(missing().iter().all(|need| need.debian != "build-essential"));
    }
}
