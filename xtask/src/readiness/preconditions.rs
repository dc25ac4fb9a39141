//! The conditions of `readiness-customer`: disk, Docker and WorkOS. They are looked at before anything slow.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::stage_chain::PASSED;
use crate::shell;

/// The free space that the builds and the image need.
const SPACE: u64 = 15 << 30;

/// The time within which Docker's daemon has to answer.
const DOCKER: Duration = Duration::from_secs(10);

/// Where Docker keeps images, unless its configuration says otherwise.
const IMAGES: &str = "/var/lib/docker";

/// The variables without which nobody can sign in.
pub(super) const WORKOS: [&str; 4] = [
    "WORKOS_CLIENT_ID",
    "WORKOS_API_KEY",
    "WORKOS_COOKIE_PASSWORD",
    "NEXT_PUBLIC_WORKOS_REDIRECT_URI",
];

/// The exit code for incomplete variables.
const INVALID: u8 = 2;

/// The exit code for a machine on which the gate cannot be carried out: it proves nothing then.
const INCONCLUSIVE: u8 = 3;

/// A condition that is not met.
#[derive(Debug)]
struct Unmet {
    expected: String,
    got: String,
    fix: String,
}

/// Looks at all conditions, and prints a line for each. Returns the exit code of the first that is not met.
pub(super) fn check() -> Result<u8> {
    let folders = [shell::target()?, images()];
    let variables = configured(&shell::root())?;
    let codes = [
        report("disk", || space(&folders, SPACE), INCONCLUSIVE),
        report("docker", || daemon("docker", DOCKER), INCONCLUSIVE),
        report("workos", || complete(&variables), INVALID),
    ];
    Ok(codes.into_iter().find(|code| *code != PASSED).unwrap_or(PASSED))
}

/// Returns whether the WorkOS variables are set, for a server in this folder.
pub(super) fn has_workos(folder: &Path) -> Result<bool> {
    Ok(complete(&configured(folder)?).is_ok())
}

/// Prints a condition as the gates print their checks. Returns its exit code.
fn report(id: &str, look: impl FnOnce() -> Result<String, Unmet>, code: u8) -> u8 {
    let begun = Instant::now();
    let outcome = look();
    let millis = begun.elapsed().as_millis();
    match outcome {
        Ok(says) => {
            println!("PASS {id} {says} ({millis} ms)");
            PASSED
        }
        Err(Unmet { expected, got, fix }) => {
            println!(
                "FAIL {id} ({millis} ms)\n     expected: {expected}\n     got: {got}\n     fix: {fix}"
            );
            code
        }
    }
}

/// Returns the folder of Docker's images.
fn images() -> PathBuf {
    let configured = std::fs::read_to_string("/etc/docker/daemon.json").ok();
    let configured = configured.and_then(|text| {
        let json: serde_json::Value = serde_json::from_str(&text).ok()?;
        Some(PathBuf::from(json["data-root"].as_str()?))
    });
    configured.unwrap_or_else(|| IMAGES.into())
}

/// Each of the folders has this many bytes of free space, or will have it once it is created.
fn space(folders: &[PathBuf], needed: u64) -> Result<String, Unmet> {
    let mut least = u64::MAX;
    for folder in folders {
        let Some(existing) = folder.ancestors().find(|each| each.exists()) else { continue };
        let free = rustix::fs::statvfs(existing).map_or(0, |it| it.f_bavail * it.f_frsize);
        if free < needed {
            return Err(Unmet {
                expected: format!("{} GiB of free space", needed >> 30),
                got: format!("{} GiB at {}", free >> 30, existing.display()),
                fix: "Remove what is not needed (`docker system prune`, `cargo clean`), or use a larger disk."
                    .to_owned(),
            });
        }
        least = least.min(free);
    }
    Ok(format!("{} GiB of free space", least >> 30))
}

