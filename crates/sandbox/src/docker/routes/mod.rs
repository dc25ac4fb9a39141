//! The endpoints of the engine.

mod archive;
mod containers;
mod exec;
mod logs;
mod networks;
mod query_and_version;
mod volumes;

use self::query_and_version::Version;
use super::answer_json;
use super::errors;
use super::model::Engine;
use crate::coolify::Model;
use crate::core::request_types::{Body, Reply, ReplyResult, Request};

/// Reads the version that a path begins with; the newest where it names none.
///
/// # Errors
/// Refuses one that the engine does not serve.
pub(super) fn version(prefix: &str) -> Result<Version, Reply> {
    let parsed = |text: &str| {
        let (major, minor) = text.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    };
    let Some(text) = prefix.strip_prefix("/v").map(|text| text.trim_end_matches('/')) else {
        return Ok(parsed(answer_json::version::API).unwrap_or_default());
    };
    let (newest, oldest) = (answer_json::version::API, answer_json::version::OLDEST_API);
    match parsed(text) {
        None => Err(errors::no_page()),
        Some(version) if Some(version) > parsed(newest) => Err(errors::message(
            400,
            &format!("client version {text} is too new. Maximum supported API version is {newest}"),
        )),
        Some(version) if Some(version) < parsed(oldest) => Err(errors::message(
            400,
            &format!(
                "client version {text} is too old. Minimum supported API version is {oldest}, please upgrade your client to a newer version"
            ),
        )),
        Some(version) => Ok(version),
    }
}

/// Answers a request.
pub(super) fn answer(
    engine: &mut Engine,
    coolify: &mut Model,
    request: &Request,
    version: Version,
) -> ReplyResult {
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("GET" | "HEAD", ["_ping"]) => Ok(ping()),
        ("GET", ["version"]) => Ok(Reply::json(200, answer_json::version::show())),
        ("GET", ["info"]) => Ok(Reply::json(200, answer_json::version::info(engine))),
        ("GET", ["images", id, "json"]) => containers::image(engine, id),
        ("GET", ["containers", "json"]) => containers::list(engine, request),
        ("GET", ["containers", id, "json"]) => containers::inspect(engine, id),
        ("GET", ["containers", id, "top"]) => containers::top(engine, id),
        ("GET", ["containers", id, "logs"]) => logs::read(engine, request, id, version),
        ("GET" | "HEAD", ["containers", id, "archive"]) => archive::read(engine, request, id),
        ("POST", ["containers", id, "start"]) => containers::start(engine, coolify, id),
        ("POST", ["containers", id, "stop"]) => containers::stop(engine, coolify, request, id),
        ("POST", ["containers", id, "restart"]) => {
            containers::restart(engine, coolify, request, id)
        }
        ("DELETE", ["containers", id]) => containers::remove(engine, coolify, request, id),
        ("POST", ["containers", id, "exec"]) => exec::create(engine, request, id),
        ("POST", ["exec", id, "start"]) => exec::start(engine, request, id, version),
        ("GET", ["exec", id, "json"]) => exec::inspect(engine, id),
        ("GET", ["volumes"]) => volumes::list(engine, request),
        ("GET", ["volumes", name]) => volumes::inspect(engine, name),
        ("DELETE", ["volumes", name]) => volumes::remove(engine, coolify, name),
        ("GET", ["system", "df"]) => Ok(volumes::usage(engine, request, version)),
        ("GET", ["networks", name]) => networks::inspect(engine, name),
        ("DELETE", ["networks", name]) => networks::remove(engine, coolify, name),
        ("POST", ["networks", name, "disconnect"]) => {
            networks::disconnect(engine, coolify, request, name)
        }
        ("POST", ["networks", "create"]) => networks::create(engine, coolify, request),
        _ => Err(errors::no_page()),
    }
}

fn ping() -> Reply {
    let text = Body::Bytes("text/plain; charset=utf-8".to_owned(), b"OK".to_vec());
    let reply = Reply { status: 200, headers: Vec::new(), body: text };
    reply
        .header("Cache-Control", &"no-cache, no-store, must-revalidate")
        .header("Pragma", &"no-cache")
}
