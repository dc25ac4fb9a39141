//! The configuration of production: as it is seen from outside, and its variables where they are on this machine.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use covibe_domain::Secret;
use covibe_domain::hosted_origin::{HostedOrigin, Ports};
use serde::Deserialize;
use tokio::time::timeout;

use crate::check::{Finding, Verdict};
use crate::check_inputs::Probe;

/// The shortest password that cookies are sealed with, in characters.
const LEAST_PASSWORD: usize = 32;

/// The time that the check on the host has. It ends before the gate does.
const CHECK: Duration = Duration::from_secs(45);

/// Parts of passwords that were copied from an example.
const EXAMPLES: [&str; 7] =
    ["example", "changeme", "change-me", "password", "secret", "0123456789", "your-"];

/// The command that installs the package is of this origin.
pub(crate) async fn install(probe: &Probe) -> Verdict {
    let record = probe.record().await?;
    let json = record.json().unwrap_or_default();
    let command = json["install"].as_str().unwrap_or_default().to_owned();
    let address = format!("{}/downloads/co-vibe", probe.target.origin());
    let is_package =
        |rest: &str| rest == ".tgz" || rest.starts_with('-') && rest.strip_suffix(".tgz").is_some();
    let mut words = command.split_whitespace();
    let is_ours = words.any(|word| word.strip_prefix(&address).is_some_and(is_package));
    if is_ours {
        return Ok(command);
    }
    let expected = format!("npm install --save-dev {address}.tgz");
    if command.is_empty() || command.contains("://") {
        return Err(Finding::fail(&record.endpoint, expected, command)
            .fix("Set COVIBE_HOSTED_URL to this origin, and restart the server."));
    }
    Err(Finding::warn(&record.endpoint, expected, command)
        .fix("Another command was configured. Try it in an empty folder, or unset it."))
}

/// `COVIBE_HOSTED_URL` is this origin, and keeps to the rules of one.
pub(crate) fn hosted_url(probe: &Probe) -> Verdict {
    const NAME: &str = "COVIBE_HOSTED_URL";
    let value = variable(probe, NAME)?;
    match HostedOrigin::judge(value.expose(), Ports::Any) {
        Err(refusal) => {
            Err(Finding::fail(NAME, probe.target.origin(), refusal.message).fix(refusal.hint))
        }
        Ok(origin) if origin.as_str() != probe.target.origin() => {
            Err(Finding::fail(NAME, probe.target.origin(), origin))
        }
        Ok(_) => Ok("this origin".to_owned()),
    }
}

/// `NEXT_PUBLIC_WORKOS_REDIRECT_URI` is the callback of this origin.
pub(crate) fn redirect_uri(probe: &Probe) -> Verdict {
    const NAME: &str = "NEXT_PUBLIC_WORKOS_REDIRECT_URI";
    let (value, expected) = (variable(probe, NAME)?, probe.target.callback());
    if value.expose() == expected {
        return Ok(expected);
    }
    Err(Finding::fail(NAME, expected, "another address"))
}

/// `WORKOS_COOKIE_PASSWORD` is long, and no example.
pub(crate) fn cookie_password(probe: &Probe) -> Verdict {
    const NAME: &str = "WORKOS_COOKIE_PASSWORD";
    let value = variable(probe, NAME)?;
    let (password, length) = (value.expose().to_lowercase(), value.expose().chars().count());
    if length < LEAST_PASSWORD {
        let expected = format!("at least {LEAST_PASSWORD} characters");
        return Err(Finding::fail(NAME, expected, format!("{length} characters")));
    }
    let mut different: Vec<_> = password.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < 8 || EXAMPLES.iter().any(|part| password.contains(part)) {
        return Err(Finding::fail(NAME, "random characters", "an example"));
    }
    Ok(format!("{length} characters"))
}

/// `COVIBE_DATABASE_BACKEND` is PostgreSQL.
pub(crate) fn backend(probe: &Probe) -> Verdict {
    const NAME: &str = "COVIBE_DATABASE_BACKEND";
    let value = variable(probe, NAME)?;
    match value.expose() {
        "postgres" => Ok("postgres".to_owned()),
        _ => Err(Finding::fail(NAME, "postgres", "another backend")),
    }
}

