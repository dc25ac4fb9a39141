//! The members of a patch that Coolify saved, and why others were not.

use covibe_coolify::{Database, DatabasePatch};

/// Returns each requested field, and whether Coolify saved it.
pub(super) fn compare_fields(
    requested: &DatabasePatch,
    saved: &Database,
) -> impl Iterator<Item = (&'static str, bool)> {
    let same = |requested: &Option<String>, saved: Option<&String>| {
        requested.as_ref().map(|text| text.trim() == saved.map_or("", String::as_str))
    };
    let fields = [
        ("name", same(&requested.name, Some(&saved.name))),
        ("description", same(&requested.description, saved.description.text.as_ref())),
        ("isPublic", requested.is_public.map(|on| on == saved.is_public)),
        ("image", same(&requested.image, saved.image.as_ref())),
        ("limits.memory", same(&requested.limits.memory, saved.limits_memory.as_ref())),
        ("limits.cpus", same(&requested.limits.cpus, saved.limits_cpus.as_ref())),
    ];
    fields.into_iter().filter_map(|(field, is_same)| Some((field, is_same?)))
}

/// Returns the settings that Coolify applies when it creates the container, at the next start.
pub(super) fn container_settings(of: &Database) -> (Option<&str>, Option<&str>, Option<&str>) {
    (of.image.as_deref(), of.limits_memory.as_deref(), of.limits_cpus.as_deref())
}

/// Returns why an unknown member is ignored.
pub(super) fn ignored_because(name: &str) -> &'static str {
    let plain = name.to_ascii_lowercase().replace('_', "");
    let has = |words: &[&str]| words.iter().any(|word| plain.contains(word));
    match plain.as_str() {
        "type" | "flavor" | "databasetype" => {
            "The type can't be changed: create another database and copy the data."
        }
        "limitsmemory" | "memory" => "Pass limits.memory.",
        "limitscpus" | "cpus" => "Pass limits.cpus.",
        _ if has(&["credential", "password", "user", "database", "url"])
            || plain.ends_with("db") =>
        {
            "The credentials of an existing database can't be changed: create another database with \
             the ones you want and copy the data."
        }
        _ => "Not supported.",
    }
}