/// Docker's daemon answers, and runs containers of Linux.
fn daemon(program: &str, within: Duration) -> Result<String, Unmet> {
    let mut command = Command::new(program);
    command.args(["version", "--format", "{{.Server.Os}} {{.Server.Version}}"]);
    let unmet = |got: String| {
        Unmet {
        expected: "a Docker daemon for Linux that answers".to_owned(),
        got,
        fix: "Install Docker, start it (`systemctl start docker`), and see that `docker version` works as this user."
            .to_owned(),
    }
    };
    let answer =
        shell::read_within(&mut command, within).map_err(|error| unmet(format!("{error:#}")))?;
    match answer.trim().split_once(' ') {
        Some(("linux", version)) => Ok(format!("Docker {version}")),
        _ => Err(unmet(answer.trim().to_owned())),
    }
}

/// The WorkOS variables are set.
fn complete(variables: &BTreeMap<String, String>) -> Result<String, Unmet> {
    let missing: Vec<_> =
        WORKOS.into_iter().filter(|name| !variables.contains_key(*name)).collect();
    if missing.is_empty() {
        return Ok("The WorkOS variables are set".to_owned());
    }
    Err(Unmet {
        expected: WORKOS.join(", "),
        got: format!("{} not set", missing.join(", ")),
        fix: "Set them in the environment or in .env.local, from the WorkOS environment that customers use."
            .to_owned(),
    })
}

/// Returns the variables that are set: those of this process, then those of `.env.local`, then those of `.env`.
pub(super) fn configured(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut variables: BTreeMap<_, _> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    for file in [".env.local", ".env"].map(|name| folder.join(name)) {
        if !file.is_file() {
            continue;
        }
        let text = std::fs::read(&file).with_context(|| file.display().to_string())?;
        for entry in dotenvy::from_read_iter(text.as_slice()) {
            // The error quotes the line, which may hold a secret.
            let entry = entry.map_err(|_| anyhow::anyhow!("{} cannot be parsed", file.display()));
            let (name, value) = entry?;
            variables.entry(name).or_insert(value);
        }
    }
    variables.retain(|_, value| !value.trim().is_empty());
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insufficient_disk_space_is_reported_with_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let folders = [folder.path().join("not/yet/there")];
        assert!(space(&folders, 1).is_ok());
        let unmet = space(&folders, u64::MAX).unwrap_err();
        assert!(unmet.got.contains(&folder.path().display().to_string()), "{unmet:?}");
    }

    #[test]
    fn docker_must_answer_in_time_and_run_linux_containers() {
        let folder = tempfile::tempdir().unwrap();
        let docker = |script: &str| {
            let file = folder.path().join("docker");
            shell::write_script(&file, script);
            daemon(file.to_str().unwrap(), Duration::from_millis(500))
        };
        assert_eq!(docker("echo linux 28.5.1").unwrap(), "Docker 28.5.1");
        assert!(docker("echo windows 28.5.1").unwrap_err().got.contains("windows"));
        assert!(docker("echo no daemon >&2; exit 1").unwrap_err().got.contains("no daemon"));
        assert!(docker("exec sleep 60").unwrap_err().got.contains("longer than"));
        assert!(daemon("no-such-program-anywhere", DOCKER).is_err());
    }

    #[test]
    fn missing_workos_variables_are_named_without_values() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env"), "WORKOS_API_KEY=hunter2\nWORKOS_CLIENT_ID=\n")
            .unwrap();
        let unmet = complete(&configured(folder.path()).unwrap()).unwrap_err();
        assert!(
            unmet.got.starts_with("WORKOS_CLIENT_ID, ") && !unmet.got.contains("WORKOS_API_KEY")
        );
        std::fs::write(folder.path().join(".env.local"), "A='hunter2\n").unwrap();
        let error = format!("{:#}", configured(folder.path()).unwrap_err());
        assert!(error.contains(".env.local") && !error.contains("hunter2"), "{error}");
        let all = WORKOS.map(|name| (name.to_owned(), "x".to_owned())).into();
        assert!(complete(&all).is_ok());
    }
}
