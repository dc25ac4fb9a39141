//! Looks at a container before any action on it, to check that it belongs to a resource.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::json_body::{self, Parsed};
use super::labels::Labels;
use super::{Engine, Trouble, Wait};
use crate::http::Refusal;
use crate::policy::Subject;
use crate::resource_names::{Id, PROXIES, uuid_of_container, uuid_of_proxy};

/// The longest description of a container or a command that is shown, in bytes.
const MOST: usize = 4 << 20;

const STRANGER: Refusal =
    Refusal { status: 403, message: "this container does not belong to a resource" };
const GONE: Refusal = Refusal { status: 404, message: "no such container or command" };
const NO_IMAGE: Refusal =
    Refusal { status: 502, message: "the image of this container can't be inspected" };
const FAILED: Refusal = Refusal { status: 502, message: "the Docker Engine failed" };
const LARGE: Refusal = Refusal { status: 502, message: "the Docker Engine's answer is too large" };

/// The subject of a call, as the engine describes it.
#[derive(Debug)]
pub(crate) enum InspectedSubject {
    /// The call has none.
    Nothing,
    Container(Container),
    Command(Command),
}

/// A resource's container.
#[derive(Debug)]
pub(crate) struct Container {
    labels: Option<Labels>,
    /// The id of its image, with its algorithm.
    image: String,
    /// True if its processes can reach the host's.
    reaches_host: bool,
    /// The engine's description; `None` if it is too long to be shown. An image can make it so
    /// long, and the container must be stopped all the same.
    text: Option<Vec<u8>>,
}

impl Container {
    /// Returns the engine's description; fails if it was too long.
    pub(crate) fn text(self) -> Result<Vec<u8>, Trouble> {
        self.text.ok_or(LARGE.into())
    }
}

impl InspectedSubject {
    /// Returns whether it is a container in which no command may run.
    pub(crate) fn reaches_host(&self) -> bool {
        matches!(self, Self::Container(container) if container.reaches_host)
    }
}

/// A command in a resource's container.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) id: Id,
    pub(crate) container: Id,
    /// The pid of its first process on the host, while it runs.
    pub(crate) pid: Option<u32>,
    pub(crate) is_running: bool,
    pub(crate) exit_code: Option<i64>,
    /// True if it has standard input, a terminal or privileges, or is in a container that reaches
    /// the host: then the gate did not create it.
    pub(crate) is_strange: bool,
    /// The command as the engine describes it.
    pub(crate) text: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContainerText {
    id: String,
    name: String,
    #[serde(default)]
    image: String,
    config: Option<Config>,
    host_config: Option<HostConfig>,
}

/// The rights of a container on the host.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HostConfig {
    #[serde(default)]
    privileged: bool,
    #[serde(default)]
    pid_mode: String,
}

impl HostConfig {
    fn reaches_host(&self) -> bool {
        self.privileged || self.pid_mode == "host"
    }
}

/// The configuration of an image or a container.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    labels: Option<Labels>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ImageText {
    config: Option<Config>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ExecText {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "ContainerID")]
    container_id: String,
    running: bool,
    exit_code: Option<i64>,
    #[serde(default)]
    pid: u32,
    #[serde(default)]
    open_stdin: bool,
    process_config: Option<ProcessConfig>,
}

#[derive(Deserialize)]
struct ProcessConfig {
    #[serde(default)]
    tty: bool,
    privileged: Option<bool>,
}

/// Looks at a call's subject; fails if it is not in a resource's container.
pub(crate) fn inspect_subject(
    engine: &Engine,
    version: &str,
    subject: &Subject,
    wait: &mut dyn Wait,
) -> Result<InspectedSubject, Trouble> {
    match subject {
        Subject::Nothing => Ok(InspectedSubject::Nothing),
        Subject::Container(id) => {
            container(engine, version, id, is_of_resource, wait).map(InspectedSubject::Container)
        }
        Subject::ContainerOrProxy(id) => {
            let is_let_through = |name: &str, project: Option<&str>| {
                is_of_resource(name, project) || is_proxy(name, project)
            };
            container(engine, version, id, is_let_through, wait).map(InspectedSubject::Container)
        }
        Subject::Exec(id) => {
            inspect_command(engine, version, id, wait).map(InspectedSubject::Command)
        }
    }
}

