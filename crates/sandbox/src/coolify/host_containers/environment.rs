//! The environments of containers, as Coolify and Docker Compose make them.

use crate::coolify::compose::File;
use crate::coolify::jobs::env_file;
use crate::coolify::model::{Kind, Resource, Variable};

/// Returns the variables of an application's or a database's container, but those that hold its name.
pub(super) fn of_resource(one: &Resource) -> Vec<(String, String)> {
    match &one.kind {
        Kind::Application(variables) => {
            with_port(one, with_own(one, read(variables, env_file::HELPER)))
        }
        Kind::Database(_, variables) => of_database(one, variables),
        Kind::Service(stack) => with_own(one, read(&stack.variables, env_file::HOST)),
    }
}

/// Returns the variables of a service's container, but those that hold its name.
pub(super) fn part_variables(one: &Resource, part: &str) -> Vec<(String, String)> {
    let mut variables = of_resource(one);
    let file = File::stored(one.text("docker_compose_raw"));
    let services = file.iter().flat_map(|file| &file.services);
    let own = services.filter(|service| service.name == part).flat_map(|each| &each.environment);
    for (key, value) in own {
        // A value with a variable is one that Coolify stores.
        let Some(value) = value.as_ref().filter(|value| !value.contains('$')) else { continue };
        if variables.iter().all(|(known, _)| known != key) {
            variables.push((key.clone(), value.clone()));
        }
    }
    variables
}

fn read(variables: &[Variable], shell: env_file::Shell) -> Vec<(String, String)> {
    env_file::read(&env_file::write(variables), shell).unwrap_or_default()
}

/// Adds the variables that Coolify gives to every container but those of databases.
fn with_own(one: &Resource, mut variables: Vec<(String, String)>) -> Vec<(String, String)> {
    let url = one.text("fqdn").to_owned();
    let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host).to_owned();
    variables.push(("COOLIFY_RESOURCE_UUID".to_owned(), one.uuid.clone()));
    if !url.is_empty() {
        variables.push(("COOLIFY_FQDN".to_owned(), host));
        variables.push(("COOLIFY_URL".to_owned(), url));
    }
    variables
}

/// Adds the variables by which an application learns where to listen, unless it has its own (4.3.11): not those of a
/// compose file.
fn with_port(one: &Resource, mut variables: Vec<(String, String)>) -> Vec<(String, String)> {
    if one.text("build_pack") == "dockercompose" {
        return variables;
    }
    let port = one.text("ports_exposes").split(',').next().unwrap_or_default().trim();
    for (name, value) in [("PORT", port), ("HOST", "0.0.0.0")] {
        if !value.is_empty() && variables.iter().all(|(known, _)| known != name) {
            variables.push((name.to_owned(), value.to_owned()));
        }
    }
    variables
}

/// Returns the variables of a database: users, passwords and names, as its image reads them.
fn of_database(one: &Resource, variables: &[Variable]) -> Vec<(String, String)> {
    let is_read = |name: &&String| {
        let ends = ["_user", "_username", "_password", "_db", "_database"];
        ends.iter().any(|end| name.ends_with(end))
    };
    let columns = one.fields.keys().filter(is_read);
    let own = columns.map(|name| (name.to_ascii_uppercase(), one.text(name).to_owned()));
    own.chain(read(variables, env_file::HOST)).collect()
}
