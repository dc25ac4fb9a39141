//! `GET /containers/{id}/archive`: files of a container, which need not run.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::super::model::Engine;
use super::super::shell::{FileEntry, files_of, find};
use super::super::{errors, tar_archive};
use crate::core::request_types::{Body, Reply, ReplyResult, Request};

/// The bits of Go that mark a folder.
const FOLDER_MODE: u32 = 1 << 31;

/// `GET` and `HEAD /containers/{id}/archive`: a tar of the file, or of the folder without what is in it.
pub(super) fn read(engine: &Engine, request: &Request, id: &str) -> ReplyResult {
    let path = request.query.get("path").map_or("", String::as_str);
    if path.is_empty() {
        return Err(errors::message(400, "bad parameter: path cannot be empty"));
    }
    let one = engine.container(id)?;
    let files = files_of(one);
    let Some(found) = find(&files, path) else {
        let text = format!("Could not find the file {path} in container {id}");
        return Err(errors::message(404, &text));
    };
    let name = path.trim_end_matches('/').rsplit('/').next().filter(|name| !name.is_empty());
    let name = name.unwrap_or("/");
    let (content, mode) = match found {
        FileEntry::File(text) => (Some(text.as_bytes()), 0o644),
        FileEntry::Folder => (None, FOLDER_MODE | 0o755),
    };
    let stat = json!({
        "name": name, "size": content.map_or(4_096, <[u8]>::len), "mode": mode, "mtime": one.created,
        "linkTarget": "",
    });
    let archive = tar_archive::write(&[tar_archive::Entry { name, content }], one.created);
    let body = Body::Bytes("application/x-tar".to_owned(), archive);
    let reply = Reply { status: 200, headers: Vec::new(), body };
    Ok(reply.header("X-Docker-Container-Path-Stat", &STANDARD.encode(stat.to_string())))
}
