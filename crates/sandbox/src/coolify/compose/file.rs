//! A compose file: what Coolify reads out of it.

use super::database::is_database;
use super::yaml::Yaml;

/// Why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::coolify) enum Unusable {
    /// It is no YAML: Coolify's parser throws where nobody catches.
    Unreadable,
    /// What Coolify says is wrong with it.
    Refused(String),
}

/// A file that was taken.
#[derive(Clone, Debug)]
pub(in crate::coolify) struct File {
    /// It, written again.
    pub(in crate::coolify) text: String,
    /// Its services, in their order.
    pub(in crate::coolify) services: Vec<Service>,
}

/// A service of a file.
#[derive(Clone, Debug)]
pub(in crate::coolify) struct Service {
    pub(in crate::coolify) name: String,
    pub(in crate::coolify) image: String,
    pub(in crate::coolify) is_database: bool,
    /// Its variables; one without a value is passed on from outside.
    pub(in crate::coolify) environment: Vec<(String, Option<String>)>,
    /// The named volumes that it mounts, as docker calls them behind the resource's uuid.
    pub(in crate::coolify) volumes: Vec<String>,
}

impl File {
    /// Reads a file and checks its names, images and volumes for commands.
    pub(in crate::coolify) fn read(text: &str) -> Result<Self, Unusable> {
        let root = Yaml::parse(text).ok_or(Unusable::Unreadable)?;
        let Some(Yaml::Map(services)) = root.get("services") else {
            let text = "Docker Compose file must contain a \"services\" section";
            return Err(Unusable::Refused(text.to_owned()));
        };
        let services = services.iter().map(|(name, service)| Service::read(name, service));
        let services: Vec<_> = services.collect::<Result<_, _>>()?;
        Ok(Self { text: root.dump(), services })
    }
}

impl Service {
    fn read(name: &str, service: &Yaml) -> Result<Self, Unusable> {
        let image = service.get("image").and_then(Yaml::text).unwrap_or_default();
        check("service name", name)?;
        check("image", image)?;
        let mounts = service.get("volumes").map(Yaml::items).unwrap_or_default();
        for text in mounts.iter().flat_map(mount_texts) {
            check("volume definition", text)?;
        }
        Ok(Self {
            name: name.to_owned(),
            image: image.to_owned(),
            is_database: is_database(image, service),
            environment: environment(service.get("environment")),
            volumes: mounts.iter().filter_map(volume).map(|name| slug(&name)).collect(),
        })
    }
}

/// Refuses what means something to a shell; a variable in braces may stand anywhere.
fn check(what: &str, text: &str) -> Result<(), Unusable> {
    let bad = ['`', ';', '|', '&', '>', '<', '\n', '\0'].into_iter().find(|c| text.contains(*c));
    let bad = bad.map(String::from).or_else(|| text.contains("$(").then(|| "$(".to_owned()));
    match bad {
        None => Ok(()),
        Some(bad) => Err(Unusable::Refused(format!(
            "Invalid Docker {what}: contains forbidden character '{bad}'. Please use safe path names without shell metacharacters."
        ))),
    }
}

fn mount_texts(mount: &Yaml) -> Vec<&str> {
    let of = |key| mount.get(key).and_then(Yaml::text);
    mount.text().into_iter().chain(of("source")).chain(of("target")).collect()
}

/// The named volume of a mount; none of a folder, or of one without a name.
fn volume(mount: &Yaml) -> Option<String> {
    let source = match mount.text() {
        Some(text) => text.split_once(':')?.0,
        None => mount.get("source").and_then(Yaml::text)?,
    };
    (!source.starts_with(['/', '.', '~', '$'])).then(|| source.to_owned())
}

/// Laravel's `Str::slug`.
fn slug(name: &str) -> String {
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
    fn both_syntaxes_are_read() {
        let file = File::read(
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
            (&["web-data".into()][..], &["pg".into()][..])
        );
        assert!(db.is_database);
    }

    #[test]
    fn files_are_refused_in_two_ways() {
        assert_eq!(File::read("services: [").unwrap_err(), Unusable::Unreadable);
        for refused in [
            "version: 3",
            "no services",
            "services: {web: {image: 'nginx:$(id)'}}",
            "services: {'a;b': {image: nginx}}",
            "services: {web: {image: nginx, volumes: ['`id`:/x']}}",
            "services: {web: {image: nginx, volumes: [{type: bind, source: a, target: '/x|y'}]}}",
        ] {
            assert!(matches!(File::read(refused), Err(Unusable::Refused(_))), "{refused}");
        }
    }
}
