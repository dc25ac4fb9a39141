//! The checks of this machine alone.

use std::env;
use std::fs;

use covibe_domain::entities::AgentType;

use super::check_report::{Check, Doctor};
use crate::credentials::{CREDENTIALS, Credentials, NetworkVariables, select_key};
use crate::exclude::Exclusions;
use crate::git::Git;
use crate::home::read_bounded;
use crate::program_copies::{VERSION, installed_version, is_in_cache, is_later};

/// The maximum size of a lock file of npm that is read, in bytes.
const MAX_LOCK: u64 = 32 * 1024 * 1024;

/// The lock files of package managers.
const LOCK_FILES: [&str; 3] = ["package-lock.json", "pnpm-lock.yaml", "yarn.lock"];

/// Returns the checks.
pub(super) fn checks(doctor: &Doctor) -> Vec<Check> {
    let mut checks = vec![programs(doctor), credentials(doctor), git(), exclusions(doctor)];
    checks.extend(lock_file(doctor));
    checks.extend(proxy());
    checks.extend(network(doctor));
    checks.extend(variable(doctor));
    if is_in_cache() {
        let message =
            "This program runs from the temporary cache of npx, which may remove it at any time.";
        let fix = format!("npm install --save-dev {}/downloads/co-vibe.tgz", doctor.origin);
        checks.push(Check::warn("programs.cache", message).fix(fix));
    }
    checks
}

fn programs(doctor: &Doctor) -> Check {
    let (id, fix) = ("programs", format!("covibe-local setup --base-url {}", doctor.origin));
    match installed_version(&doctor.home) {
        None => Check::fail(
            id,
            format!("The programs are not in {}.", doctor.home.path("bin").display()),
        )
        .fix(fix),
        Some(version) if is_later(VERSION, &version) => {
            let message = format!(
                "The programs in {} are of version {version}, and this one is {VERSION}.",
                doctor.home.path("bin").display()
            );
            Check::warn(id, message).fix(fix)
        }
        Some(version) => Check::pass(id, format!("The programs are of version {version}.")),
    }
}

fn credentials(doctor: &Doctor) -> Check {
    let id = "credentials";
    match Credentials::load(&doctor.home) {
        Ok(credentials) => match credentials.keys(&doctor.origin).len() {
            0 => Check::pass(id, format!("{CREDENTIALS} has no key for {}.", doctor.origin)),
            count => Check::pass(
                id,
                format!(
                    "{CREDENTIALS} is not accessible to others, and has {count} of this server's \
                     keys."
                ),
            ),
        },
        Err(problem) => {
            let check = Check::fail(id, problem.message);
            problem.hint.map_or(check.clone(), |hint| check.fix(hint))
        }
    }
}

fn git() -> Check {
    match Git::find() {
        Some(_) => Check::pass("git", "git is installed."),
        None => {
            Check::warn("git", "git is not installed, so no activity is seen.").fix("Install git.")
        }
    }
}

fn exclusions(doctor: &Doctor) -> Check {
    match Exclusions::load(&doctor.home) {
        Ok(rules) => {
            let count = rules.repositories.len() + rules.globs.len() + rules.remotes.len();
            Check::pass("exclusions", format!("{count} rules keep repositories private."))
        }
        Err(problem) => {
            Check::warn("exclusions", format!("{} Until then, nothing is sent.", problem.message))
                .fix(problem.hint.unwrap_or_default())
        }
    }
}

/// The address without a version has other bytes after each release, and a lock file has the digest of one of them.
fn lock_file(doctor: &Doctor) -> Option<Check> {
    let folder = doctor.folder.as_deref()?;
    let alias = format!("{}/downloads/co-vibe.tgz", doctor.origin);
    let has_alias = |name: &&str| {
        let text = read_bounded(&folder.join(name), MAX_LOCK).ok().flatten();
        text.is_some_and(|text| String::from_utf8_lossy(&text).contains(&alias))
    };
    let name = LOCK_FILES.iter().find(|name| has_alias(name))?;
    let fix = format!("npm install --save-dev {}/downloads/co-vibe-{VERSION}.tgz", doctor.origin);
    Some(
        Check::warn(
            "package.lock",
            format!("{name} names an address whose content changes: installations fail with EINTEGRITY after the next release."),
        )
        .fix(fix),
    )
}

fn proxy() -> Option<Check> {
    let names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let name =
        names.iter().find(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))?;
    let ca = env::var_os("SSL_CERT_FILE").is_none_or(|path| fs::metadata(path).is_ok());
    let message = format!("{name} is set: the server is reached through that proxy.");
    Some(if ca {
        Check::pass("proxy", message)
    } else {
        Check::warn("proxy", "SSL_CERT_FILE names a file that does not exist.")
            .fix("Correct or unset SSL_CERT_FILE.")
    })
}

/// Reports proxies and certificates with which no key is sent. The doctor uses them for requests without a key.
fn network(doctor: &Doctor) -> Option<Check> {
    let credentials = Credentials::load(&doctor.home).ok()?;
    let network = NetworkVariables::from_environment();
    let problem = credentials.check_network(&doctor.origin, &network).err()?;
    let check = Check::warn("proxy.noted", problem.message);
    Some(check.fix(problem.hint.unwrap_or_default()))
}

/// Reports a key of the environment that neither a bridge nor the doctor sends to this server.
fn variable(doctor: &Doctor) -> Option<Check> {
    let credentials = Credentials::load(&doctor.home).ok()?;
    let key = select_key(None, &credentials, &doctor.origin, AgentType::Other)?;
    let problem = credentials.check_key(&doctor.origin, &key).err()?;
    let check = Check::warn("key.variable", problem.message);
    Some(check.fix(problem.hint.unwrap_or_default()))
}