/// The serving process does not have the owner's address.
pub(crate) fn owner(probe: &Probe) -> Verdict {
    const NAME: &str = "COVIBE_POSTGRES_ADMIN_URL";
    variable(probe, "DATABASE_URL")?;
    match variable(probe, NAME) {
        Err(_) => Ok("not in the configuration".to_owned()),
        Ok(_) => Err(Finding::warn(
            NAME,
            "only in the environment of migrations",
            "in the configuration",
        )),
    }
}

/// `COVIBE_UPLOAD_DIR` is a folder on a file system of its own.
pub(crate) fn upload_folder(probe: &Probe) -> Verdict {
    const NAME: &str = "COVIBE_UPLOAD_DIR";
    let value = variable(probe, NAME)?;
    let folder = Path::new(value.expose());
    let metadata = std::fs::metadata(folder).ok().filter(std::fs::Metadata::is_dir);
    let Some(metadata) = metadata else {
        return Err(Finding::fail(NAME, "a folder", "none at this path"));
    };
    if metadata.permissions().readonly() {
        return Err(Finding::fail(NAME, "a folder that can be written to", "a read-only one"));
    }
    if is_of_root(&metadata) {
        let expected = "a folder on a volume, which outlives the container";
        return Err(Finding::fail(NAME, expected, "a folder on the root file system"));
    }
    Ok("on a volume".to_owned())
}

/// `covibe-server check` finds nothing: the role of the database, a foreign read, upstreams, quotas and docker hosts.
pub(crate) async fn check(probe: &Probe) -> Verdict {
    const ENDPOINT: &str = "covibe-server check";
    let (Some(_), Some(program)) = (&probe.configuration, &probe.server) else {
        let reason = "the configuration or the program is not on this machine: run `covibe-server check` on the host";
        return Err(Finding::skip(ENDPOINT, reason));
    };
    let mut command = tokio::process::Command::new(program);
    command.args(["check", "--json"]).stdin(Stdio::null()).kill_on_drop(true);
    let expected = "its report";
    let output = match timeout(CHECK, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(Finding::error(ENDPOINT, expected, error)),
        Err(_) => {
            let late = format!("it did not end within {} s", CHECK.as_secs());
            return Err(Finding::error(ENDPOINT, expected, late));
        }
    };
    let Ok(Reported { checks }) = serde_json::from_slice(&output.stdout) else {
        return Err(Finding::error(ENDPOINT, expected, "something that cannot be read"));
    };
    let of = |status: &str| {
        let some = checks.iter().filter(|check| check.status == status).take(5);
        some.map(|check| format!("{}: {}", check.name, check.says)).collect::<Vec<_>>().join("; ")
    };
    match (of("fail"), of("warn")) {
        (failures, _) if !failures.is_empty() => Err(Finding::fail(ENDPOINT, "no FAIL", failures)),
        (_, warnings) if !warnings.is_empty() => Err(Finding::warn(ENDPOINT, "no WARN", warnings)),
        _ => Ok(format!("{} checks passed", checks.len())),
    }
}

/// The report of `covibe-server check --json`.
#[derive(Deserialize)]
struct Reported {
    checks: Vec<Line>,
}

/// A line of it.
#[derive(Deserialize)]
struct Line {
    name: String,
    status: String,
    says: String,
}

#[cfg(unix)]
fn is_of_root(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/").is_ok_and(|root| root.dev() == metadata.dev())
}

#[cfg(not(unix))]
fn is_of_root(_: &std::fs::Metadata) -> bool {
    false
}

/// Returns a variable of the configuration.
fn variable<'a>(probe: &'a Probe, name: &str) -> Result<&'a Secret, Finding> {
    let Some(configuration) = &probe.configuration else {
        let reason =
            "the configuration is not on this machine: run `covibe-server check` on the host";
        return Err(Finding::skip(name, reason));
    };
    configuration.get(name).ok_or_else(|| Finding::fail(name, "a value", "it is not set"))
}
