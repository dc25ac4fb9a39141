//! A simulated Docker Engine: version 25.0 with API 1.44, on a socket, with the containers of a simulated
//! Coolify.
//!
//! It has what Coolify's simulator says is there, and Coolify learns at its next look of what is done here.
//! It serves the calls that a client of other people's containers needs, and nothing that creates one. What
//! a real engine answers is recorded in `crates/sandbox/tests/recordings/docker.json`; the texts that
//! differ are those of 25.0. Nothing is run on this machine: a small interpreter answers what is executed
//! in a container.
//!
//! Beside what all simulators have below `/__sandbox/`, it serves
//!
//! - `POST /__sandbox/arrangements`, which takes an [`Arrangement`],
//! - `POST /__sandbox/containers`, which takes a [`ForeignContainer`] container,
//! - `DELETE /__sandbox/processes/{pid}`, which kills a process as `kill -9` on the host would. The `Pid`s
//!   that it reports are larger than any that Linux gives, so that no process of this machine is killed in
//!   the place of one that does not exist.
//!
//! | module | what it holds |
//! |---|---|
//! | `model` | the state: containers, volumes, networks, processes |
//! | `programs` | what programs of known images print and leave behind |
//! | `logs`, `output_frames` | the logs of containers, and the frames of all output |
//! | `shell` | the interpreter of what is executed |
//! | `answer_json` | how answers show objects |
//! | `routes` | the endpoints |

mod answer_json;
mod arranged_containers;
mod errors;
mod filters;
mod logs;
mod model;
mod output_frames;
mod process_script;
mod programs;
mod routes;
mod shell;
mod tar_archive;

use std::any::Any;
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::json;

use self::model::Engine;
use crate::coolify::host_containers;
use crate::core::request_types::{Body, Reply, Request};
use crate::core::shared_state::Host;
use crate::core::{Protocol, Simulator, Vendor, server};

pub use arranged_containers::{Arrangement, ForeignContainer};
pub use model::Collection;

/// The longest path of a socket, in bytes: Linux has room for 107, other systems for 103.
pub const LONGEST_SOCKET: usize = 100;

const PROTOCOL: Protocol =
    Protocol { api_prefix: version_prefix, name: |request| request, omits_body: |_| false };

/// Starts the engine of a simulated Coolify on a socket of mode 0600, in a directory that should be private.
/// A socket that is there already is replaced.
///
/// # Errors
/// The path is longer than [`LONGEST_SOCKET`], the socket cannot be made, or `coolify` simulates something
/// else.
pub async fn start(coolify: &Simulator, socket: &Path) -> io::Result<Simulator> {
    if socket.as_os_str().len() > LONGEST_SOCKET {
        let text =
            format!("the path of a socket may have {LONGEST_SOCKET} bytes: {}", socket.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let host = Arc::clone(coolify.host());
    if host_containers::state(&mut **host.vendor.lock()).is_none() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "an engine is that of a Coolify"));
    }
    let clock = host.clock.clone();
    let engine = Box::new(Daemon { coolify: host, engine: Engine::new(clock.clone()) });
    server::start_on_socket(socket, PROTOCOL, clock, engine).await
}

/// Returns the version that a path begins with: `/v1.44/`, or only a slash.
fn version_prefix(path: &str) -> &str {
    let end = path.get(1..).and_then(|rest| rest.find('/')).map(|at| at + 2);
    let first = end.and_then(|end| path.get(..end)).unwrap_or("/");
    let is_version =
        first.strip_prefix("/v").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if is_version { first } else { "/" }
}

struct Daemon {
    coolify: Arc<Host>,
    engine: Engine,
}

impl Vendor for Daemon {
    fn answer(&mut self, request: &Request) -> Reply {
        let version = match routes::version(version_prefix(&request.path)) {
            Ok(version) => version,
            Err(refusal) => return with_headers(refusal),
        };
        let mut coolify = self.coolify.vendor.lock();
        let Some(state) = host_containers::state(&mut **coolify) else {
            return errors::server_error();
        };
        self.engine.refresh(state);
        let reply = routes::answer(&mut self.engine, state, request, version);
        if request.method != "GET" {
            self.engine.refresh(state);
        }
        with_headers(reply.unwrap_or_else(|refusal| refusal))
    }

    fn refusal(&self, status: u16) -> Reply {
        errors::refusal(status)
    }

    fn set(&mut self, settings: Box<dyn Any>) {
        match settings.downcast::<Arrangement>() {
            Ok(one) => self.engine.arrange(*one),
            Err(settings) => {
                if let Ok(one) = settings.downcast::<ForeignContainer>() {
                    self.engine.plant(*one);
                }
            }
        }
    }

    fn names(&mut self, collection: &dyn Any) -> Vec<String> {
        let collection = collection.downcast_ref::<Collection>();
        collection.map_or_else(Vec::new, |collection| self.engine.names(*collection))
    }

    fn control(&mut self, method: &str, endpoint: &str, body: &[u8]) -> Option<Reply> {
        match (method, endpoint.split_once('/').unwrap_or((endpoint, ""))) {
            ("POST", ("arrangements", "")) => Some(read(body, |one| self.engine.arrange(one))),
            ("POST", ("containers", "")) => Some(read(body, |one| self.engine.plant(one))),
            ("DELETE", ("processes", pid)) => {
                let is_there = pid.parse().is_ok_and(|pid| self.engine.kill(pid));
                Some(Reply::empty(if is_there { 204 } else { 404 }))
            }
            _ => None,
        }
    }
}

/// Reads what is arranged from JSON.
fn read<T: DeserializeOwned>(body: &[u8], arrange: impl FnOnce(T)) -> Reply {
    match serde_json::from_slice(body) {
        Ok(one) => {
            arrange(one);
            Reply::empty(204)
        }
        Err(error) => Reply::json(400, json!({ "error": error.to_string() })),
    }
}

/// Adds the headers that every answer has but that to an unknown path.
fn with_headers(mut reply: Reply) -> Reply {
    if let (404, Body::Json(body)) = (reply.status, &reply.body)
        && *body == json!({ "message": errors::NO_PAGE })
    {
        return reply;
    }
    reply.headers.push(("Api-Version", answer_json::version::API.to_owned()));
    reply.headers.push(("Docker-Experimental", "false".to_owned()));
    reply.headers.push(("Ostype", "linux".to_owned()));
    reply.headers.push(("Server", format!("Docker/{} (linux)", answer_json::version::ENGINE)));
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_prefix_of_a_path_is_recognized() {
        assert_eq!(version_prefix("/v1.44/containers/json"), "/v1.44/");
        assert_eq!(version_prefix("/containers/json"), "/");
        assert_eq!(version_prefix("/volumes/v1"), "/");
        assert_eq!(version_prefix("/_ping"), "/");
        assert_eq!(version_prefix(""), "/");
    }
}
