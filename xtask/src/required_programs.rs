//! The programs that the tests require of the machine, and their installation on Debian.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell;

/// A requirement.
struct Need {
    what: &'static str,
    debian: &'static str,
    homebrew: Option<&'static str>,
    /// True if the tests can't run without it; otherwise those that need it are skipped with a
    /// message.
    is_vital: bool,
    present: fn() -> bool,
}

const NEEDS: [Need; 13] = [
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
        what: "git 2.38 or newer (for the sandbox's repositories)",
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
        what: "nginx (for the page on proxies)",
        debian: "nginx-light",
        homebrew: Some("nginx"),
        is_vital: false,
        present: || shell::which("nginx").is_some(),
    },
    Need {
        what: "Caddy (for the page on proxies)",
        debian: "caddy",
        homebrew: Some("caddy"),
        is_vital: false,
        present: || shell::which("caddy").is_some(),
    },
    Need {
        what: "a Docker Engine (for the tests of docker hosts, which run as root)",
        debian: "docker.io",
        homebrew: None,
        is_vital: false,
        present: || cfg!(target_os = "macos") || has_server("dockerd"),
    },
    Need {
        what: "an SSH server (for the tests of docker hosts)",
        debian: "openssh-server",
        homebrew: None,
        is_vital: false,
        present: || cfg!(target_os = "macos") || has_server("sshd"),
    },
    Need {
        what: "a static busybox (for the images of these tests)",
        debian: "busybox-static",
        homebrew: None,
        is_vital: false,
        present: || cfg!(target_os = "macos") || has_server("busybox"),
    },
    Need {
        what: "Knot (for the tests of dynamic updates of DNS)",
        debian: "knot",
        homebrew: Some("knot"),
        is_vital: false,
        present: || has_server("knotd"),
    },
    Need {
        what: "Chromium (for the tests of the console)",
        debian: "chromium",
        homebrew: None,
        is_vital: false,
        present: || {
            ["chromium", "chromium-browser", "google-chrome"].iter().any(|name| has_server(name))
        },
    },
    Need {
        what: "curl (for the rehearsal of object storage)",
        debian: "curl",
        homebrew: Some("curl"),
        is_vital: false,
        present: || shell::which("curl").is_some(),
    },
    Need {
        what: "the certificates of public authorities",
        debian: "ca-certificates",
        homebrew: None,
        is_vital: true,
        present: || {
            cfg!(target_os = "macos") || Path::new("/etc/ssl/certs/ca-certificates.crt").is_file()
        },
    },
];

/// Installs missing programs on Debian as root. Fails if a vital one is still missing, and names
/// it.
pub(crate) fn ensure() -> Result<()> {
    let missing = missing_needs();
    if missing.is_empty() {
        return Ok(());
    }
    let installed = if is_debian() && is_root() { apt_get(&missing) } else { Ok(()) };
    let remaining = self::missing_needs();
    if remaining.iter().any(|need| need.is_vital) {
        installed?;
        bail!("{}", advice(&remaining));
    }
    if !remaining.is_empty() {
        println!("Continuing without it: {}", advice(&remaining));
    }
    Ok(())
}

fn missing_needs() -> Vec<&'static Need> {
    NEEDS.iter().filter(|need| !(need.present)()).collect()
}

fn apt_get(needs: &[&Need]) -> Result<()> {
    let packages: Vec<_> = needs.iter().map(|need| need.debian).collect();
    println!("Installing {} with apt-get.", packages.join(", "));
    let apt_get = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        // Tests start servers for themselves: with this runlevel, a package does not start its own.
        command.args(arguments).envs([("DEBIAN_FRONTEND", "noninteractive"), ("RUNLEVEL", "1")]);
        shell::run(&mut command)
    };
    apt_get(&["update", "--quiet"])?;
    apt_get(
        &[&["install", "--quiet", "--yes", "--no-install-recommends"], packages.as_slice()]
            .concat(),
    )
}

/// Returns a message that names the missing programs and says how to install them on this machine.
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
        format!("your package manager; the names of the Debian packages are {}", debian.join(", "))
    };
    format!("this machine lacks:\n  - {}\nInstall with: {how}", list.join("\n  - "))
}

/// Searches the folders that covibe-testkit searches: PATH, and those of Debian and Homebrew.
fn has_postgres() -> bool {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let homebrew = ["/opt/homebrew/bin", "/usr/local/bin"].map(PathBuf::from);
    let holds =
        |dir: PathBuf| ["initdb", "postgres"].iter().all(|program| dir.join(program).is_file());
    shell::folders().into_iter().chain(debian).chain(homebrew).any(holds)
}

/// Searches the folders that the small crates of covibe-testkit search: PATH, and those of servers.
fn has_server(name: &str) -> bool {
    let servers = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    shell::folders().into_iter().chain(servers).any(|folder| folder.join(name).is_file())
}

fn is_debian() -> bool {
    shell::which("apt-get").is_some()
}

fn is_root() -> bool {
    shell::read_output(Command::new("id").arg("-u")).is_ok_and(|uid| uid.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_each_requirement_and_its_installation() {
        let needs: Vec<_> = NEEDS.iter().collect();
        let advice = advice(&needs);
        for need in &NEEDS {
            assert!(advice.contains(need.what), "{advice}");
        }
        assert!(advice.contains("Install with: "), "{advice}");
    }

    #[test]
    fn finds_the_compiler_that_built_this_test() {
        assert!(missing_needs().iter().all(|need| need.debian != "build-essential"));
    }
}
