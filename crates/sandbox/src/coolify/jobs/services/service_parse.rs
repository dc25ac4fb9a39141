//! `Service::parse`: what Coolify makes of a service's compose file.

use crate::coolify::Version;
use crate::coolify::compose::magic_variables::{self, Address, references, without_port};
use crate::coolify::compose::{File, Service, StoredVariable, stored_variables};
use crate::coolify::errors;
use crate::coolify::json_values::random_uuid;
use crate::coolify::model::{Container, Stack, Variable};
use crate::coolify::rules::env_variables::is_key;
use crate::core::request_types::Reply;

/// Applies a compose file to the containers and variables of the service with that uuid.
///
/// Containers are matched by name and kind. One that the file no longer has is not removed, and keeps
/// its URLs.
///
/// # Errors
/// Returns a 500 where a value makes a variable of an invalid key (since 4.1). Variables before it
/// stay.
pub(super) fn parse(
    stack: &mut Stack,
    service_uuid: &str,
    file: &File,
    version: Version,
    next_id: impl FnMut() -> i64,
) -> Result<(), Reply> {
    stack.updates += 1;
    update_containers(stack, file, next_id);
    for service in &file.services {
        Parser { stack, service_uuid, service }.add_magic_variables();
    }
    let environments = file.services.iter().flat_map(|service| &service.environment);
    for (key, value) in environments {
        for variable in stored_variables(key, value.as_deref().unwrap_or_default()) {
            store(stack, variable, version)?;
        }
    }
    Ok(())
}

/// Returns the stored values that Coolify writes into the environments of services: each variable that a
/// value begins with or has in its default, under its own key.
pub(super) fn written_variables(
    stack: &Stack,
    file: &File,
) -> Vec<(String, String, Option<String>)> {
    let mut all = Vec::new();
    for service in &file.services {
        for (key, value) in &service.environment {
            let stored = stored_variables(key, value.as_deref().unwrap_or_default());
            for StoredVariable { key, .. } in stored.into_iter().filter(|one| one.is_written) {
                let key = key.trim().to_owned();
                let row = stack.variables.iter().find(|variable| variable.key == key);
                let value = row.and_then(Variable::value).map(str::to_owned);
                all.push((service.name.clone(), key, value));
            }
        }
    }
    all
}

fn update_containers(stack: &mut Stack, file: &File, mut next_id: impl FnMut() -> i64) {
    for container in &mut stack.containers {
        container.is_in_file = false;
    }
    for service in &file.services {
        let is_same = |container: &&mut Container| {
            container.name == service.name && container.is_database == service.is_database
        };
        if let Some(container) = stack.containers.iter_mut().find(is_same) {
            container.is_in_file = true;
            container.image.clone_from(&service.image);
            container.has_check = service.has_check;
            container.runs_once = service.runs_once;
            container.ending.clone_from(&service.ending);
            container.restarts = service.restarts;
            container.breaks_looks = service.dependencies > 1;
            container.is_excluded |= service.runs_once;
        } else {
            stack.containers.push(Container {
                id: next_id(),
                uuid: random_uuid(),
                name: service.name.clone(),
                image: service.image.clone(),
                is_database: service.is_database,
                has_check: service.has_check,
                stopped_at: None,
                urls: Vec::new(),
                is_in_file: true,
                runs_once: service.runs_once,
                ending: service.ending.clone(),
                restarts: service.restarts,
                breaks_looks: service.dependencies > 1,
                is_excluded: service.runs_once,
            });
        }
    }
}

/// Stores a variable under its key, as the release writes keys.
fn store(stack: &mut Stack, variable: StoredVariable, version: Version) -> Result<(), Reply> {
    let StoredVariable { key, value, replaces, .. } = variable;
    let key = match version {
        Version::Beta473 => key.trim().replace(' ', "_"),
        _ if is_key(key.trim(), Version::V4_3) => key.trim().to_owned(),
        _ => return Err(errors::server_error()),
    };
    if replaces {
        stack.replace_variable(&key, value.as_deref());
    } else {
        stack.add_variable(&key, value.as_deref());
    }
    Ok(())
}

