//! What a service is made of: its containers and its variables, as its compose file has them.

use serde_json::{Value, json};

use super::compose::{self, File};
use super::envs::Env;
use super::outcomes::Condition;
use crate::random;

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
    pub(super) fn take(&mut self, uuid: &str, file: &File, mut id: impl FnMut() -> i64) {
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
            self.make_variables(uuid, service);
        }
    }

    fn make_variables(&mut self, uuid: &str, service: &compose::Service) {
        for (key, value) in &service.environment {
            let value = value.as_deref().unwrap_or_default();
            if let Some(address) = Address::of(key) {
                self.declare(uuid, service, &address, value);
            }
            for name in references(value).filter(|name| name.starts_with("SERVICE_")) {
                self.make_magic(uuid, name);
            }
            if let Some((name, default)) = variable(value)
                && !name.starts_with("SERVICE_")
            {
                self.add(name, default);
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
    fn make_magic(&mut self, uuid: &str, name: &str) {
        match Address::of(name) {
            Some(at) => {
                let url = at.url(uuid);
                let host = url.trim_start_matches("http://").to_owned();
                self.add(&format!("SERVICE_FQDN_{}", at.name), Some(&host));
                self.add(&format!("SERVICE_URL_{}", at.name), Some(&url));
            }
            None => self.add(name, made_up(name).as_deref()),
        }
    }
}

/// `SERVICE_URL_NAME`, `SERVICE_FQDN_NAME`, either with `_PORT`.
struct Address<'a> {
    name: &'a str,
    port: Option<&'a str>,
}

impl<'a> Address<'a> {
    fn of(key: &'a str) -> Option<Self> {
        let name =
            key.strip_prefix("SERVICE_URL_").or_else(|| key.strip_prefix("SERVICE_FQDN_"))?;
        match name.rsplit_once('_') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
                Some(Self { name, port: Some(port) })
            }
            _ => Some(Self { name, port: None }),
        }
    }

    fn url(&self, uuid: &str) -> String {
        let host = self.name.to_lowercase().replace('_', "-");
        format!("http://{host}-{uuid}.127.0.0.1.sslip.io")
    }
}

fn without_port(url: &str) -> &str {
    match url.rsplit_once(':') {
        Some((rest, port)) if port.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => url,
    }
}

/// A value of the kind that the name asks for; none of a kind that is not simulated.
fn made_up(name: &str) -> Option<String> {
    let kind = name.strip_prefix("SERVICE_")?;
    let is = |word: &str| kind.strip_prefix(word).is_some_and(|rest| rest.starts_with('_'));
    let long = |word: &str| is(&format!("{word}_64"));
    Some(match () {
        () if is("USER") => random::password(16),
        () if is("LOWERCASEUSER") => random::password(16).to_lowercase(),
        () if long("PASSWORD") || long("BASE64") => random::password(64),
        () if is("PASSWORD") || is("BASE64") => random::password(32),
        () if long("HEX") => random::hex(64),
        () if is("HEX") => random::hex(32),
        () => return None,
    })
}

/// The names of all variables that a value refers to.
fn references(value: &str) -> impl Iterator<Item = &str> {
    value.split('$').skip(1).map(|rest| name(rest.strip_prefix('{').unwrap_or(rest)))
}

fn name(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The variable that a value begins with, and its default: `$A`, `${A}`, `${A:-b}`, `${A?why}`, ….
fn variable(value: &str) -> Option<(&str, Option<&str>)> {
    let rest = value.strip_prefix('$')?;
    let Some(inner) = rest.strip_prefix('{') else {
        return Some((name(rest), None)).filter(|(name, _)| !name.is_empty());
    };
    let inner = inner.split_once('}')?.0;
    let name = name(inner);
    let rest = inner[name.len()..].trim_start_matches(':');
    (!name.is_empty()).then(|| (name, rest.strip_prefix(['-', '?'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "u";

    fn stack(file: &str) -> Stack {
        let mut stack = Stack::default();
        stack.take(UUID, &File::read(file).unwrap(), || 1);
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
    fn what_a_file_has_no_more_stays_and_passwords_too() {
        let file = "services:\n  web:\n    image: x:1\n    environment: {A: $SERVICE_PASSWORD_A}\n  old: {image: y}\n";
        let mut stack = stack(file);
        let before = value(&stack, "SERVICE_PASSWORD_A");
        stack.children[1].urls = vec!["https://old.test".to_owned()];
        let file = File::read(&file.replace("x:1", "x:2").replace("  old: {image: y}\n", ""));
        stack.take(UUID, &file.unwrap(), || 2);
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
