//! The labels that Coolify and Docker Compose give to containers (seen with Coolify 4.3.11 and Docker
//! Compose 2.40).

use std::collections::BTreeMap;

use crate::coolify::model::{Container, CoolifyState, Family, Launch, Project, Resource};

type Labels = BTreeMap<String, String>;

/// Returns the labels of the only container of an application or a database, but those that hold the
/// container's name.
pub(super) fn of_resource(state: &CoolifyState, one: &Resource, launch: Option<&Launch>) -> Labels {
    let mut labels = common_labels(state, one);
    if one.family() == Family::Database {
        add(&mut labels, &[("coolify.type", "database")]);
        add(&mut labels, &[("coolify.databaseId", &one.id.to_string())]);
        return labels;
    }
    add(
        &mut labels,
        &application(state, one).each_ref().map(|(name, value)| (*name, value.as_str())),
    );
    add_routes(&mut labels, one, launch, &one.uuid);
    labels
}

/// Returns the labels of a service of an application that is a compose file, but the one that holds the container's
/// name. Coolify sets none with the service's name (4.3.11, `defaultLabels` in `applicationParser`).
pub(super) fn of_compose(
    state: &CoolifyState,
    one: &Resource,
    service: &str,
    launch: Option<&Launch>,
) -> Labels {
    let mut labels = common_labels(state, one);
    add(
        &mut labels,
        &application(state, one).each_ref().map(|(name, value)| (*name, value.as_str())),
    );
    labels.remove("coolify.name");
    add(&mut labels, &[("com.docker.compose.service", service)]);
    add_routes(&mut labels, one, launch, service);
    labels
}

/// Returns the labels of a container of a service.
pub(super) fn part_labels(
    state: &CoolifyState,
    one: &Resource,
    part: &Container,
    launch: Option<&Launch>,
) -> Labels {
    let mut labels = common_labels(state, one);
    let kind = if part.is_database { "database" } else { "application" };
    add(
        &mut labels,
        &[
            ("com.docker.compose.service", &part.name),
            ("coolify.name", &format!("{}-{}", part.name, one.uuid)),
            ("coolify.service.subId", &part.id.to_string()),
            ("coolify.service.subName", &part.name),
            ("coolify.service.subType", kind),
            ("coolify.serviceId", &one.id.to_string()),
            ("coolify.serviceName", &part.name),
            ("coolify.type", "service"),
            ("coolify.version", state.version.text()),
        ],
    );
    add_routes(&mut labels, one, launch, &part.uuid);
    labels
}

fn application(state: &CoolifyState, one: &Resource) -> [(&'static str, String); 6] {
    [
        ("coolify.applicationId", one.id.to_string()),
        ("coolify.name", one.uuid.clone()),
        ("coolify.pullRequestId", "0".to_owned()),
        ("coolify.serviceName", slug(one.name())),
        ("coolify.type", "application".to_owned()),
        ("coolify.version", state.version.text().to_owned()),
    ]
}

fn common_labels(state: &CoolifyState, one: &Resource) -> Labels {
    let mut labels = Labels::new();
    let place = state.projects.iter().find_map(|project: &Project| {
        let mut environments = project.environments.iter();
        let environment = environments.find(|each| each.id == one.environment_id)?;
        Some((slug(&project.name), slug(&environment.name)))
    });
    let (project, environment) = place.unwrap_or_default();
    add(
        &mut labels,
        &[
            ("com.docker.compose.container-number", "1"),
            ("com.docker.compose.oneoff", "False"),
            ("com.docker.compose.project", &one.uuid),
            ("com.docker.compose.version", "2.40.3"),
            ("coolify.environmentName", &environment),
            ("coolify.managed", "true"),
            ("coolify.projectName", &project),
            ("coolify.resourceName", &slug(one.name())),
        ],
    );
    labels
}

/// Adds the labels by which the proxy finds a container, as they were when it was started; `user` is what the URLs were
/// noted with.
fn add_routes(labels: &mut Labels, one: &Resource, launch: Option<&Launch>, user: &str) {
    let urls = launch.into_iter().flat_map(|launch| &launch.urls);
    for (number, (_, url)) in urls.filter(|(of, _)| of == user).enumerate() {
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url.as_str()));
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        let router = format!("traefik.http.routers.{scheme}-{number}-{}", one.uuid);
        labels.insert(format!("{router}.rule"), format!("Host(`{host}`) && PathPrefix(`/`)"));
    }
}

fn add(labels: &mut Labels, more: &[(&str, &str)]) {
    labels.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
}

/// Laravel's `Str::slug`, near enough for names of ours.
pub(crate) fn slug(name: &str) -> String {
    let clean = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let text: String = name.chars().map(clean).collect();
    text.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}