/// Adds the magic variables of one service of the file.
struct Parser<'a> {
    stack: &'a mut Stack,
    service_uuid: &'a str,
    service: &'a Service,
}

impl Parser<'_> {
    fn add_magic_variables(&mut self) {
        for (key, value) in &self.service.environment {
            if let Some(address) = Address::parse(key) {
                self.declare_address(&address, value.as_deref().unwrap_or_default());
            }
        }
        for (_, value) in &self.service.environment {
            let value = value.as_deref().unwrap_or_default();
            for name in references(value).filter(|name| name.starts_with("SERVICE_")) {
                self.add_referenced(name);
            }
        }
    }

    /// Handles `SERVICE_URL_NAME_PORT` as a variable of its own.
    ///
    /// Its container gets the URL, unless it has one, and the variables get the container's URL. A
    /// later change of the URL reaches them only when the file is parsed again.
    fn declare_address(&mut self, address: &Address<'_>, path: &str) {
        let path = if path.starts_with('/') && path != "/" { path } else { "" };
        let url = format!("{}{path}", address.url(self.service_uuid));
        let with_port = |text: &str| match address.port {
            Some(port) => format!("{text}:{port}"),
            None => text.to_owned(),
        };
        let mut containers = self.stack.containers.iter_mut();
        let own = containers.find(|container| container.name == self.service.name);
        let url = match own.filter(|container| !container.is_database) {
            Some(container) if container.urls.is_empty() => {
                container.urls.push(with_port(&url));
                url
            }
            Some(container) => without_port(&container.urls[0]).to_owned(),
            None => url,
        };
        let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host).to_owned();
        let mut put = |key: &str, value: &str| self.stack.replace_variable(key, Some(value));
        put(&format!("SERVICE_FQDN_{}", address.name), &host);
        put(&format!("SERVICE_URL_{}", address.name), &url);
        if let Some(port) = address.port {
            put(&format!("SERVICE_FQDN_{}_{port}", address.name), &with_port(&host));
            put(&format!("SERVICE_URL_{}_{port}", address.name), &with_port(&url));
        }
    }

    /// Handles a value's reference `${SERVICE_…}`.
    fn add_referenced(&mut self, name: &str) {
        let Some(address) = Address::parse(name) else {
            return self.stack.add_variable(name, magic_variables::generate(name).as_deref());
        };
        let url = address.url(self.service_uuid);
        self.overwrite_url(&address, name, &url);
        let host = url.trim_start_matches("http://");
        self.stack.add_variable(&format!("SERVICE_FQDN_{}", address.name), Some(host));
        self.stack.add_variable(&format!("SERVICE_URL_{}", address.name), Some(&url));
    }

    /// Gives a container the address of its own that it refers to and that has no variable yet.
    ///
    /// It replaces the container's URLs, unless the last of them has a port.
    fn overwrite_url(&mut self, address: &Address<'_>, name: &str, url: &str) {
        let is_with_port = |key: &str| {
            let port = key.strip_prefix(name).and_then(|rest| rest.strip_prefix('_'));
            port.is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
        };
        if self.stack.variables.iter().any(|one| one.key == name || is_with_port(&one.key)) {
            return;
        }
        let own_name = address.name.to_lowercase().replace('_', "-");
        if address.port.is_some() || self.service.name != own_name {
            return;
        }
        let mut containers = self.stack.containers.iter_mut();
        let own = containers.find(|one| one.name == self.service.name && !one.is_database);
        let has_port = |url: &String| without_port(url) != url;
        if let Some(container) = own.filter(|one| !one.urls.last().is_some_and(has_port)) {
            container.urls = vec![url.to_owned()];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "u";

    fn apply(stack: &mut Stack, file: &str) {
        let file = File::parse(file).unwrap();
        parse(stack, UUID, &file, Version::V4_3, || 1).unwrap();
    }

    fn parse_file(file: &str) -> Stack {
        let mut stack = Stack::default();
        apply(&mut stack, file);
        stack
    }

    fn value(stack: &Stack, key: &str) -> Option<String> {
        let variable = stack.variables.iter().find(|variable| variable.key == key)?;
        Some(variable.value().unwrap_or_default().to_owned())
    }

    #[test]
    fn variable_references_in_a_compose_file_create_variables() {
        let stack = parse_file(
            "services:\n  web:\n    image: x\n    environment:\n      - SERVICE_URL_MY_WEB_3000=/v1\n      \
             - DB=postgres://${SERVICE_USER_DB}:$SERVICE_PASSWORD_64_DB@db\n      - A=${LEVEL:-info}\n      - B=$PLAIN\n      - C=fixed\n",
        );
        let url = "http://my-web-u.127.0.0.1.sslip.io/v1";
        assert_eq!(stack.domains(), [format!("{url}:3000")]);
        assert_eq!(value(&stack, "SERVICE_URL_MY_WEB").as_deref(), Some(url));
        assert_eq!(
            value(&stack, "SERVICE_FQDN_MY_WEB_3000").unwrap(),
            format!("{}:3000", &url[7..])
        );
        assert_eq!(value(&stack, "SERVICE_USER_DB").unwrap().len(), 16);
        assert_eq!(value(&stack, "SERVICE_PASSWORD_64_DB").unwrap().len(), 64);
        assert_eq!(value(&stack, "LEVEL").as_deref(), Some("info"));
        assert_eq!(value(&stack, "PLAIN").as_deref(), Some(""));
        assert_eq!(value(&stack, "C"), None);
        assert_eq!(stack.variables.len(), 8);
    }

    #[test]
    fn variables_that_a_value_begins_with_are_written_under_their_own_keys() {
        let text = "services: {web: {image: x, environment: {URL: 'db://x', DIRECT: '${URL}', \
                    PATH: '${PATH:-/a}/b', SAME: '${SAME}'}}, init: {image: y, restart: no}}";
        let stack = parse_file(text);
        let written = written_variables(&stack, &File::parse(text).unwrap());
        let told: Vec<_> =
            written.iter().map(|(_, key, value)| (key.as_str(), value.as_deref())).collect();
        assert_eq!(told, [("URL", None), ("PATH", Some("/a"))], "not what the file says");
        let excluded: Vec<_> = stack.containers.iter().map(|one| one.is_excluded).collect();
        assert_eq!(excluded, [false, true]);
    }

    #[test]
    fn a_container_gets_the_generated_url_that_it_refers_to_only_once() {
        let file =
            "services: {web: {image: x, environment: [SITE=$SERVICE_URL_WEB]}, b: {image: x}}";
        let mut stack = parse_file(&file.replace("SITE=$SERVICE_URL_WEB", "A=1"));
        stack.containers[0].urls = vec!["https://web.test".to_owned()];
        apply(&mut stack, file);
        assert_eq!(stack.domains(), ["http://web-u.127.0.0.1.sslip.io"]);
        stack.containers[0].urls = vec!["https://web.test".to_owned()];
        apply(&mut stack, file);
        assert_eq!(stack.domains(), ["https://web.test"], "the variable exists by now");
        stack.variables.clear();
        stack.containers[0].urls = vec!["https://web.test:3000".to_owned()];
        apply(&mut stack, file);
        assert_eq!(stack.domains(), ["https://web.test:3000"], "the URL has a port");
    }

    #[test]
    fn containers_and_passwords_are_kept_when_the_compose_file_changes() {
        let file = "services:\n  web:\n    image: x:1\n    environment: {A: $SERVICE_PASSWORD_A}\n  old: {image: y}\n";
        let mut stack = parse_file(file);
        let before = value(&stack, "SERVICE_PASSWORD_A");
        stack.containers[1].urls = vec!["https://old.test".to_owned()];
        apply(&mut stack, &file.replace("x:1", "x:2").replace("  old: {image: y}\n", ""));
        let [web, old] = &stack.containers[..] else { panic!("two containers") };
        assert_eq!((web.image.as_str(), web.is_in_file), ("x:2", true));
        assert_eq!((&old.urls[..], old.is_in_file), (&["https://old.test".to_owned()][..], false));
        assert_eq!(value(&stack, "SERVICE_PASSWORD_A"), before);
    }
}
