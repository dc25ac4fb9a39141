//! Compose files, as Coolify reads them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;

use super::bind_mounts::{self, Bind};
use super::database_services::is_database;
use super::yaml_parser::Yaml;
use crate::coolify::arranged_outcomes::Condition;
use crate::coolify::predicted_failures::Ending;

/// The reason why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// It is not valid YAML. Coolify's parser throws, and the controller does not catch.
    Syntax,
    /// Coolify refuses it with that message.
    Refused(String),
}

/// A valid compose file.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// The file as Coolify stores it.
    pub(crate) text: String,
    /// The services, in the file's order.
    pub(crate) services: Vec<Service>,
}

/// A service of a compose file.
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a service")]
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) is_database: bool,
    /// True if it has a health check.
    pub(crate) has_check: bool,
    /// True if it ends for good, so that the state of the app ignores it.
    pub(crate) runs_once: bool,
    /// True if its image is built here.
    pub(crate) is_built: bool,
    /// The end of its command, if that ends at once.
    pub(crate) ending: Option<Ending>,
    /// True if Docker starts it again when it ends like that.
    pub(crate) restarts: bool,
    /// The number of services that it depends on.
    pub(crate) dependencies: usize,
    /// The variables; one without a value takes the environment's.
    pub(crate) environment: Vec<(String, Option<String>)>,
    /// The named volumes that it mounts, and where; docker's names are `{resource uuid}_{name}`.
    pub(crate) volumes: Vec<(String, String)>,
    /// The files and folders that Coolify creates on the host for it.
    pub(crate) binds: Vec<Bind>,
}

/// The number of parsed files that are kept.
const KEPT: usize = 64;

/// The files that were parsed last, by their texts.
static PARSED: LazyLock<Mutex<HashMap<String, Arc<File>>>> = LazyLock::new(Mutex::default);

impl File {
    /// Returns a file that Coolify stored, if it is valid. It is parsed once: each look at the containers of its resource
    /// asks for it, for each of them.
    pub(crate) fn stored(text: &str) -> Option<Arc<Self>> {
        let known = PARSED.lock().get(text).cloned();
        if known.is_some() {
            return known;
        }
        let file = Arc::new(Self::parse(text).ok()?);
        let mut parsed = PARSED.lock();
        if parsed.len() >= KEPT {
            parsed.clear();
        }
        parsed.insert(text.to_owned(), Arc::clone(&file));
        Some(file)
    }

    /// Parses a file, and refuses names, images and volumes with shell metacharacters.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let mut root = Yaml::parse(text).ok_or(Error::Syntax)?;
        let Some(Yaml::Map(services)) = root.get("services") else {
            let text = "Docker Compose file must contain a \"services\" section";
            return Err(Error::Refused(text.to_owned()));
        };
        let services = services.iter().map(|(name, service)| Service::parse(name, service));
        let services: Vec<_> = services.collect::<Result<_, _>>()?;
        bind_mounts::remove_contents(&mut root);
        Ok(Self { text: root.dump(), services })
    }
}

impl Service {
    /// Returns the condition of its container while the other containers of the file are in this one.
    pub(crate) fn condition(&self, of_file: Condition) -> Condition {
        match &self.ending {
            Some(_) => of_file.after_ending(self.restarts),
            None => of_file,
        }
    }

    fn parse(name: &str, service: &Yaml) -> Result<Self, Error> {
        let image = service.get("image").and_then(Yaml::text).unwrap_or_default();
        check("service name", name)?;
        check("image", image)?;
        let mounts = service.get("volumes").map(Yaml::items).unwrap_or_default();
        for text in mounts.iter().flat_map(mount_texts) {
            check("volume definition", text)?;
        }
        let is_database = is_database(image, service);
        let ending = ending(service).filter(|_| !is_database);
        let restart = service.get("restart").and_then(Yaml::text).unwrap_or("unless-stopped");
        Ok(Self {
            name: name.to_owned(),
            image: image.to_owned(),
            is_database,
            is_built: service.get("build").is_some(),
            restarts: match restart.split(':').next() {
                Some("no" | "false") => false,
                Some("on-failure") => ending.as_ref().is_some_and(|ending| ending.code != 0),
                _ => true,
            },
            ending,
            has_check: service.get("healthcheck").is_some(),
            runs_once: service.get("restart").and_then(Yaml::text) == Some("no")
                || service.get("exclude_from_hc").and_then(Yaml::text) == Some("true"),
            dependencies: service
                .get("depends_on")
                .map_or(0, |on| on.items().len() + on.members().len()),
            environment: environment(service.get("environment")),
            volumes: mounts.iter().filter_map(volume).collect(),
            binds: mounts.iter().filter_map(Bind::from_mount).collect(),
        })
    }
}

