//! Changes of a database: its name, and the fields of a patch that Coolify saved.

use covibe_coolify::{Database, DatabasePatch};
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::database_entity::KIND;
use crate::resource_rename::Rename;

/// A database that is being renamed. Its name is how agents call it; its host name is its uuid, which stays.
pub(super) struct Renamed<'a> {
    /// The workspace's Coolify.
    pub(super) coolify: &'a Coolify,
    /// The database, as it was before.
    pub(super) database: &'a Owned<Database>,
}

impl Rename for Renamed<'_> {
    const KIND: &'static str = KIND;

    const LIST: &'static str = "databases.list";

    fn name(&self) -> &str {
        &self.database.name
    }

    async fn other_names(&self, cx: &Workspace) -> Result<Vec<String>, Failure> {
        let databases = cx.coolify().await?.refreshed().databases().await?;
        let others = databases.iter().filter(|each| each.uuid != self.database.uuid);
        Ok(others.map(|each| each.name.clone()).collect())
    }

    async fn write_name(&self, name: &str) -> Result<(), Failure> {
        let patch = DatabasePatch { name: Some(name.to_owned()), ..DatabasePatch::default() };
        self.coolify.update_database(self.database, &patch).await
    }
}

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
