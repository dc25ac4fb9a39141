//! The file that Coolify generates for docker: a service's own, with container names, networks,
//! volumes and labels (seen with 4.3.11).

use super::compose_file::{File, slug};
use super::yaml_parser::Yaml;

/// The parameters of the file that is generated for one service.
pub(crate) struct Generation<'a> {
    /// The service's uuid.
    pub(crate) uuid: &'a str,
    /// The destination's network, if its containers are on that too.
    pub(crate) connected: Option<&'a str>,
    /// The labels of each container, by its name in the file.
    pub(crate) labels: &'a [(String, Vec<String>)],
    /// The values of stored variables that Coolify writes into the environment of a service, without
    /// escaping: the service, the key and the value.
    pub(crate) written: &'a [(String, String, Option<String>)],
}

impl File {
    /// Returns the generated file.
    pub(crate) fn generated(&self, of: &Generation<'_>) -> String {
        let Some(Yaml::Map(mut top)) = Yaml::parse(&self.text) else { return String::new() };
        if let Some(Yaml::Map(services)) = member(&mut top, "services") {
            for (name, service) in services {
                if let Yaml::Map(keys) = service {
                    of.complete(name, keys);
                }
            }
        }
        let named =
            |name: String| (name.clone(), Yaml::Map(vec![("name".to_owned(), text(&name))]));
        let mounts = self.services.iter().flat_map(|service| &service.volumes);
        let mut volumes = Vec::new();
        for (volume, _) in mounts {
            let volume = named(format!("{}_{volume}", of.uuid));
            if !volumes.contains(&volume) {
                volumes.push(volume);
            }
        }
        put(&mut top, "volumes", Yaml::Map(volumes));
        let mut networks = members(&mut top, "networks");
        networks.extend(of.networks().map(|name| {
            let options = vec![("name".to_owned(), text(name)), ("external".to_owned(), flag())];
            (name.to_owned(), Yaml::Map(options))
        }));
        put(&mut top, "networks", Yaml::Map(networks));
        Yaml::Map(top).dump()
    }
}

impl Generation<'_> {
    /// Returns the networks that Coolify adds.
    fn networks(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.uuid).chain(self.connected)
    }

    fn complete(&self, name: &str, keys: &mut Vec<(String, Yaml)>) {
        let container = format!("{name}-{}", self.uuid);
        let mut networks = members(keys, "networks");
        networks.push((self.uuid.to_owned(), Yaml::null()));
        if let Some(destination) = self.connected {
            let aliases = Yaml::List(vec![text(&container)]);
            let alias = Yaml::Map(vec![("aliases".to_owned(), aliases)]);
            networks.push((destination.to_owned(), alias));
        }
        put(keys, "networks", Yaml::Map(networks));
        put(keys, "container_name", text(&container));
        // Coolify's own key (4.3.11, `data_forget`).
        keys.retain(|(key, _)| key != "exclude_from_hc");
        self.write_variables(name, keys);
        if let Some(Yaml::List(mounts)) = member(keys, "volumes") {
            for mount in mounts {
                self.mount(mount);
            }
        }
        let own = self.labels.iter().find(|(of, _)| of == name);
        let own = own.map(|(_, labels)| labels.as_slice()).unwrap_or_default();
        let mut labels = match member(keys, "labels") {
            Some(Yaml::List(items)) => std::mem::take(items),
            Some(Yaml::Map(named)) => {
                named.iter().map(|(key, value)| line(key, value.text())).collect()
            }
            _ => Vec::new(),
        };
        labels.extend(own.iter().map(|label| text(label)));
        put(keys, "labels", Yaml::List(labels));
        if member(keys, "restart").is_none() {
            put(keys, "restart", text("unless-stopped"));
        }
    }

    fn write_variables(&self, name: &str, keys: &mut Vec<(String, Yaml)>) {
        let own: Vec<_> = self.written.iter().filter(|(service, ..)| service == name).collect();
        if own.is_empty() {
            return;
        }
        let mut environment = match member(keys, "environment") {
            Some(Yaml::Map(members)) => std::mem::take(members),
            Some(Yaml::List(items)) => items.iter().filter_map(Yaml::text).map(entry).collect(),
            _ => Vec::new(),
        };
        for (_, key, value) in own {
            put(&mut environment, key, value.as_deref().map_or_else(Yaml::null, text));
        }
        put(keys, "environment", Yaml::Map(environment));
    }

    /// Gives a volume its name on the host, and a path on the host its place there.
    fn mount(&self, mount: &mut Yaml) {
        let of = |key: &str| mount.get(key).and_then(Yaml::text);
        if of("type") == Some("bind") {
            let (from, to) = (of("source").unwrap_or_default(), of("target").unwrap_or_default());
            *mount = text(&format!("{}:{to}", self.source(from)));
            return;
        }
        if let Some(Yaml::Scalar(source, _)) = mount.get_mut("source") {
            *source = self.source(source);
        } else if let Yaml::Scalar(short, _) = mount {
            *short = match short.split_once(':') {
                Some((source, rest)) => format!("{}:{rest}", self.source(source)),
                None => format!("{short}:{short}"),
            };
        }
    }

    fn source(&self, source: &str) -> String {
        match source.strip_prefix("./").or_else(|| source.strip_prefix("~/")) {
            Some(path) => format!("/data/coolify/services/{}/{path}", self.uuid),
            None if source.starts_with('/') => source.to_owned(),
            None => format!("{}_{}", self.uuid, slug(source)),
        }
    }
}

