//! One container: its state and its files.

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_domain::{Timestamp, boxed};
use serde::Deserialize;

use super::time;
use crate::container_owner::ContainerId;
use crate::container_states::{Health, HealthCheck, Mount, MountKind, Status};
use crate::engine_http::{Call, Query, container_error};
use crate::error::{Error, Result};
use crate::host::DockerHost;
use crate::link::Slot;

/// The maximum number of bytes of a probe's output; Docker keeps as many.
const PROBE: usize = 4096;

/// The longest path, in bytes; Linux allows as many.
const PATH: usize = 4096;

/// The state of a container, as `docker inspect` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerDetails {
    /// Its id.
    pub id: ContainerId,
    /// Its name, without the slash that Docker puts before it.
    pub name: String,
    /// The image as it was asked for.
    pub image: String,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// The time that its program gets to end by itself, if the container has one of its own.
    pub stop_timeout: Option<Duration>,
    /// The container's status.
    pub status: Status,
    /// The exit code of its last run; 0 while it runs.
    pub exit_code: i64,
    /// True if the kernel ended its last run for want of memory.
    pub out_of_memory: bool,
    /// The number of times that Docker started it again since it was created.
    pub restart_count: u64,
    /// The result of its health check; `None` without one.
    pub health: Option<Health>,
    /// The last probes of its health check, the oldest first; at most five, as Docker keeps them.
    pub health_log: Vec<HealthCheck>,
    /// When its last run began; `None` if it never ran.
    pub started_at: Option<Timestamp>,
    /// When its last run ended; `None` if none has.
    pub finished_at: Option<Timestamp>,
    /// Its mounts.
    pub mounts: Vec<Mount>,
    /// All of its labels: compose's, Coolify's, and those of the image.
    pub labels: BTreeMap<String, String>,
    /// True if it has a terminal: its output is one stream then, without a difference of stderr.
    pub tty: bool,
}

impl DockerHost {
    /// Returns the state of a container.
    #[boxed]
    pub async fn container(&self, id: &ContainerId) -> Result<ContainerDetails> {
        inspect(&mut self.slot().await?, id).await
    }

    /// Returns a file or a directory of a container as an uncompressed tar archive, as `docker cp`
    /// does. The engine resolves symbolic links within the container, so that none leads to a file of
    /// the host. An archive above `max_bytes` is [`Error::TooLarge`].
    #[boxed]
    pub async fn archive(&self, id: &ContainerId, path: &str, max_bytes: usize) -> Result<Vec<u8>> {
        if !path.starts_with('/') || path.contains('\0') || path.len() > PATH {
            return Err(Error::Invalid("the path must be absolute and have at most 4096 bytes"));
        }
        let query = Query::default().with("path", path);
        let call = Call::get(format!("/containers/{id}/archive"), &query).at_most(max_bytes);
        Ok(self.ask(call).await?.accepted()?.body)
    }
}

/// Returns the state of a container.
pub(crate) async fn inspect(slot: &mut Slot, id: &ContainerId) -> Result<ContainerDetails> {
    let call = Call::get(format!("/containers/{id}/json"), &Query::default());
    let wire: Wire = slot.call(call).await?.json().map_err(container_error)?;
    wire.into_state()
}

/// Docker's answer to `GET /containers/{id}/json`: the members that we read (20.10 to 28.5).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    id: String,
    name: String,
    #[serde(default)]
    created: String,
    #[serde(default)]
    restart_count: u64,
    state: WireState,
    #[serde(default)]
    mounts: Vec<WireMount>,
    config: WireConfig,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireState {
    status: String,
    #[serde(default)]
    exit_code: i64,
    #[serde(default, rename = "OOMKilled")]
    oom_killed: bool,
    #[serde(default)]
    started_at: String,
    #[serde(default)]
    finished_at: String,
    health: Option<WireHealth>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireHealth {
    #[serde(default)]
    status: String,
    log: Option<Vec<WireProbe>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireProbe {
    #[serde(default)]
    start: String,
    #[serde(default)]
    exit_code: i64,
    #[serde(default)]
    output: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireMount {
    #[serde(default)]
    r#type: String,
    name: Option<String>,
    #[serde(default)]
    destination: String,
    #[serde(default, rename = "RW")]
    rw: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireConfig {
    #[serde(default)]
    image: String,
    #[serde(default)]
    tty: bool,
    #[serde(default)]
    stop_timeout: Option<i64>,
    labels: Option<BTreeMap<String, String>>,
}

impl Wire {
    fn into_state(self) -> Result<ContainerDetails> {
        let Self { state, config, .. } = self;
        let health = state.health.as_ref().and_then(|health| Health::parse(&health.status));
        let log = state.health.and_then(|health| health.log).unwrap_or_default();
        Ok(ContainerDetails {
            id: ContainerId::from_answer(self.id)?,
            name: self.name.trim_start_matches('/').to_owned(),
            image: config.image,
            created_at: time(&self.created),
            stop_timeout: config.stop_timeout.map(seconds),
            status: Status::parse(&state.status),
            exit_code: state.exit_code,
            out_of_memory: state.oom_killed,
            restart_count: self.restart_count,
            health,
            health_log: log.into_iter().take(5).map(WireProbe::into_check).collect(),
            started_at: time(&state.started_at),
            finished_at: time(&state.finished_at),
            mounts: self.mounts.into_iter().map(WireMount::into_mount).collect(),
            labels: config.labels.unwrap_or_default(),
            tty: config.tty,
        })
    }
}

impl WireProbe {
    fn into_check(mut self) -> HealthCheck {
        self.output.truncate(self.output.floor_char_boundary(PROBE));
        HealthCheck { at: time(&self.start), exit_code: self.exit_code, output: self.output }
    }
}

impl WireMount {
    fn into_mount(self) -> Mount {
        let kind = match self.r#type.as_str() {
            "volume" => MountKind::Volume,
            "bind" => MountKind::Bind,
            "tmpfs" => MountKind::Memory,
            _ => MountKind::Other,
        };
        let name = self.name.filter(|name| !name.is_empty());
        Mount { name, kind, destination: self.destination, writable: self.rw }
    }
}

/// Reads a number of seconds; a negative one means no limit.
fn seconds(count: i64) -> Duration {
    u64::try_from(count).map_or(Duration::MAX, Duration::from_secs)
}
