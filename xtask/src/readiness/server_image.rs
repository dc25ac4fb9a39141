//! The image of a hosted server, and containers of it.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::http_client::{self, Connection};
use crate::shell;

/// The arguments of the build that the environment may set, where the registry of the bases is out of reach.
const BASES: [&str; 2] = ["RUST_BASE", "RUNTIME_BASE"];

/// The rights of a container, as `deploy/compose.yaml` gives them.
const HARDENED: [&str; 16] = [
    "--read-only",
    "--tmpfs",
    "/tmp",
    "--security-opt",
    "no-new-privileges",
    "--cap-drop",
    "ALL",
    "--cap-add",
    "CHOWN",
    "--cap-add",
    "DAC_OVERRIDE",
    "--cap-add",
    "SETGID",
    "--cap-add",
    "SETUID",
    // The programs of this machine are reached by loopback, and nobody else reaches the container.
    "--network=host",
];

/// The time within which a container has to answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// The pause between attempts to reach it.
const PAUSE: Duration = Duration::from_millis(200);

/// An image, by the digest that its build returned.
#[derive(Debug)]
pub(super) struct Image(String);

impl Image {
    /// Builds the image of this source tree.
    pub(super) fn build() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let id = folder.path().join("id");
        let mut docker = Command::new("docker");
        docker.args(["build", "--file", "deploy/Dockerfile", "--iidfile"]).arg(&id);
        for base in BASES.iter().filter(|base| std::env::var_os(base).is_some()) {
            docker.args(["--build-arg", base]);
        }
        shell::run(docker.arg(".").current_dir(shell::root()).env("DOCKER_BUILDKIT", "1"))?;
        let id = std::fs::read_to_string(id)?.trim().to_owned();
        println!("The image is {id}");
        Ok(Self(id))
    }

    /// Runs a command in a container to its end.
    pub(super) fn run(&self, place: &ContainerPlace<'_>, command: &[&str]) -> Result<()> {
        shell::run(place.container().arg("--rm").arg(&self.0).args(command))
    }

    /// Starts a server, and waits until it answers.
    pub(super) fn serve(&self, place: &ContainerPlace<'_>) -> Result<Container> {
        let mut docker = place.container();
        docker.arg("--detach").arg(&self.0);
        let id = shell::read_output(&mut docker)?.trim().to_owned();
        let container = Container { id, authority: place.authority.to_owned() };
        let image = container.inspect("{{.Image}}")?;
        ensure!(image == self.0, "the container is of {image}, and not of {}", self.0);
        container.wait()?;
        Ok(container)
    }
}

/// Where a container is: the address of its server on loopback, its mount, and its variables.
pub(super) struct ContainerPlace<'a> {
    pub(super) authority: &'a str,
    pub(super) mount: Option<&'a str>,
    pub(super) variables: Vec<(&'a str, &'a str)>,
}

impl ContainerPlace<'_> {
    /// Returns a command that runs a container there. The values of variables are not on its command line, where others
    /// see them.
    fn container(&self) -> Command {
        let mut docker = Command::new("docker");
        docker.arg("run").args(HARDENED).arg(format!("--env=COVIBE_BIND={}", self.authority));
        docker.args(self.mount.map(|mount| format!("--volume={mount}")));
        docker.envs(self.variables.iter().copied());
        docker.args(self.variables.iter().map(|(name, _)| format!("--env={name}")));
        docker
    }
}

/// A running container. It is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Container {
    id: String,
    authority: String,
}

impl Container {
    /// Sends a request and returns the status and the body.
    pub(super) fn ask(&self, method: &str, path: &str) -> Result<(u16, String)> {
        let authority = &self.authority;
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 0\r\n\r\n");
        http_client::block_on(async {
            let mut connection = Connection::open(authority).await?;
            let answer = connection.call(request.as_bytes()).await?;
            Ok((answer.status, String::from_utf8_lossy(answer.body).into_owned()))
        })
        .with_context(|| format!("{method} {path}"))
    }

    fn wait(&self) -> Result<()> {
        let begun = Instant::now();
        while self.ask("GET", "/api/live").is_err() {
            let is_up = self.inspect("{{.State.Running}}")? == "true";
            ensure!(
                is_up && begun.elapsed() < PATIENCE,
                "the container does not answer:\n{}",
                self.log()
            );
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    fn inspect(&self, format: &str) -> Result<String> {
        let read = shell::read_output(
            Command::new("docker").args(["inspect", "--format", format, &self.id]),
        )?;
        Ok(read.trim().to_owned())
    }

    /// Returns the last lines that the container printed.
    fn log(&self) -> String {
        let output = Command::new("docker").args(["logs", "--tail", "20", &self.id]).output();
        output.map_or_else(
            |_| String::new(),
            |output| String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // One that is gone already is as removed.
        let _gone = Command::new("docker").args(["rm", "--force", "--volumes", &self.id]).output();
    }
}
