//! `databases.update`.

use covibe_coolify::{Database, DatabasePatch, State};
use covibe_domain::{DatabaseUuid, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::{Owned, public_port as allowed_port};
use covibe_workspace::{Coolify, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::Limits;
use super::{KIND, image, port_missing, unknown};
use crate::names::NAME;
use crate::patch::{Fates, Others};

/// Change a database. Answers which fields were applied and which were ignored, and why; image and
/// limits need a restart.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct UpdateDatabase {
    uuid: DatabaseUuid,
    patch: Patch,
    /// Restart it afterwards.
    #[serde(default)]
    restart: Option<bool>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Patch {
    #[serde(default)]
    #[schemars(regex(pattern = NAME))]
    name: Option<String>,
    #[serde(default)]
    #[schemars(length(max = 255))]
    description: Option<String>,
    #[serde(default)]
    is_public: Option<bool>,
    #[serde(default)]
    #[schemars(range(min = 1024, max = 65535))]
    public_port: Option<u16>,
    #[serde(default)]
    #[schemars(regex(pattern = image::IMAGE))]
    image: Option<String>,
    #[serde(default)]
    limits: Option<Limits>,
    #[serde(flatten)]
    #[schemars(skip)]
    others: Others,
}

/// What became of the patch.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Updated {
    uuid: DatabaseUuid,
    #[serde(flatten)]
    fates: Fates,
    /// Whether image or limits wait for one.
    restart_needed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

impl Operation<Workspace> for UpdateDatabase {
    const SPEC: Spec =
        Spec::write("databases.update", Route::patch("/databases/{uuid}")).open(&["patch"]);

    type Output = Updated;

    async fn run(self, cx: &Workspace) -> Result<Updated, Failure> {
        let restart = self.restart == Some(true);
        if self.patch.is_empty() && !restart {
            return Err(Failure::invalid("`patch` has nothing in it.")
                .hint("Fields: name, description, isPublic, publicPort, image, limits."));
        }
        let coolify = cx.coolify().await?.refreshed();
        let before = coolify.database(&self.uuid).await?;
        if before.flavor.is_none() {
            return Err(unknown(&self.uuid));
        }
        let mut fates = self.patch.strangers();
        let asked = self.patch.asked(&before, &mut fates)?;
        let renamed = asked.name.as_deref().filter(|name| *name != before.name);
        if let Some(name) = renamed {
            rename(cx, &coolify, &before, name).await?;
        }
        let others = DatabasePatch { name: None, ..asked.clone() };
        let written = coolify.update_database(&before, &others).await;
        written.map_err(|failure| if renamed.is_some() { failure.in_doubt() } else { failure })?;
        let after = coolify.database(&self.uuid).await.map_err(Failure::in_doubt)?;
        compared(&asked, &after).for_each(|(field, is_same)| fates.compared(field, is_same));
        if let Some(port) = self.patch.public_port.filter(|_| !fates.has("publicPort")) {
            fates.compared("publicPort", after.public_port == Some(port));
        }
        if restart {
            coolify.restart_database(&after).await.map_err(Failure::in_doubt)?;
        }
        let waits = after.status.state != State::Exited && container(&before) != container(&after);
        let warnings = self.patch.warnings(&before, &after);
        Ok(Updated { uuid: self.uuid, fates, restart_needed: waits && !restart, warnings })
    }
}

impl Patch {
    fn is_empty(&self) -> bool {
        let Self { name, description, is_public, public_port, image, limits, others } = self;
        let texts = [name, description, image];
        let is_set = texts.iter().any(|text| text.is_some())
            || is_public.is_some()
            || public_port.is_some()
            || limits.is_some();
        !is_set && others.names().next().is_none()
    }

    /// What becomes of the members that are none of ours.
    fn strangers(&self) -> Fates {
        let mut fates = Fates::default();
        self.others.names().for_each(|name| fates.ignored(name, why_not(name)));
        fates
    }

    /// What to ask of Coolify; a member that can't be changed as things are is ignored.
    fn asked(&self, before: &Database, fates: &mut Fates) -> Result<DatabasePatch, Failure> {
        self.image.as_deref().map_or(Ok(()), image::check)?;
        self.public_port.map_or(Ok(()), allowed_port)?;
        let (is_public, public_port) = self.visibility(before, fates)?;
        Ok(DatabasePatch {
            name: self.name.clone(),
            description: self.description.clone(),
            image: self.image.clone(),
            is_public,
            public_port,
            limits: self.limits.clone().unwrap_or_default().into(),
        })
    }

    /// Coolify opens a port when a database becomes public, and then only: the port of one that is
    /// public already would be written down and not opened.
    fn visibility(
        &self,
        before: &Database,
        fates: &mut Fates,
    ) -> Result<(Option<bool>, Option<u16>), Failure> {
        let open = before.public_port.filter(|_| before.is_public);
        if self.is_public == Some(true) && self.public_port.or(before.public_port).is_none() {
            return Err(port_missing());
        }
        match (open, self.public_port) {
            (Some(open), Some(port)) if open != port && self.is_public != Some(false) => {
                let reason = format!(
                    "It is public on {open}: patch isPublic false first, then isPublic true with \
                     publicPort {port}."
                );
                fates.ignored("publicPort", reason);
                Ok((self.is_public, self.is_public.map(|_| open)))
            }
            (_, None) if self.is_public == Some(true) => Ok((Some(true), before.public_port)),
            (_, port) => Ok((self.is_public, port)),
        }
    }

    fn warnings(&self, before: &Database, after: &Database) -> Vec<String> {
        let (Some(old), Some(new)) = (&before.image, &after.image) else { return Vec::new() };
        let warning = || {
            format!(
                "The data was written by {old}; {new} may not be able to read it. If it does not \
                 come up, patch image back to {old}; to move to another major version, create a \
                 new database and copy the data."
            )
        };
        let is_risky = self.image.is_some() && image::may_not_fit(old, new);
        is_risky.then(warning).into_iter().collect()
    }
}

/// Gives it another name, and takes that back where somebody took the name at the same time:
/// neither is to keep it then, or one of them alone.
async fn rename(
    cx: &Workspace,
    coolify: &Coolify,
    of: &Owned<Database>,
    name: &str,
) -> Result<(), Failure> {
    let named = |name: &str| DatabasePatch { name: Some(name.to_owned()), ..Default::default() };
    refuse_taken(cx, of, name).await?;
    coolify.update_database(of, &named(name)).await?;
    if let Err(taken) = refuse_taken(cx, of, name).await {
        coolify.update_database(of, &named(&of.name)).await.map_err(Failure::in_doubt)?;
        return Err(taken);
    }
    Ok(())
}

/// Coolify does not keep names unique.
async fn refuse_taken(cx: &Workspace, of: &Database, name: &str) -> Result<(), Failure> {
    let databases = cx.coolify().await?.refreshed().databases().await?;
    let is_there = databases.iter().any(|each| each.name == name && each.uuid != of.uuid);
    // Last: a creation notes its name before it looks for others of that name.
    if is_there || cx.journal().has(KIND, name).await? {
        return Err(Failure::conflict(format!(
            "The database {name} exists in this workspace already."
        ))
        .hint("Pass another name."));
    }
    Ok(())
}

/// The fields that are asked for, and whether Coolify has them so.
pub(super) fn compared(
    asked: &DatabasePatch,
    kept: &Database,
) -> impl Iterator<Item = (&'static str, bool)> {
    let same = |asked: &Option<String>, kept: Option<&String>| {
        asked.as_ref().map(|asked| asked.trim() == kept.map_or("", String::as_str))
    };
    let told = [
        ("name", same(&asked.name, Some(&kept.name))),
        ("description", same(&asked.description, kept.description.as_ref())),
        ("isPublic", asked.is_public.map(|on| on == kept.is_public)),
        ("image", same(&asked.image, kept.image.as_ref())),
        ("limits.memory", same(&asked.limits.memory, kept.limits_memory.as_ref())),
        ("limits.cpus", same(&asked.limits.cpus, kept.limits_cpus.as_ref())),
    ];
    told.into_iter().filter_map(|(field, is_same)| Some((field, is_same?)))
}

/// What is taken over into the container when it is made, at the next start.
fn container(of: &Database) -> (Option<&str>, Option<&str>, Option<&str>) {
    (of.image.as_deref(), of.limits_memory.as_deref(), of.limits_cpus.as_deref())
}

/// Why a member of another name is not for this tool.
fn why_not(name: &str) -> &'static str {
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
            "The credentials of a database with data are not changed from outside: create another \
             database with the ones you want and copy the data."
        }
        _ => "Not supported.",
    }
}
