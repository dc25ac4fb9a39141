//! Creating applications: from a public repository, with a deploy key, from an image.

use serde_json::{Value, json};

use super::body::{self, Object};
use super::errors::{self, Errors};
use super::fields::{COLUMNS, CREATE, PLACE, SETTINGS};
use super::resource::{Family, Kind};
use super::state::State;
use super::{Version, columns, compose, domains, git, patch};
use crate::random;
use crate::wire::{Answer, Reply, Request};

/// What an application is made from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Public,
    DeployKey,
    DockerImage,
}

impl Source {
    const fn required(self) -> &'static [&'static str] {
        match self {
            Self::Public => &["git_repository", "git_branch", "build_pack"],
            Self::DeployKey => &["git_repository", "git_branch", "build_pack", "private_key_uuid"],
            Self::DockerImage => &["docker_registry_image_name"],
        }
    }
}

/// The environment that a body names, on the server that it names.
///
/// `unknown` is how that family's controller refuses an unknown environment.
pub(super) fn place(state: &State, body: &Object, unknown: Reply) -> Result<i64, Reply> {
    let (name, uuid) = (body::text(body, "environment_name"), body::text(body, "environment_uuid"));
    if name.or(uuid).is_none_or(str::is_empty) {
        let text = "You need to provide at least one of environment_name or environment_uuid.";
        return Err(errors::message(422, text));
    }
    let project = state.project(body::text(body, "project_uuid").unwrap_or_default())?;
    let environment = project.environment(name, uuid).ok_or(unknown)?.id;
    state.check_host(body::text(body, "server_uuid").unwrap_or_default())?;
    Ok(environment)
}

/// `POST /applications/public`, `/private-deploy-key`, `/dockerimage`.
pub(super) fn application(state: &mut State, request: &Request, source: Source) -> Answer {
    let body = body::object(request)?;
    let mut errors = Errors::default();
    body::check(&body, &[PLACE, CREATE, COLUMNS, SETTINGS], state.version, &mut errors);
    body::require(&body, &["project_uuid", "server_uuid"], &mut errors);
    errors.check()?;
    let environment = place(state, &body, errors::not_found("Environment"))?;
    check(state, &body, source)?;
    let fqdn = domains::of_application(state, &body, None)?;
    let compose_urls = compose::urls(&body)?;
    domains::check_free(state, &compose_urls, None, &body)?;

    let mut fields = columns::defaults();
    patch::write_columns(&mut fields, &body);
    describe_source(state, &mut fields, &body, source)?;
    if let Some(urls) = fqdn.filter(|urls| !urls.is_empty()) {
        fields.insert("fqdn".to_owned(), json!(urls.join(",")));
    }
    let uuid = state.add(environment, fields, Kind::Application(Vec::new()));
    finish(state, &body, &uuid)
}

fn check(state: &State, body: &Object, source: Source) -> Result<(), Reply> {
    let mut errors = Errors::default();
    body::require(body, source.required(), &mut errors);
    let build_pack = body::text(body, "build_pack").unwrap_or_default();
    // Nullable from 4.1.2 on.
    if state.version < Version::V4_1 && build_pack != "dockercompose" {
        body::require(body, &["ports_exposes"], &mut errors);
    }
    if source == Source::Public
        && let Some(text) = body::text(body, "git_repository").and_then(git::complaint)
    {
        errors.add("git_repository", text);
    }
    if body::text(body, "git_branch")
        .is_some_and(|branch| !branch.is_empty() && !git::is_branch(branch))
    {
        errors.add("git_branch", "The git branch contains invalid characters.");
    }
    if source != Source::DockerImage && matches!(build_pack, "dockerimage") {
        errors.add("build_pack", "The selected build pack is invalid.");
    }
    if build_pack == "railpack" && state.version < Version::V4_1 {
        errors.add("build_pack", "The selected build pack is invalid.");
    }
    errors.check()?;
    compose::check_domains(body, build_pack, None)
}

/// What the route itself decides: the repository as it is kept, the key, the image.
fn describe_source(
    state: &State,
    columns: &mut Object,
    body: &Object,
    source: Source,
) -> Result<(), Reply> {
    let repository = body::text(body, "git_repository").unwrap_or_default();
    let mut set = |column: &str, value: Value| columns.insert(column.to_owned(), value);
    match source {
        Source::Public => {
            set("git_repository", json!(git::stored_by_public(repository, state.version)));
        }
        Source::DeployKey => {
            let key = body::text(body, "private_key_uuid").unwrap_or_default();
            set("private_key_id", json!(state.private_key_id(key)?));
        }
        Source::DockerImage => {
            let (name, tag) = image(body);
            set("docker_registry_image_name", json!(name));
            set("docker_registry_image_tag", json!(tag));
            set("build_pack", json!("dockerimage"));
            // Coolify's own placeholder for an application that has no repository.
            set("git_repository", json!("coollabsio/coolify"));
            set("git_branch", json!("main"));
        }
    }
    if !body.contains_key("name") {
        let from = if source == Source::DockerImage { "docker-image" } else { repository };
        set("name", json!(format!("{}-{}", from.trim_matches('/'), random::uuid())));
    }
    Ok(())
}

/// The image's name and tag; of a digest the name keeps `@sha256` and the tag is the hash.
fn image(body: &Object) -> (String, String) {
    let name = body::text(body, "docker_registry_image_name").unwrap_or_default();
    let tag = body::text(body, "docker_registry_image_tag").filter(|tag| !tag.is_empty());
    let full = tag.map_or_else(|| name.to_owned(), |tag| format!("{name}:{tag}"));
    if let Some((name, hash)) = full.split_once("@sha256:") {
        return (format!("{name}@sha256"), hash.to_owned());
    }
    match full.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name.to_owned(), tag.to_owned()),
        _ => (full, "latest".to_owned()),
    }
}

/// Domains that need the uuid, the first deployment, and the answer.
fn finish(state: &mut State, body: &Object, uuid: &str) -> Answer {
    let autogenerate = body.get("autogenerate_domain").and_then(body::boolean).unwrap_or(true);
    let generate = autogenerate && state.has_proxy();
    let one = state.find_mut(Family::Application, uuid)?;
    let is_compose = one.text("build_pack") == "dockercompose";
    if generate && !is_compose && one.text("fqdn").is_empty() {
        one.set("fqdn", domains::generated(uuid));
    }
    if let Some(items) = body.get("docker_compose_domains") {
        compose::set_domains(one, items);
    }
    let fqdn = one.fields.get("fqdn").cloned();
    if body::is_on(body, "instant_deploy") {
        state.queue(uuid, false, false)?;
    }
    Ok(Reply::json(201, json!({ "uuid": uuid, "domains": fqdn })))
}
