//! The calls on volumes.

use super::allowed_call::{
    Action, AnswerHandling, Call, Forward, LONG_PATIENCE, ParsedRequest, Subject, UNKNOWN,
};
use super::containers::bool_text;
use super::list_filters::Filter;
use super::request_bodies;
use crate::http::{Method, Query, Refusal, query_text};
use crate::resource_names::is_volume;

pub(super) fn decide(asked: ParsedRequest<'_>) -> Result<Call, Refusal> {
    let ParsedRequest { method, parts, query, body, version } = asked;
    request_bodies::check_empty(body)?;
    let forward = match (method, parts) {
        (Method::Get, ["volumes"]) => list(version, query)?,
        (Method::Get, ["system", "df"]) => sizes(version, query)?,
        (Method::Get | Method::Delete, ["volumes", name]) if is_volume(name) => {
            decide_volume(method, &format!("{version}/volumes/{name}"), query)?
        }
        (Method::Get | Method::Delete, ["volumes", _]) => {
            return Err(Refusal::forbidden(
                "the volume's name does not contain the uuid of a resource",
            ));
        }
        _ => return Err(UNKNOWN),
    };
    let action = Action::Forward(forward);
    Ok(Call { version: version.to_owned(), subject: Subject::Nothing, action })
}

fn list(version: &str, mut query: Query) -> Result<Forward, Refusal> {
    let filter = Filter::read(query.text("filters"))?;
    query.expect_empty()?;
    let Filter::Project(_) = filter else {
        return Err(Refusal::forbidden(
            "a list of volumes needs the filter label com.docker.compose.project",
        ));
    };
    let target = format!("{version}/volumes{}", query_text(&[("filters", &filter.text())]));
    Ok(Forward::new("GET", target, AnswerHandling::Streamed))
}

/// Returns the request for the sizes of volumes; the engine only returns those of all volumes.
fn sizes(version: &str, mut query: Query) -> Result<Forward, Refusal> {
    let kind = query.text("type");
    let is_verbose = query.flag("verbose")?;
    query.expect_empty()?;
    if kind.as_deref() != Some("volume") {
        return Err(Refusal::forbidden("only the sizes of volumes (type=volume) are returned"));
    }
    let verbose: &[_] = if is_verbose { &[("verbose", "true")] } else { &[] };
    let query = query_text(&[&[("type", "volume")], verbose].concat());
    let forward =
        Forward::new("GET", format!("{version}/system/df{query}"), AnswerHandling::Volumes);
    Ok(Forward { patience: LONG_PATIENCE, ..forward })
}

fn decide_volume(method: Method, path: &str, mut query: Query) -> Result<Forward, Refusal> {
    if method == Method::Get {
        query.expect_empty()?;
        return Ok(Forward::new("GET", path.to_owned(), AnswerHandling::Streamed));
    }
    let force = query.flag("force")?;
    query.expect_empty()?;
    let target = format!("{path}{}", query_text(&[("force", bool_text(force))]));
    let forward = Forward::new("DELETE", target, AnswerHandling::Streamed);
    Ok(Forward { patience: LONG_PATIENCE, ..forward })
}