/// Returns the ending of a service's command, if that ends at once.
fn ending(service: &Yaml) -> Option<Ending> {
    let of = |key| service.get(key).filter(|value| !value.is_null());
    match (of("entrypoint"), of("command")) {
        (None, None) => None,
        (Some(only), None) | (None, Some(only)) => match only.text() {
            Some(text) => Ending::of_script(text),
            None => Ending::of_words(only.items().iter().filter_map(Yaml::text)),
        },
        (Some(entrypoint), Some(command)) => {
            let words = entrypoint.items().iter().chain(command.items());
            Ending::of_words(words.filter_map(Yaml::text))
        }
    }
}

/// Refuses shell metacharacters; a variable in braces is allowed anywhere.
fn check(what: &str, text: &str) -> Result<(), Error> {
    let bad = ['`', ';', '|', '&', '>', '<', '\n', '\0'].into_iter().find(|c| text.contains(*c));
    let bad = bad.map(String::from).or_else(|| text.contains("$(").then(|| "$(".to_owned()));
    match bad {
        None => Ok(()),
        Some(bad) => Err(Error::Refused(format!(
            "Invalid Docker {what}: contains forbidden character '{bad}'. Please use safe path names without shell metacharacters."
        ))),
    }
}

fn mount_texts(mount: &Yaml) -> Vec<&str> {
    let of = |key| mount.get(key).and_then(Yaml::text);
    mount.text().into_iter().chain(of("source")).chain(of("target")).collect()
}

/// Returns the named volume of a mount, and its path in the container; `None` for a bind mount or an anonymous volume.
fn volume(mount: &Yaml) -> Option<(String, String)> {
    let (source, target) = if let Some(text) = mount.text() {
        let (source, rest) = text.split_once(':')?;
        (source, rest.split(':').next().unwrap_or_default())
    } else {
        let text = |key| mount.get(key).and_then(Yaml::text);
        (text("source")?, text("target").unwrap_or_default())
    };
    (!source.starts_with(['/', '.', '~', '$'])).then(|| (slug(source), target.to_owned()))
}

/// Laravel's `Str::slug`.
pub(super) fn slug(name: &str) -> String {
    let words = name.split(|c: char| c.is_whitespace() || c == '_' || c == '-');
    let clean = |word: &str| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let words: Vec<_> = words.map(clean).filter(|word| !word.is_empty()).collect();
    words.join("-").to_ascii_lowercase()
}

fn environment(value: Option<&Yaml>) -> Vec<(String, Option<String>)> {
    let Some(value) = value else { return Vec::new() };
    let listed =
        value.items().iter().filter_map(Yaml::text).map(|item| match item.split_once('=') {
            Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
            None => (item.to_owned(), None),
        });
    let named = value.members().iter();
    let named = named.map(|(key, value)| (key.clone(), value.text().map(str::to_owned)));
    listed.chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_mappings_of_a_compose_file_are_parsed_alike() {
        let file = File::parse(
            "services:\n  web: {image: \"nginx:1\", environment: [A=1, B], volumes: ['Web_Data:/d', ./x:/x]}\n  \
             db:\n    image: postgres:16\n    environment: {C: 2, D: }\n    volumes:\n      - {type: volume, source: pg, target: /p}\n",
        );
        let services = file.unwrap().services;
        let (web, db) = (&services[0], &services[1]);
        assert_eq!(
            (web.name.as_str(), web.image.as_str(), web.is_database),
            ("web", "nginx:1", false)
        );
        assert_eq!(web.environment, [("A".into(), Some("1".into())), ("B".into(), None)]);
        assert_eq!(db.environment, [("C".into(), Some("2".into())), ("D".into(), None)]);
        assert_eq!(
            (&web.volumes[..], &db.volumes[..]),
            (&[("web-data".into(), "/d".into())][..], &[("pg".into(), "/p".into())][..])
        );
        assert!(db.is_database);
    }

    #[test]
    fn invalid_yaml_and_shell_metacharacters_are_refused() {
        assert_eq!(File::parse("services: [").unwrap_err(), Error::Syntax);
        for refused in [
            "version: 3",
            "no services",
            "services: {web: {image: 'nginx:$(id)'}}",
            "services: {'a;b': {image: nginx}}",
            "services: {web: {image: nginx, volumes: ['`id`:/x']}}",
            "services: {web: {image: nginx, volumes: [{type: bind, source: a, target: '/x|y'}]}}",
        ] {
            assert!(matches!(File::parse(refused), Err(Error::Refused(_))), "{refused}");
        }
    }
}
