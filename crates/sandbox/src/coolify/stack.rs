//! What a service is made of: its containers and its variables, as its compose file has them.

use serde_json::{Value, json};

use super::compose::{self, File};
use super::envs::{Env, is_key};
use super::kept::{Kept, kept};
use super::magic::{Address, made_up, references, without_port};
use super::outcomes::Condition;
use super::{Version, errors};
use crate::random;
use crate::wire::Reply;

/// The containers and variables of a service.
#[derive(Default)]
pub(super) struct Stack {
    pub(super) children: Vec<Child>,
    pub(super) envs: Vec<Env>,
}

/// A container of a service; a database can have no URL.
pub(super) struct Child {
    id: i64,
    pub(super) uuid: String,
    pub(super) name: String,
    image: String,
    pub(super) is_database: bool,
    pub(super) urls: Vec<String>,
    /// Whether the file still has it: what it has no more stays listed.
    is_in_file: bool,
}

impl Child {
    fn json(&self, status: &str) -> Value {
        let fqdn = (!self.urls.is_empty()).then(|| self.urls.join(","));
        let mut body = json!({
            "id": self.id, "uuid": self.uuid, "name": self.name, "human_name": null,
            "description": null, "image": self.image, "status": status,
        });
        if !self.is_database {
            body["fqdn"] = json!(fqdn);
        }
        body
    }
}

impl Stack {
    /// Adds `applications` and `databases`, whose numeric ids are not hidden. What goes wrong with a
    /// service goes wrong with its applications; its databases run on.
    pub(super) fn add_to(&self, body: &mut Value, condition: Option<Condition>, whole: &str) {
        let status = |child: &Child| match (condition, child.is_in_file, child.is_database) {
            (_, false, _) => "exited",
            (Some(_), _, true) => Condition::Healthy.text(),
            (Some(condition), _, false) => condition.text(),
            (None, _, _) => whole,
        };
        let list = |databases| -> Value {
            let children = self.children.iter().filter(|child| child.is_database == databases);
            children.map(|child| child.json(status(child))).collect()
        };
        body["applications"] = list(false);
        body["databases"] = list(true);
    }

