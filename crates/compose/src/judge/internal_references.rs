//! References between the parts of a file, and places in a container at which two things are mounted.

use std::collections::HashMap;

use crate::file_location::Location;
use crate::problem_list::Report;
use crate::refusals;
use crate::yaml_tree::Tree;

/// Checks that the file has services with images, and declares everything they refer to.
pub(super) fn check(report: &mut Report, file: &Tree) {
    let services = file.get("services").map(Tree::members).unwrap_or_default();
    let location = Location::file().key("services");
    let is_mapping = file.get("services").is_none_or(|services| matches!(services, Tree::Map(_)));
    if services.is_empty() && is_mapping {
        report.add(&location, refusals::no_services());
    }
    for (name, service) in services {
        let location = location.key(name);
        let is_built = report.rules.builds && service.get("build").is_some();
        if service.get("image").is_none() && !is_built {
            report.add(&location.key("image"), refusals::missing_image());
        }
        References { file, location: &location, service }.check(report);
    }
    check_volume_names(report, file);
}

/// The references of one service.
struct References<'a> {
    file: &'a Tree,
    location: &'a Location,
    service: &'a Tree,
}

impl References<'_> {
    fn check(&self, report: &mut Report) {
        for key in ["depends_on", "networks"] {
            let section = if key == "networks" { key } else { "services" };
            for (name, _) in self.service.get(key).map(Tree::members).unwrap_or_default() {
                let is_implied = section == "networks" && name == "default";
                if !is_implied {
                    self.check_declared(report, section, &self.location.key(key).key(name), name);
                }
            }
        }
        for key in ["volumes", "configs", "secrets", "links"] {
            let section = if key == "links" { "services" } else { key };
            let items = self.service.get(key).map(Tree::items).unwrap_or_default();
            for (index, item) in items.iter().enumerate() {
                if let Some(name) = source(item) {
                    let location = self.location.key(key).item(index);
                    self.check_declared(report, section, &location, name);
                }
            }
        }
    }

    fn check_declared(&self, report: &mut Report, section: &str, at: &Location, name: &str) {
        if self.file.get(section).is_none_or(|section| section.get(name).is_none()) {
            report.add(at, refusals::undeclared(section, name));
        }
    }
}

/// Returns what an item of a list refers to: `name`, `name:…`, or its `source`.
fn source(item: &Tree) -> Option<&str> {
    let text = item.get("source").unwrap_or(item).as_str()?;
    text.split(':').next()
}

/// Refuses two volumes for which Coolify would choose the same name.
fn check_volume_names(report: &mut Report, file: &Tree) {
    let mut known = HashMap::new();
    for (name, _) in file.get("volumes").map(Tree::members).unwrap_or_default() {
        if let Some(other) = known.insert(volume_name(name), name) {
            let location = Location::file().key("volumes").key(name);
            report.add(&location, refusals::same_volume(other));
        }
    }
}

/// Returns the name that Coolify makes of a volume's: in lower case, with `_` as `-` and without
/// other punctuation (4.3.11, `Str::slug`).
pub(crate) fn volume_name(name: &str) -> String {
    let words = name.to_ascii_lowercase().replace('_', "-").replace('.', "");
    let words: Vec<_> = words.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-")
}

/// Reports memory at the path of a volume, which Docker Compose refuses (compose-go 2.16.2).
pub(super) fn check_places(report: &mut Report, file: &Tree) {
    for (name, service) in file.get("services").map(Tree::members).unwrap_or_default() {
        let items = |key: &str| service.get(key).map(Tree::items).unwrap_or_default();
        let volumes: Vec<_> = items("volumes").iter().filter_map(target).map(path).collect();
        for (index, item) in items("tmpfs").iter().enumerate() {
            let memory = item.as_str().and_then(|item| item.split(':').next());
            if memory.map(path).is_some_and(|memory| volumes.contains(&memory)) {
                let at = Location::file().key("services").key(name).key("tmpfs").item(index);
                report.add(&at, refusals::two_mounts());
            }
        }
    }
}

/// Returns the path at which an item of `volumes` is mounted.
fn target(item: &Tree) -> Option<&str> {
    match item.as_str() {
        Some(short) => short.split(':').nth(1),
        None => item.get("target").and_then(Tree::as_str),
    }
}

fn path(written: &str) -> &str {
    written.trim_end_matches('/')
}
