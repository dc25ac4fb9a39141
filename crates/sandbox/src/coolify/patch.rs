//! Changing applications.

use serde_json::{Value, json};

use super::body::{self, Object, Rule};
use super::deployments::Queued;
use super::errors::{self, Errors};
use super::fields::{COLUMNS, PATCH, SETTINGS};
use super::resource::Family;
use super::state::State;
use super::{Version, compose, domains};
use crate::wire::{Answer, Reply, Request};

/// Fields that are written in another way than by their name.
const OTHERWISE: [&str; 2] = ["domains", "docker_compose_domains"];

/// Writes every column of a body but those two.
pub(super) fn write_columns(columns: &mut Object, body: &Object) {
    for (name, value) in body {
        let field = COLUMNS.iter().chain(PATCH).find(|field| field.0 == name);
        let Some(field) = field.filter(|field| !OTHERWISE.contains(&field.0)) else { continue };
        columns.insert(name.clone(), as_column(field.1, name, value));
    }
}

/// Numbers may come as texts and the other way round; the column has one type.
fn as_column(rule: Rule, name: &str, value: &Value) -> Value {
    match (rule, value) {
        (Rule::Number, Value::Number(number)) if name == "health_check_port" => {
            json!(number.to_string())
        }
        (Rule::Number, Value::String(text)) if name != "health_check_port" => {
            text.parse::<i64>().map_or_else(|_| value.clone(), Value::from)
        }
        (Rule::Bool, value) => body::boolean(value).map_or(Value::Null, Value::from),
        _ => value.clone(),
    }
}

/// `PATCH /applications/{uuid}`.
pub(super) fn application(state: &mut State, request: &Request, uuid: &str) -> Answer {
    let body = body::object(request)?;
    let one = state.find(Family::Application, uuid)?;
    check(state, &body)?;
    let build_pack = body::text(&body, "build_pack").unwrap_or(one.text("build_pack"));
    compose::check_domains(&body, build_pack, Some(one))?;
    let fqdn = domains::of_application(state, &body, Some(uuid))?;
    let compose_urls = compose::urls(&body)?;
    domains::check_free(state, &compose_urls, Some(uuid), &body)?;

    let one = state.find_mut(Family::Application, uuid)?;
    write_columns(&mut one.fields, &body);
    if let Some(urls) = fqdn {
        let list = (!urls.is_empty()).then(|| urls.join(","));
        one.set("fqdn", list);
    }
    if let Some(items) = body.get("docker_compose_domains") {
        compose::set_domains(one, items);
    }
    one.updated = crate::random::now();
    if body::is_on(&body, "instant_deploy")
        && let Queued::Skipped { message, .. } = state.queue(uuid, false, false)?
    {
        return Ok(errors::message(200, message));
    }
    Ok(Reply::json(200, json!({ "uuid": uuid })))
}

fn check(state: &State, body: &Object) -> Result<(), Reply> {
    let mut errors = Errors::default();
    if body
        .get("ports_exposes")
        .is_some_and(|ports| Rule::Ports.complaint("ports_exposes", ports).is_some())
    {
        let text = "The ports_exposes should be a comma separated list of numbers.";
        return Err(errors::invalid_field("ports_exposes", text));
    }
    body::check(body, &[COLUMNS, SETTINGS, PATCH], state.version, &mut errors);
    let unclean = |branch: &str| !super::git::is_branch(branch);
    // beta.473 takes any text here, and puts it into a shell on the host; 4.1.2 does not any more.
    if state.version != Version::Beta473 && body::text(body, "git_branch").is_some_and(unclean) {
        errors.add("git_branch", "The git branch contains invalid characters.");
    }
    errors.check()
}