/// Takes the members of a mapping, or the items of a list as members without a value.
fn members(keys: &mut [(String, Yaml)], key: &str) -> Vec<(String, Yaml)> {
    match member(keys, key) {
        Some(Yaml::Map(members)) => std::mem::take(members),
        Some(Yaml::List(items)) => {
            let names = items.iter().filter_map(Yaml::text);
            names.map(|name| (name.to_owned(), Yaml::null())).collect()
        }
        _ => Vec::new(),
    }
}

fn member<'a>(keys: &'a mut [(String, Yaml)], key: &str) -> Option<&'a mut Yaml> {
    keys.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
}

fn put(keys: &mut Vec<(String, Yaml)>, key: &str, value: Yaml) {
    match member(keys, key) {
        Some(present) => *present = value,
        None => keys.push((key.to_owned(), value)),
    }
}

/// Returns an item of an environment as a member.
fn entry(item: &str) -> (String, Yaml) {
    match item.split_once('=') {
        Some((key, value)) => (key.to_owned(), text(value)),
        None => (item.to_owned(), Yaml::null()),
    }
}

fn line(key: &str, value: Option<&str>) -> Yaml {
    text(&format!("{key}={}", value.unwrap_or_default()))
}

fn text(text: &str) -> Yaml {
    Yaml::Scalar(text.to_owned(), false)
}

fn flag() -> Yaml {
    Yaml::Scalar("true".to_owned(), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_file_names_container_volumes_and_networks_by_the_uuid() {
        let file = File::parse(
            "services: {web: {image: x, volumes: ['Data_1:/d', './a:/a', /b], labels: {a: b}, \
             environment: [A=b, C=d]}}",
        );
        let labels = [("web".to_owned(), vec!["caddy_0=https://x.test".to_owned()])];
        let text = file.unwrap().generated(&Generation {
            uuid: "u1",
            connected: Some("covibe"),
            labels: &labels,
            written: &[("web".to_owned(), "A".to_owned(), Some("a$1".to_owned()))],
        });
        let read = Yaml::parse(&text).unwrap();
        let web = read.get("services").unwrap().get("web").unwrap();
        assert_eq!(web.get("container_name").unwrap().text(), Some("web-u1"));
        let items = |key: &str| -> Vec<_> {
            web.get(key).unwrap().items().iter().filter_map(Yaml::text).collect()
        };
        assert_eq!(items("volumes"), ["u1_data-1:/d", "/data/coolify/services/u1/a:/a", "/b:/b"]);
        let environment = web.get("environment").unwrap();
        assert_eq!(environment.get("A").unwrap().text(), Some("a$1"), "as it is stored");
        assert_eq!(environment.get("C").unwrap().text(), Some("d"));
        assert_eq!(items("labels"), ["a=b", "caddy_0=https://x.test"]);
        let names: Vec<_> =
            read.get("networks").unwrap().members().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["u1", "covibe"]);
        assert!(text.contains("u1_data-1:\n    name: "), "{text}");
    }
}
