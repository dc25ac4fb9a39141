//! The file's top level, and whether what services refer to is there.

use std::collections::HashMap;

use super::checks::{files, names, networks, volumes};
use super::table::{Check, Rule, Table, fields, mapping};
use super::{extends, service};
use crate::canonical::{Members, Plain};
use crate::report::{Place, Report};
use crate::yaml::Raw;

/// The most services of one file.
const MOST: usize = 50;

const TOP: Table = &[
    ("version", Rule::Drop),
    ("services", Rule::Take(services)),
    ("networks", Rule::Take(|report, place, raw| parts(report, place, raw, networks::declaration))),
    ("volumes", Rule::Take(|report, place, raw| parts(report, place, raw, volumes::declaration))),
    ("configs", Rule::Take(|report, place, raw| parts(report, place, raw, files::config))),
    ("secrets", Rule::Take(|report, place, raw| parts(report, place, raw, files::secret))),
    ("name", Rule::Escape("it can name the project of another app", "Remove it, and pass `name`.")),
    ("include", Rule::Escape("it reads other files", "Pass one whole file.")),
    ("models", Rule::Escape("it runs models on the host", "Remove it.")),
];

/// The file as it is sent; what it lacks or breaks is reported.
pub(crate) fn file(report: &mut Report, raw: &Raw) -> Option<Plain> {
    let mut members = fields(report, &Place::file(), raw, &[TOP])?;
    members.retain(|(_, value)| !value.members().is_empty());
    let file = Plain::Map(members);
    // References are worth a word only in a file whose parts are right.
    if report.count() == 0 {
        complete(report, &file);
    }
    Some(joined(file))
}

/// The file with the services' networks as they are sent.
fn joined(mut file: Plain) -> Plain {
    for (name, service) in file.get_mut("services").map(Plain::members_mut).unwrap_or_default() {
        if let Some(own) = service.get_mut("networks") {
            *own = networks::joined(name, own);
        }
    }
    file.without_empty_lists()
}

fn services(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let entries = mapping(report, place, raw)?;
    if entries.len() > MOST {
        report.reject(place, "there are more than 50 services", Some("Split the app."));
        return None;
    }
    let services = service::services(report, place, entries);
    extends::resolve(report, place, &services).map(Plain::Map)
}

/// The declarations of one kind, by name.
fn parts(report: &mut Report, place: &Place, raw: &Raw, check: Check) -> Option<Plain> {
    let mut members = Members::new();
    for (name, raw) in mapping(report, place, raw)? {
        let place = place.key(name);
        if !names::is_part(name) {
            let fix = "Two to 63 letters, digits and _ . -, beginning with a letter.";
            report.reject(&place, "it can't have this name", Some(fix));
            continue;
        }
        members.extend(check(report, &place, raw).map(|plain| (name.clone(), plain)));
    }
    Some(Plain::Map(members))
}

fn complete(report: &mut Report, file: &Plain) {
    let services = file.get("services").map(Plain::members).unwrap_or_default();
    let place = Place::file().key("services");
    if services.is_empty() {
        report.reject(&place, "there is no service", Some("Declare one with an image."));
    }
    for (name, service) in services {
        let place = place.key(name);
        if service.get("image").is_none() {
            let fix = "Name a published image, or pass `repo` to build the workspace's own code.";
            report.reject(&place.key("image"), "the service has no image", Some(fix));
        }
        References { file, place: &place, service }.check(report);
    }
    one_volume_each(report, file);
}

/// What one service refers to.
struct References<'a> {
    file: &'a Plain,
    place: &'a Place,
    service: &'a Plain,
}

impl References<'_> {
    fn check(&self, report: &mut Report) {
        for key in ["depends_on", "networks"] {
            let section = if key == "networks" { key } else { "services" };
            for (name, _) in self.service.get(key).map(Plain::members).unwrap_or_default() {
                let given = section == "networks" && name == "default";
                self.declared(report, section, &self.place.key(key).key(name), name, given);
            }
        }
        for key in ["volumes", "configs", "secrets", "links"] {
            let section = if key == "links" { "services" } else { key };
            let items = self.service.get(key).map(Plain::items).unwrap_or_default();
            for (index, item) in items.iter().enumerate() {
                let place = self.place.key(key).at(index);
                if let Some(name) = source(item) {
                    self.declared(report, section, &place, name, false);
                }
            }
        }
    }

    fn declared(&self, report: &mut Report, section: &str, at: &Place, name: &str, given: bool) {
        let known = self.file.get(section).is_some_and(|section| section.get(name).is_some());
        if !known && !given {
            let name = covibe_domain::names::shown(name, 64);
            let fix = format!("Declare {name} under the top level's {section}.");
            report.reject(at, "it refers to what the file does not declare", Some(&fix));
        }
    }
}

/// What an item of a list refers to: `name`, `name:…`, or its `source`.
fn source(item: &Plain) -> Option<&str> {
    let text = item.get("source").unwrap_or(item).as_str()?;
    text.split(':').next()
}

/// Refuses two volumes that Coolify would name alike: lower case, `_` as `-`, other signs left out
/// (4.3.11, `Str::slug`).
fn one_volume_each(report: &mut Report, file: &Plain) {
    let mut known = HashMap::new();
    for (name, _) in file.get("volumes").map(Plain::members).unwrap_or_default() {
        let words = name.to_ascii_lowercase().replace('_', "-").replace('.', "");
        let words: Vec<_> = words.split('-').filter(|word| !word.is_empty()).collect();
        if let Some(other) = known.insert(words.join("-"), name) {
            let fix = format!("Rename it, or use {other} for both.");
            let place = Place::file().key("volumes").key(name);
            report.reject(&place, "it would be the same volume as another one", Some(&fix));
        }
    }
}