    /// The text of all containers together when its applications are in that condition.
    pub(super) fn status(&self, condition: Condition) -> &'static str {
        let others = self.children.iter().any(|child| child.is_database && child.is_in_file);
        match condition {
            Condition::Restarting => "degraded:unhealthy",
            Condition::Exited if others => "degraded:unhealthy",
            _ => condition.text(),
        }
    }

    /// The URLs of all containers, as creation and PATCH answer them.
    pub(super) fn domains(&self) -> Vec<String> {
        let with_urls = self.children.iter().filter(|child| !child.urls.is_empty());
        let mut domains: Vec<_> = with_urls.map(|child| child.urls.join(",")).collect();
        domains.sort();
        domains
    }

    /// Takes in a file: `Service::parse`. Containers are known by their name and kind; one that the
    /// file has no more is not taken out, and keeps its URLs.
    ///
    /// # Errors
    /// A 500 where a value makes a variable of what is no key: what came before it stays (since 4.1).
    pub(super) fn take(
        &mut self,
        uuid: &str,
        file: &File,
        version: Version,
        mut id: impl FnMut() -> i64,
    ) -> Result<(), Reply> {
        for child in &mut self.children {
            child.is_in_file = false;
        }
        for service in &file.services {
            let same = |child: &&mut Child| {
                child.name == service.name && child.is_database == service.is_database
            };
            if let Some(child) = self.children.iter_mut().find(same) {
                child.is_in_file = true;
                child.image.clone_from(&service.image);
            } else {
                self.children.push(Child {
                    id: id(),
                    uuid: random::uuid(),
                    name: service.name.clone(),
                    image: service.image.clone(),
                    is_database: service.is_database,
                    urls: Vec::new(),
                    is_in_file: true,
                });
            }
        }
        for service in &file.services {
            self.make_magic_variables(uuid, service);
        }
        let environments = file.services.iter().flat_map(|service| &service.environment);
        for (key, value) in environments {
            let value = value.as_deref().unwrap_or_default();
            kept(key, value).into_iter().try_for_each(|variable| self.keep(variable, version))?;
        }
        Ok(())
    }

    /// Keeps a variable under its key, as each release writes keys.
    fn keep(&mut self, Kept { key, value, replaces }: Kept, version: Version) -> Result<(), Reply> {
        let key = match version {
            Version::Beta473 => key.trim().replace(' ', "_"),
            _ if is_key(key.trim(), Version::V4_3) => key.trim().to_owned(),
            _ => return Err(errors::server_error()),
        };
        if replaces {
            self.envs.retain(|env| env.key != key);
        }
        self.add(&key, value.as_deref());
        Ok(())
    }

    fn make_magic_variables(&mut self, uuid: &str, service: &compose::Service) {
        for (key, value) in &service.environment {
            if let Some(address) = Address::of(key) {
                self.declare(uuid, service, &address, value.as_deref().unwrap_or_default());
            }
        }
        for (_, value) in &service.environment {
            let value = value.as_deref().unwrap_or_default();
            for name in references(value).filter(|name| name.starts_with("SERVICE_")) {
                self.make_magic(uuid, service, name);
            }
        }
    }

    /// A variable of that name, unless there is one.
    fn add(&mut self, name: &str, value: Option<&str>) {
        if self.envs.iter().all(|env| env.key != name) {
            self.envs.push(Env::generated(name, value));
        }
    }

    /// The same, its value written anew.
    fn put(&mut self, name: &str, value: &str) {
        self.envs.retain(|env| env.key != name);
        self.add(name, Some(value));
    }

    /// `SERVICE_URL_NAME_PORT` as a variable of its own: the container that has it gets a URL, unless
    /// it has one, and the variables say what it is by then. A change of the URL does not reach them
    /// before the next such look.
    fn declare(&mut self, uuid: &str, service: &compose::Service, at: &Address<'_>, path: &str) {
        let path = if path.starts_with('/') && path != "/" { path } else { "" };
        let url = format!("{}{path}", at.url(uuid));
        let with_port = |text: &str| match at.port {
            Some(port) => format!("{text}:{port}"),
            None => text.to_owned(),
        };
        let own = self.children.iter_mut().find(|child| child.name == service.name);
        let url = match own.filter(|child| !child.is_database) {
            Some(child) if child.urls.is_empty() => {
                child.urls.push(with_port(&url));
                url
            }
            Some(child) => without_port(&child.urls[0]).to_owned(),
            None => url,
        };
        let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host).to_owned();
        self.put(&format!("SERVICE_FQDN_{}", at.name), &host);
        self.put(&format!("SERVICE_URL_{}", at.name), &url);
        if let Some(port) = at.port {
            self.put(&format!("SERVICE_FQDN_{}_{port}", at.name), &with_port(&host));
            self.put(&format!("SERVICE_URL_{}_{port}", at.name), &with_port(&url));
        }
    }

    /// What a value refers to as `${SERVICE_…}`.
    fn make_magic(&mut self, uuid: &str, service: &compose::Service, name: &str) {
        match Address::of(name) {
            Some(at) => {
                let url = at.url(uuid);
                self.overwrite(service, &at, name, &url);
                let host = url.trim_start_matches("http://").to_owned();
                self.add(&format!("SERVICE_FQDN_{}", at.name), Some(&host));
                self.add(&format!("SERVICE_URL_{}", at.name), Some(&url));
            }
            None => self.add(name, made_up(name).as_deref()),
        }
    }

    /// A container that refers to an address of its own, of which there is no variable yet, gets it,
    /// even in place of another, unless that one has a port.
    fn overwrite(&mut self, service: &compose::Service, at: &Address<'_>, name: &str, url: &str) {
        let with_port = |key: &str| {
            let port = key.strip_prefix(name).and_then(|rest| rest.strip_prefix('_'));
            port.is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
        };
        if self.envs.iter().any(|env| env.key == name || with_port(&env.key)) {
            return;
        }
        let is_own = at.port.is_none() && service.name == at.name.to_lowercase().replace('_', "-");
        let is_it = |child: &&mut Child| child.name == service.name && !child.is_database;
        let own = self.children.iter_mut().filter(|_| is_own).find(is_it);
        let has_port = |url: &String| without_port(url) != url;
        if let Some(child) = own.filter(|child| !child.urls.last().is_some_and(has_port)) {
            child.urls = vec![url.to_owned()];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "u";

    fn stack(file: &str) -> Stack {
        let mut stack = Stack::default();
        stack.take(UUID, &File::read(file).unwrap(), Version::V4_3, || 1).unwrap();
        stack
    }

    fn value(stack: &Stack, key: &str) -> Option<String> {
        let env = stack.envs.iter().find(|env| env.key == key)?;
        Some(env.value().unwrap_or_default().to_owned())
    }

    #[test]
    fn variables_are_made_of_what_the_file_asks_for() {
        let stack = stack(
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
        assert_eq!(stack.envs.len(), 8);
    }

    #[test]
    fn a_container_that_refers_to_its_own_address_gets_it_once() {
        let file =
            "services: {web: {image: x, environment: [SITE=$SERVICE_URL_WEB]}, b: {image: x}}";
        let mut stack = stack(&file.replace("SITE=$SERVICE_URL_WEB", "A=1"));
        let domains = |stack: &Stack| stack.domains();
        stack.children[0].urls = vec!["https://web.test".to_owned()];
        let file = File::read(file).unwrap();
        stack.take(UUID, &file, Version::V4_3, || 1).unwrap();
        assert_eq!(domains(&stack), ["http://web-u.127.0.0.1.sslip.io"]);
        stack.children[0].urls = vec!["https://web.test".to_owned()];
        stack.take(UUID, &file, Version::V4_3, || 1).unwrap();
        assert_eq!(domains(&stack), ["https://web.test"], "there is a variable of it by now");
        stack.envs.clear();
        stack.children[0].urls = vec!["https://web.test:3000".to_owned()];
        stack.take(UUID, &file, Version::V4_3, || 1).unwrap();
        assert_eq!(domains(&stack), ["https://web.test:3000"], "it has a port");
    }

    #[test]
    fn what_a_file_has_no_more_stays_and_passwords_too() {
        let file = "services:\n  web:\n    image: x:1\n    environment: {A: $SERVICE_PASSWORD_A}\n  old: {image: y}\n";
        let mut stack = stack(file);
        let before = value(&stack, "SERVICE_PASSWORD_A");
        stack.children[1].urls = vec!["https://old.test".to_owned()];
        let file = File::read(&file.replace("x:1", "x:2").replace("  old: {image: y}\n", ""));
        stack.take(UUID, &file.unwrap(), Version::V4_3, || 2).unwrap();
        let mut body = json!({});
        stack.add_to(&mut body, Some(Condition::Healthy), "running:healthy");
        let list = &body["applications"];
        assert_eq!(
            (&list[0]["image"], &list[0]["status"]),
            (&json!("x:2"), &json!("running:healthy"))
        );
        assert_eq!(
            (&list[1]["fqdn"], &list[1]["status"]),
            (&json!("https://old.test"), &json!("exited"))
        );
        assert_eq!(value(&stack, "SERVICE_PASSWORD_A"), before);
    }
}