/// Looks at a command and its container.
pub(crate) fn inspect_command(
    engine: &Engine,
    version: &str,
    id: &Id,
    wait: &mut dyn Wait,
) -> Result<Command, Trouble> {
    let Parsed { value: exec, text } =
        read::<ExecText>(engine, &format!("{version}/exec/{id}/json"), wait)?;
    let container_id = Id::new(&exec.container_id).filter(|_| exec.id == id.as_str());
    let container_id = container_id.ok_or(FAILED)?;
    let reaches_host =
        container(engine, version, &container_id, is_of_resource, wait)?.reaches_host;
    let process = exec.process_config;
    let is_strange = process.is_none_or(|it| it.tty || it.privileged == Some(true));
    Ok(Command {
        id: id.clone(),
        container: container_id,
        pid: Some(exec.pid).filter(|pid| exec.running && *pid > 0),
        is_running: exec.running,
        exit_code: exec.exit_code,
        is_strange: is_strange || exec.open_stdin || reaches_host,
        text: text.ok_or(LARGE)?,
    })
}

/// Returns whether a container is a resource's, by its name and its compose project.
fn is_of_resource(name: &str, project: Option<&str>) -> bool {
    uuid_of_container(name).is_some_and(|uuid| project == Some(uuid))
}

/// Returns whether a container is the proxy of a public database.
fn is_proxy(name: &str, project: Option<&str>) -> bool {
    uuid_of_proxy(name).is_some() && project == Some(PROXIES)
}

fn container(
    engine: &Engine,
    version: &str,
    id: &Id,
    is_let_through: impl Fn(&str, Option<&str>) -> bool,
    wait: &mut dyn Wait,
) -> Result<Container, Trouble> {
    let Parsed { value: seen, text } =
        read::<ContainerText>(engine, &format!("{version}/containers/{id}/json"), wait)?;
    if seen.id != id.as_str() {
        return Err(FAILED.into());
    }
    let labels = seen.config.and_then(|config| config.labels);
    let project = labels.as_ref().and_then(|labels| labels.project.as_deref());
    if !is_let_through(&seen.name, project) {
        return Err(STRANGER.into());
    }
    // Without the host's configuration, the container may have any right.
    let reaches_host = seen.host_config.is_none_or(|config| config.reaches_host());
    Ok(Container { labels, image: seen.image, reaches_host, text })
}

/// Returns the labels of a container and of its image, by the image's id: a name may mean another image
/// by now.
pub(crate) fn labels_of_image(
    engine: &Engine,
    version: &str,
    of: Container,
    wait: &mut dyn Wait,
) -> Result<(Option<Labels>, Option<Labels>), Trouble> {
    let digits = of.image.strip_prefix("sha256:").and_then(Id::new).ok_or(FAILED)?;
    let target = format!("{version}/images/sha256:{digits}/json");
    // The container exists: a missing image must not be taken for a missing container.
    let read = read::<ImageText>(engine, &target, wait);
    let seen =
        read.map_err(|trouble| if trouble == GONE.into() { NO_IMAGE.into() } else { trouble });
    let seen = seen?.value;
    Ok((of.labels, seen.config.and_then(|config| config.labels)))
}

fn read<T: DeserializeOwned>(
    engine: &Engine,
    target: &str,
    wait: &mut dyn Wait,
) -> Result<Parsed<T>, Trouble> {
    let mut exchange = engine.send("GET", target, None, false)?;
    match exchange.head(wait)?.status {
        200 => json_body::parse(&mut exchange, wait, MOST),
        404 => Err(GONE.into()),
        _ => Err(FAILED.into()),
    }
}
