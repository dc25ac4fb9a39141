//! The calls on volumes.

use super::bodies;
use super::call::{Action, Answered, Asked, Call, Forward, LONG_PATIENCE, Subject, UNKNOWN};
use super::containers::truth;
use super::filters::Filter;
use crate::http::{Method, Query, Refusal, query_text};
use crate::names::is_volume;

pub(super) fn decide(asked: Asked<'_>) -> Result<Call, Refusal> {
    let Asked { method, parts, query, body, version } = asked;
    bodies::none(body)?;
    let forward = match (method, parts) {
        (Method::Get, ["volumes"]) => list(version, query)?,
        (Method::Get, ["system", "df"]) => sizes(version, query)?,
        (Method::Get | Method::Delete, ["volumes", name]) if is_volume(name) => {
            one(method, &format!("{version}/volumes/{name}"), query)?
        }
        (Method::Get | Method::Delete, ["volumes", _]) => {
            return Err(Refusal::barred("the volume's name holds no resource's uuid"));
        }
        _ => return Err(UNKNOWN),
    };
    let action = Action::Forward(forward);
    Ok(Call { version: version.to_owned(), subject: Subject::Nothing, action })
}

fn list(version: &str, mut query: Query) -> Result<Forward, Refusal> {
    let filter = Filter::read(query.text("filters"))?;
    query.end()?;
    let Filter::Project(_) = filter else {
        return Err(Refusal::barred("volumes are listed by the label com.docker.compose.project"));
    };
    let target = format!("{version}/volumes{}", query_text(&[("filters", &filter.text())]));
    Ok(Forward::new("GET", target, Answered::Streamed))
}

/// Returns the request for the sizes of volumes; the engine only returns those of all volumes.
fn sizes(version: &str, mut query: Query) -> Result<Forward, Refusal> {
    let kind = query.text("type");
    let is_verbose = query.flag("verbose")?;
    query.end()?;
    if kind.as_deref() != Some("volume") {
        return Err(Refusal::barred("only the sizes of volumes (type=volume) are told"));
    }
    let verbose: &[_] = if is_verbose { &[("verbose", "true")] } else { &[] };
    let query = query_text(&[&[("type", "volume")], verbose].concat());
    let forward = Forward::new("GET", format!("{version}/system/df{query}"), Answered::Volumes);
    Ok(Forward { patience: LONG_PATIENCE, ..forward })
}

fn one(method: Method, path: &str, mut query: Query) -> Result<Forward, Refusal> {
    if method == Method::Get {
        query.end()?;
        return Ok(Forward::new("GET", path.to_owned(), Answered::Streamed));
    }
    let force = query.flag("force")?;
    query.end()?;
    let target = format!("{path}{}", query_text(&[("force", truth(force))]));
    let forward = Forward::new("DELETE", target, Answered::Streamed);
    Ok(Forward { patience: LONG_PATIENCE, ..forward })
}
