//! Creating applications: from a public repository, with a deploy key, from an image.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::coolify::Version;
use crate::coolify::errors::{self, Errors};
use crate::coolify::jobs::deployments;
use crate::coolify::json_values::{Object, boolean, is_on, random_uuid, text};
use crate::coolify::model::{CoolifyState, Family, Kind, application_columns};
use crate::coolify::rules::application_fields::{
    COLUMNS, CREATE, SETTINGS, write_columns, write_settings,
};
use crate::coolify::rules::resource_placement::{self, LOCATION};
use crate::coolify::rules::{body, domains, repositories};
use crate::core::request_types::{Reply, ReplyResult, Request};

/// The source of a new application.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Public,
    DeployKey,
    Dockerfile,
    DockerImage,
}

impl Source {
    const fn required_fields(self) -> &'static [&'static str] {
        match self {
            Self::Public => &["git_repository", "git_branch", "build_pack"],
            Self::DeployKey => &["git_repository", "git_branch", "build_pack", "private_key_uuid"],
            Self::Dockerfile => &["dockerfile"],
            Self::DockerImage => &["docker_registry_image_name"],
        }
    }
}

/// `POST /applications/public`, `/private-deploy-key`, `/dockerfile`, `/dockerimage`.
pub(super) fn create(state: &mut CoolifyState, request: &Request, source: Source) -> ReplyResult {
    let body = body::object(request)?;
    let mut errors = Errors::default();
    body::check(&body, &[LOCATION, CREATE, COLUMNS, SETTINGS], state.version, &mut errors);
    body::require(&body, &["project_uuid", "server_uuid"], &mut errors);
    errors.check()?;
    let place = resource_placement::place(state, &body, errors::not_found("Environment"))?;
    check(state, &body, source)?;
    let fqdn = domains::of_application(state, &body, None)?;
    let compose_urls = domains::compose_urls(&body)?;
    domains::check_free(state, &compose_urls, None, &body)?;

    let mut columns = application_columns::defaults();
    write_columns(&mut columns, &body);
    write_source(state, &mut columns, &body, source)?;
    if let Some(urls) = fqdn.filter(|urls| !urls.is_empty()) {
        columns.insert("fqdn".to_owned(), json!(urls.join(",")));
    }
    let uuid = state.add(place, columns, Kind::Application(Vec::new()));
    write_settings(&mut state.find_mut(Family::Application, &uuid)?.settings, &body);
    finish(state, &body, &uuid)
}

fn check(state: &CoolifyState, body: &Object, source: Source) -> Result<(), Reply> {
    let mut errors = Errors::default();
    body::require(body, source.required_fields(), &mut errors);
    let build_pack = text(body, "build_pack").unwrap_or_default();
    // Nullable from 4.1.2 on.
    if state.version < Version::V4_1 && build_pack != "dockercompose" {
        body::require(body, &["ports_exposes"], &mut errors);
    }
    if matches!(source, Source::Public | Source::DeployKey)
        && let Some(complaint) = text(body, "git_repository").and_then(repositories::complaint)
    {
        errors.add("git_repository", complaint);
    }
    if text(body, "git_branch")
        .is_some_and(|branch| !branch.is_empty() && !repositories::is_branch(branch))
    {
        errors.add("git_branch", "The git branch contains invalid characters.");
    }
    if source != Source::DockerImage && build_pack == "dockerimage" {
        errors.add("build_pack", "The selected build pack is invalid.");
    }
    if build_pack == "railpack" && state.version < Version::V4_1 {
        errors.add("build_pack", "The selected build pack is invalid.");
    }
    errors.check()?;
    domains::check_compose(body, build_pack, None)
}

/// Writes the columns that the route decides: the stored repository, the key, the image.
fn write_source(
    state: &CoolifyState,
    columns: &mut Object,
    body: &Object,
    source: Source,
) -> Result<(), Reply> {
    let repository = text(body, "git_repository").unwrap_or_default();
    let mut set = |column: &str, value: Value| columns.insert(column.to_owned(), value);
    match source {
        Source::Public => {
            set("git_repository", json!(repositories::stored_by_public(repository, state.version)));
        }
        Source::DeployKey => {
            let key = text(body, "private_key_uuid").unwrap_or_default();
            set("private_key_id", json!(state.private_key(key)?.id));
        }
        Source::Dockerfile => {
            set("dockerfile", json!(dockerfile(body)?));
            set("build_pack", json!("dockerfile"));
            set("git_repository", json!("coollabsio/coolify"));
            set("git_branch", json!("main"));
        }
        Source::DockerImage => {
            let (name, tag) = image(body);
            set("docker_registry_image_name", json!(name));
            set("docker_registry_image_tag", json!(tag));
            set("build_pack", json!("dockerimage"));
            // Coolify's own placeholder for an application without a repository.
            set("git_repository", json!("coollabsio/coolify"));
            set("git_branch", json!("main"));
        }
    }
    if !body.contains_key("name") {
        let from = match source {
            Source::DockerImage => "docker-image",
            Source::Dockerfile => "dockerfile",
            Source::Public | Source::DeployKey => repository,
        };
        set("name", json!(format!("{}-{}", from.trim_matches('/'), random_uuid())));
    }
    Ok(())
}

/// Returns the text of a body's Dockerfile, which is base64.
fn dockerfile(body: &Object) -> Result<String, Reply> {
    let given = text(body, "dockerfile").unwrap_or_default();
    let decoded = STANDARD.decode(given).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.ok_or_else(|| {
        errors::invalid_field("dockerfile", "The dockerfile should be base64 encoded.")
    })
}

/// Returns the image's name and tag. For a digest, the name keeps `@sha256`, and the tag is the
/// hash.
fn image(body: &Object) -> (String, String) {
    let name = text(body, "docker_registry_image_name").unwrap_or_default();
    let tag = text(body, "docker_registry_image_tag").filter(|tag| !tag.is_empty());
    let full = tag.map_or_else(|| name.to_owned(), |tag| format!("{name}:{tag}"));
    if let Some((name, hash)) = full.split_once("@sha256:") {
        return (format!("{name}@sha256"), hash.to_owned());
    }
    match full.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name.to_owned(), tag.to_owned()),
        _ => (full, "latest".to_owned()),
    }
}

/// Sets the domains that need the uuid, queues the first deployment, and answers.
fn finish(state: &mut CoolifyState, body: &Object, uuid: &str) -> ReplyResult {
    let autogenerate = body.get("autogenerate_domain").and_then(boolean).unwrap_or(true);
    let generate = autogenerate && state.has_proxy();
    let one = state.find_mut(Family::Application, uuid)?;
    let is_compose = one.text("build_pack") == "dockercompose";
    if generate && !is_compose && one.text("fqdn").is_empty() {
        one.set("fqdn", domains::generated(uuid));
    }
    if let Some(items) = body.get("docker_compose_domains") {
        domains::set_compose(one, items);
    }
    domains::regenerate_labels(one);
    let fqdn = one.fields.get("fqdn").cloned();
    if is_on(body, "instant_deploy") {
        deployments::queue(state, uuid, false, false)?;
    }
    Ok(Reply::json(201, json!({ "uuid": uuid, "domains": fqdn })))
}
