//! Files and folders of the host that a compose file mounts: Coolify makes them, and takes their text
//! out of the file that it stores (`serviceParser`, 4.3.10).

use super::yaml_parser::Yaml;

/// A file or folder that Coolify makes on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bind {
    /// Its path, below the service's own folder unless it is absolute.
    pub(crate) source: String,
    pub(crate) target: String,
    /// The text of a file. Where a mount gives none, the path becomes a folder.
    pub(crate) content: Option<String>,
}

/// Keys that only Coolify knows, and that it removes from every mount.
const REMOVED: [&str; 3] = ["content", "isDirectory", "is_directory"];

impl Bind {
    /// Returns the file or folder of a mount; `None` for a volume, and for paths that Coolify leaves
    /// alone.
    pub(super) fn from_mount(mount: &Yaml) -> Option<Self> {
        let of = |key: &str| mount.get(key).and_then(Yaml::text);
        let (source, target) = match mount.text() {
            Some(short) => {
                let mut parts = short.split(':');
                (parts.next()?, parts.next()?)
            }
            None => (of("source")?, of("target")?),
        };
        let is_bind = match mount.text() {
            Some(_) => source.starts_with(['/', '.', '~']),
            None => of("type") == Some("bind"),
        };
        let is_left = matches!(source, "/var/run/docker.sock" | "/tmp" | "/tmp/");
        let is_folder = of("isDirectory") == Some("true") || of("is_directory") == Some("true");
        // An empty text is one too.
        let content = mount.get("content").filter(|text| !text.is_null() && !is_folder);
        (is_bind && !is_left).then(|| Self {
            source: source.to_owned(),
            target: target.to_owned(),
            content: content.and_then(Yaml::text).map(str::to_owned),
        })
    }
}

/// Removes the texts of files from a file.
pub(super) fn remove_contents(root: &mut Yaml) {
    let Some(Yaml::Map(services)) = root.get_mut("services") else { return };
    for (_, service) in services {
        let Some(Yaml::List(mounts)) = service.get_mut("volumes") else { continue };
        for mount in mounts {
            if let Yaml::Map(keys) = mount {
                keys.retain(|(key, _)| !REMOVED.contains(&key.as_str()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::coolify::compose::File;

    #[test]
    fn contents_of_bind_mounted_files_are_removed_from_the_stored_file() {
        let file = File::parse(
            "services: {web: {image: x, volumes: [{type: bind, source: ./a, target: /a, content: ''}, \
             './b:/b:ro', {type: bind, source: ./c, target: /c, isDirectory: true}, 'd:/d', \
             '/var/run/docker.sock:/s']}}",
        );
        let file = file.unwrap();
        let binds = &file.services[0].binds;
        let told: Vec<_> = binds
            .iter()
            .map(|it| (it.source.as_str(), it.target.as_str(), it.content.as_deref()))
            .collect();
        assert_eq!(told, [("./a", "/a", Some("")), ("./b", "/b", None), ("./c", "/c", None)]);
        assert!(
            !file.text.contains("content") && !file.text.contains("isDirectory"),
            "{}",
            file.text
        );
        assert_eq!(File::parse(&file.text).unwrap().services[0].binds[0].content, None);
    }
}
