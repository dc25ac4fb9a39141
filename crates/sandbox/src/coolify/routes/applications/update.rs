//! `PATCH /applications/{uuid}`.

use serde_json::json;

use crate::coolify::Version;
use crate::coolify::errors::{self, Errors};
use crate::coolify::jobs::deployments::{self, Queued};
use crate::coolify::json_values::{Object, is_on, text};
use crate::coolify::model::{CoolifyState, Family};
use crate::coolify::rules::application_fields::{
    COLUMNS, PATCH, SETTINGS, write_columns, write_settings,
};
use crate::coolify::rules::body::{self, Rule};
use crate::coolify::rules::{domains, repositories};
use crate::core::clock::timestamp;
use crate::core::request_types::{Reply, ReplyResult, Request};

/// `PATCH /applications/{uuid}`.
pub(super) fn update(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    let one = state.find(Family::Application, uuid)?;
    check(state, &body)?;
    let build_pack = text(&body, "build_pack").unwrap_or(one.text("build_pack"));
    domains::check_compose(&body, build_pack, Some(one))?;
    let fqdn = domains::of_application(state, &body, Some(uuid))?;
    let compose_urls = domains::compose_urls(&body)?;
    domains::check_free(state, &compose_urls, Some(uuid), &body)?;

    let one = state.find_mut(Family::Application, uuid)?;
    write_columns(&mut one.fields, &body);
    write_settings(&mut one.settings, &body);
    if let Some(urls) = fqdn {
        let list = (!urls.is_empty()).then(|| urls.join(","));
        one.set("fqdn", list);
        domains::regenerate_labels(one);
    }
    if let Some(items) = body.get("docker_compose_domains") {
        domains::set_compose(one, items);
    }
    one.updated = timestamp();
    if is_on(&body, "instant_deploy")
        && let Queued::Skipped { message, .. } = deployments::queue(state, uuid, false, false)?
    {
        return Ok(errors::message(200, message));
    }
    Ok(Reply::json(200, json!({ "uuid": uuid })))
}

fn check(state: &CoolifyState, body: &Object) -> Result<(), Reply> {
    let ports = body.get("ports_exposes");
    if ports.is_some_and(|ports| Rule::Ports.complaint("ports_exposes", ports).is_some()) {
        let text = "The ports_exposes should be a comma separated list of numbers.";
        return Err(errors::invalid_field("ports_exposes", text));
    }
    let mut errors = Errors::default();
    body::check(body, &[COLUMNS, SETTINGS, PATCH], state.version, &mut errors);
    let is_bad_branch = |branch: &str| !repositories::is_branch(branch);
    // beta.473 accepts any text here, and puts it into a shell on the host. 4.1.2 no longer does.
    if state.version != Version::Beta473 && text(body, "git_branch").is_some_and(is_bad_branch) {
        errors.add("git_branch", "The git branch contains invalid characters.");
    }
    errors.check()
}
