//! Looks at a container before anything is done to it: is it a resource's?

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Engine, Trouble, Wait};
use crate::http::Refusal;
use crate::names::{Id, PROJECT, uuid_of_container};
use crate::policy::Subject;

/// The most that the engine says of a container, in bytes.
const MOST: usize = 4 << 20;

const STRANGER: Refusal =
    Refusal { status: 403, message: "this container does not belong to a resource" };
const GONE: Refusal = Refusal { status: 404, message: "no such container or command" };
const FAILED: Refusal = Refusal { status: 502, message: "the Docker Engine failed" };

/// What was seen of a call's subject.
#[derive(Debug)]
pub(crate) enum Looked {
    /// The call has none.
    Nothing,
    /// A container, as the engine describes it.
    Container(Vec<u8>),
    Command(Command),
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
    /// Whether it has standard input, a terminal or privileges: then the gate did not create it.
    pub(crate) is_strange: bool,
    /// The command as the engine describes it.
    pub(crate) text: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContainerText {
    id: String,
    name: String,
    config: Option<Config>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    labels: Option<BTreeMap<String, String>>,
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
pub(crate) fn look(
    engine: &Engine,
    version: &str,
    subject: &Subject,
    wait: &mut dyn Wait,
) -> Result<Looked, Trouble> {
    match subject {
        Subject::Nothing => Ok(Looked::Nothing),
        Subject::Container(id) => container(engine, version, id, wait).map(Looked::Container),
        Subject::Exec(id) => look_at_command(engine, version, id, wait).map(Looked::Command),
    }
}

/// Looks at a command and its container.
pub(crate) fn look_at_command(
    engine: &Engine,
    version: &str,
    id: &Id,
    wait: &mut dyn Wait,
) -> Result<Command, Trouble> {
    let text = read(engine, &format!("{version}/exec/{id}/json"), wait)?;
    let exec: ExecText = parse(&text)?;
    let container_id = Id::new(&exec.container_id).filter(|_| exec.id == id.as_str());
    let container_id = container_id.ok_or(FAILED)?;
    container(engine, version, &container_id, wait)?;
    let process = exec.process_config;
    let is_strange = process.is_none_or(|it| it.tty || it.privileged == Some(true));
    Ok(Command {
        id: id.clone(),
        container: container_id,
        pid: Some(exec.pid).filter(|pid| exec.running && *pid > 0),
        is_running: exec.running,
        exit_code: exec.exit_code,
        is_strange: is_strange || exec.open_stdin,
        text,
    })
}

fn container(
    engine: &Engine,
    version: &str,
    id: &Id,
    wait: &mut dyn Wait,
) -> Result<Vec<u8>, Trouble> {
    let text = read(engine, &format!("{version}/containers/{id}/json"), wait)?;
    let seen: ContainerText = parse(&text)?;
    if seen.id != id.as_str() {
        return Err(FAILED.into());
    }
    let labels = seen.config.and_then(|config| config.labels).unwrap_or_default();
    let uuid = uuid_of_container(&seen.name);
    let is_resources = uuid.is_some() && labels.get(PROJECT).map(String::as_str) == uuid;
    if is_resources { Ok(text) } else { Err(STRANGER.into()) }
}

fn read(engine: &Engine, target: &str, wait: &mut dyn Wait) -> Result<Vec<u8>, Trouble> {
    let mut exchange = engine.send("GET", target, None, false)?;
    let status = exchange.head(wait)?.status;
    let text = exchange.whole(wait, MOST)?;
    match status {
        200 => Ok(text),
        404 => Err(GONE.into()),
        _ => Err(FAILED.into()),
    }
}

fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(text).map_err(|_| FAILED.into())
}
