//! `GET /containers/{id}/logs`.

use actix_web::web::Bytes;
use tokio::sync::mpsc;

use super::super::errors;
use super::super::logs::{self, Line};
use super::super::model::{Engine, Phase};
use super::super::output_frames::frame;
use super::super::programs::Stream;
use super::query_and_version::{Version, is_on};
use crate::core::request_types::{Body, Reply, ReplyResult, Request, Streamed};

/// `GET /containers/{id}/logs`: also of a container that does not run.
///
/// A `tail` that is not a number means all lines. It counts the lines of both streams, whichever is requested, as in
/// docker. With `follow` the answer continues while the container runs, and has no further lines.
pub(super) fn read(
    engine: &mut Engine,
    request: &Request,
    id: &str,
    version: Version,
) -> ReplyResult {
    let (stdout, stderr) = (is_on(request, "stdout"), is_on(request, "stderr"));
    if !stdout && !stderr {
        let text = "Bad parameters: you must choose at least one stream";
        return Err(errors::message(400, text));
    }
    let one = engine.container(id)?;
    let since = moment(request, "since")?.unwrap_or(i128::MIN);
    let until = moment(request, "until")?.filter(|at| *at > 0).unwrap_or(i128::MAX);
    let is_wanted = |line: &Line| {
        let is_of_stream = if line.stream == Stream::Stdout { stdout } else { stderr };
        is_of_stream && (since..=until).contains(&line.nanos())
    };
    let lines = logs::lines(one);
    let tail = request.query.get("tail").and_then(|text| text.parse::<usize>().ok());
    // The last lines of both streams; one of them may not be requested.
    let skipped = lines.len().saturating_sub(tail.unwrap_or(usize::MAX));
    let has_times = is_on(request, "timestamps");
    let mut text = Vec::new();
    for line in lines.iter().skip(skipped).filter(|line| is_wanted(line)) {
        let time = if has_times { line.time() + " " } else { String::new() };
        text.extend(frame(line.stream, format!("{time}{}", line.text).as_bytes()));
    }
    let media_type = media_type(version);
    if is_on(request, "follow") && one.phase() == Phase::Running {
        let id = one.id.clone();
        return Ok(follow_log(engine, &id, text, media_type));
    }
    let body = Body::Bytes(media_type.to_owned(), text);
    Ok(Reply { status: 200, headers: Vec::new(), body })
}

fn follow_log(engine: &mut Engine, id: &str, text: Vec<u8>, media_type: &'static str) -> Reply {
    let (output, chunks) = mpsc::channel(1);
    // There is room for one part.
    let _ = output.try_send(Bytes::from(text));
    engine.follow(id, output);
    let body = Body::Streamed(Streamed { media_type, chunks, takes_over: false });
    Reply { status: 200, headers: Vec::new(), body }
}

/// Returns the media type of streams in frames, which has a name of its own since API 1.42.
pub(super) fn media_type(version: Version) -> &'static str {
    if version >= (1, 42) {
        "application/vnd.docker.multiplexed-stream"
    } else {
        "application/vnd.docker.raw-stream"
    }
}

/// Reads a moment, as seconds since 1970 with a fraction, into nanoseconds.
fn moment(request: &Request, name: &str) -> Result<Option<i128>, Reply> {
    let Some(text) = request.query.get(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let parsed = |text: &str| text.parse::<i64>().map_err(|_| errors::no_number("ParseInt", text));
    let digits = format!("{fraction:0<9}");
    let nanos = parsed(digits.get(..9).unwrap_or_default())?;
    Ok(Some(i128::from(parsed(seconds)?) * 1_000_000_000 + i128::from(nanos)))
}
