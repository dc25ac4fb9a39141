//! Short runs of what is handed out: the companion in an empty repository, and the image as a hosted server.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::preconditions::{WORKOS, configured};
use super::server_image::{Container, ContainerPlace, Image};
use crate::process::throwaway_postgres::{Postgres, Variables, socket_folder};
use crate::{http_client, shell};

/// The tests that install the package with npm from a server into an empty repository, connect an agent, examine the
/// connection and call a tool through it.
const CLEAN_REPOSITORY: [&str; 6] =
    ["test", "--package", "covibe-local", "--test", "it", "npm_package::"];

/// Paths of everything that a server has.
const PATHS: [&str; 8] = [
    "/",
    "/api/mcp",
    "/api/workspaces",
    "/auth/sign-in",
    "/callback",
    "/console",
    "/downloads/co-vibe.tgz",
    "/openapi.json",
];

/// Installs the companion into an empty repository, as a developer does. Fails without npm.
pub(super) fn clean_repository() -> Result<()> {
    shell::run(&mut shell::cargo(["build", "--package", "xtask", "--package", "covibe-local"]))?;
    shell::run(shell::cargo(CLEAN_REPOSITORY).env("COVIBE_TEST_NPM", "required"))
}

/// The image without the WorkOS variables, or with some of them, serves nothing.
pub(super) fn fail_closed(image: &Image) -> Result<()> {
    let value = |name: &'static str| (name, "client_01ABC");
    let all_but_one = WORKOS.into_iter().filter(|name| *name == "WORKOS_CLIENT_ID").map(value);
    for variables in [Vec::new(), all_but_one.collect()] {
        let known = variables.len();
        let container = image.serve(&ContainerPlace {
            authority: &http_client::free_address()?,
            mount: None,
            variables,
        })?;
        let (status, health) = container.ask("GET", "/api/health")?;
        let health: Value = serde_json::from_str(&health)?;
        ensure!(
            status == 503 && health["auth_mode"] == "blocked",
            "expected 503 and auth_mode blocked from GET /api/health, got {status}: {health}"
        );
        for path in PATHS {
            for method in ["GET", "POST"] {
                let (status, _) = container.ask(method, path)?;
                ensure!(
                    status == 503,
                    "expected 503 from {method} {path}, got {status}: it is open"
                );
            }
        }
        println!("The image serves nothing with {known} of the WorkOS variables.");
    }
    Ok(())
}

/// A container that is a hosted server of this machine, with the WorkOS variables and a PostgreSQL of its own.
pub(super) struct Rehearsal {
    container: Container,
    url: String,
    _postgres: Postgres,
    _scratch: tempfile::TempDir,
}

impl Rehearsal {
    /// Starts one, and sees that people sign in with WorkOS.
    pub(super) fn start(image: &Image) -> Result<Self> {
        let scratch = tempfile::tempdir()?;
        let (postgres, database) = http_client::block_on(async {
            let mut postgres = Postgres::start(&measure()?, scratch.path()).await?;
            let database = postgres.database().await?;
            Ok((postgres, database))
        })?;
        let mount = reachable(&database)?;
        let authority = http_client::free_address()?;
        let url = format!("http://{authority}");
        let variables = variables(&database, &url)?;
        let variables = variables.iter().map(|(name, value)| (&**name, &**value)).collect();
        let mut place = ContainerPlace { authority: &authority, mount: Some(&mount), variables };
        image.run(&place, &["covibe-server", "migrate"])?;
        place.variables.retain(|(name, _)| *name != "COVIBE_POSTGRES_ADMIN_URL");
        let container = image.serve(&place)?;
        let rehearsal = Self { container, url, _postgres: postgres, _scratch: scratch };
        rehearsal.check()?;
        Ok(rehearsal)
    }

    /// Returns the origin of the server.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    fn check(&self) -> Result<()> {
        let (status, health) = self.container.ask("GET", "/api/health")?;
        let health: Value = serde_json::from_str(&health)?;
        ensure!(
            status == 200 && health["auth_mode"] == "workos",
            "expected 200 and auth_mode workos from GET /api/health, got {status}: {health}"
        );
        let (status, _) = self.container.ask("GET", "/auth/sign-in")?;
        let is_redirect = matches!(status, 302 | 303 | 307);
        ensure!(is_redirect, "expected a redirect to WorkOS from GET /auth/sign-in, got {status}");
        println!("People sign in with WorkOS at the image.");
        Ok(())
    }
}

/// Builds the example of the harness that starts a PostgreSQL. Returns its path.
fn measure() -> Result<PathBuf> {
    let build = ["build", "--package", "covibe-testkit-http", "--example", "measure"];
    shell::run(&mut shell::cargo(build))?;
    Ok(shell::target()?.join("debug/examples/measure"))
}

/// Returns the mount by which a container reaches the socket of a database, whose folder its user may enter then.
fn reachable(database: &Variables) -> Result<String> {
    let folder = socket_folder(database)?;
    shell::run(Command::new("chmod").args(["o+x", folder]))?;
    Ok(format!("{folder}:{folder}"))
}

/// Returns the variables of a hosted server at this origin of loopback.
fn variables(database: &Variables, url: &str) -> Result<Variables> {
    let mut all = database.clone();
    let set = configured(&shell::root())?;
    for name in WORKOS {
        let value = set.get(name).with_context(|| format!("{name} is not set"))?;
        all.insert(name.to_owned(), value.clone());
    }
    all.insert("NEXT_PUBLIC_WORKOS_REDIRECT_URI".to_owned(), format!("{url}/callback"));
    all.insert("VIBN_SECRETS_KEY".to_owned(), random_key()?);
    Ok(all)
}

fn random_key() -> Result<String> {
    let mut key = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
    Ok(BASE64_STANDARD.encode(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compose_smoke_runs_the_backup_commands_of_the_hosting_page() {
        let read = |path: &str| std::fs::read_to_string(shell::root().join(path)).unwrap();
        let (page, smoke) = (read("docs/hosting.md"), read("deploy/compose-smoke.sh"));
        let (_, section) = page.split_once("\n## Backups\n").unwrap();
        let (section, _) = section.split_once("\n## ").unwrap();
        let is_copy = |line: &&str| {
            line.starts_with("docker ")
                && ["tar ", "pg_dump ", "pg_restore "].iter().any(|it| line.contains(it))
        };
        let copies: Vec<_> = section.lines().filter(is_copy).collect();
        assert_eq!(copies.len(), 4, "{copies:?}");
        for line in copies {
            // The files have other names there.
            let command = line.split(['<', '>']).next().unwrap();
            assert!(smoke.contains(command.trim_end()), "{command}");
        }
    }

    #[test]
    fn backups_with_docker_compose_are_closed_to_other_users() {
        let read = |path: &str| std::fs::read_to_string(shell::root().join(path)).unwrap();
        let (page, smoke) = (read("docs/hosting.md"), read("deploy/compose-smoke.sh"));
        assert!(page.contains("```sh\numask 077\ndocker compose run"), "the umask comes first");
        for text in [page, smoke] {
            // A folder that is mounted must be open to the user of the container.
            assert!(text.contains("\numask 077\n"));
            assert!(!text.contains("chmod 755") && !text.contains(":/backup"));
        }
    }
}
