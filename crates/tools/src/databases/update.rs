//! `databases.update`.

use covibe_coolify::{Database, DatabasePatch, RunState};
use covibe_domain::entities::WaitingStart;
use covibe_domain::image::ImageReference;
use covibe_domain::{DatabaseUuid, Failure, Kind};
use covibe_operation::{Operation, Route, Spec, parameter_rules};
use covibe_policy::{Owned, public_port as allowed_port};
use covibe_workspace::{Coolify, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::database_changes::{Renamed, compare_fields, container_settings, ignored_because};
use super::database_image;
use super::database_start::{RestartResult, restart_database};
use super::errors::{empty_patch, unknown_database};
use super::public_port::{Exposure, OldProxy, turn_for_patch};
use crate::container_limits::Limits;
use crate::deployment_verdict::Outcome;
use crate::image_checks::check_stored_image;
use crate::patch_outcome::{Others, PatchOutcome};
use crate::resource_names::{NAME, NAME_RULE, whole};
use crate::resource_rename::rename;

/// The members of a patch.
const FIELDS: [&str; 6] = ["name", "description", "isPublic", "publicPort", "image", "limits"];

/// Change a database. Returns what was applied and ignored, and why; image and limits need a restart: pass restart.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("x-not" = parameter_rules::rule_in_words(
    json!({
        "required": ["patch"],
        "properties": { "patch": parameter_rules::without_members(&FIELDS) },
        "not": { "required": ["restart"], "properties": { "restart": { "const": true } } },
    }),
    "Give at least one field of `patch`, or `restart`.",
)))]
pub(crate) struct UpdateDatabase {
    uuid: DatabaseUuid,
    /// The fields to change; others are kept.
    patch: Patch,
    /// Restart it, to apply a new image or limits. Default: false.
    #[serde(default)]
    restart: Option<bool>,
    /// With restart: return once it runs or fails. Default: false.
    #[serde(default)]
    wait: Option<bool>,
}

/// A patch of a database.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(
    rename = "DatabasePatch",
    example = json!({ "description": "The shop of the spring campaign." })
)]
struct Patch {
    /// Another name, unique in the workspace, such as `shop-db`.
    #[serde(default)]
    #[schemars(regex(pattern = NAME), extend("x-rule" = NAME_RULE))]
    #[schemars(example = &"shop")]
    name: Option<String>,
    /// A note for people.
    #[serde(default)]
    #[schemars(length(max = 255))]
    #[schemars(example = &"The shop of the spring campaign.")]
    description: Option<String>,
    /// true opens it to the internet, on `publicPort` or a free port; false closes it.
    #[serde(default)]
    is_public: Option<bool>,
    /// The public port, such as 15432; it can't change while the database is public.
    #[serde(default)]
    #[schemars(range(min = 1024, max = 65535))]
    #[schemars(example = 5432)]
    public_port: Option<u16>,
    /// Another version's container image, such as `postgres:17-alpine`. Another major version may be unable to read the
    /// data.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(extend("x-pattern" = whole(ImageReference::PATTERN)), example = &"postgres:17-alpine")]
    image: Option<String>,
    /// Limits of memory and CPUs; a limit that you leave out stays.
    #[serde(default)]
    limits: Option<Limits>,
    #[serde(flatten)]
    #[schemars(skip)]
    others: Others,
}

/// The outcome of the patch.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "UpdatedDatabase")]
pub(crate) struct Updated {
    uuid: DatabaseUuid,
    #[serde(flatten)]
    outcome: PatchOutcome,
    /// The port that was chosen for a database that became public.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 5432)]
    public_port: Option<u16>,
    /// True if the new public port was confirmed to be open; absent if this was not checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = true)]
    listening: Option<bool>,
    /// True if image or limits take effect only after a restart.
    restart_needed: bool,
    /// The restart while it waits in the queue; deployments.cancel cancels it.
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<WaitingStart>,
    /// The result of the restart, if the call waits.
    #[serde(rename = "outcome", skip_serializing_if = "Option::is_none")]
    restart: Option<Outcome>,
    /// Warnings, such as that a change did not take effect, with the reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["`memory` takes effect after a restart."])]
    warnings: Vec<String>,
}

impl Operation<Workspace> for UpdateDatabase {
    const SPEC: Spec = Spec::write("databases.update", Route::patch("/databases/{uuid}"))
        .open(&["patch"])
        .waits("wait");

    type Output = Updated;

    async fn run(self, cx: &Workspace) -> Result<Updated, Failure> {
        let restart = self.restart == Some(true);
        if self.patch.is_empty() && !restart {
            return Err(empty_patch());
        }
        let coolify = cx.coolify().await?.refreshed();
        let before = coolify.database(&self.uuid).await?;
        if before.flavor.is_none() {
            return Err(unknown_database(&self.uuid));
        }
        // Checked before anything is changed: a call that can't restart it changes nothing.
        if restart {
            coolify.check_deployment_queue().await?;
        }
        let mut outcome = self.patch.unknown_members();
        let mut requested = self.patch.coolify_patch(cx, &before, &mut outcome)?;
        let unseen = self.check_image(cx, &before).await?;
        let writer = match &self.patch.image {
            Some(image) => database_image::check_writer(&coolify, &before, image).await?,
            None => None,
        };
        let mut turn = turn_for_patch(cx, &coolify, &before, &requested).await?;
        let mut chosen_port = match (requested.is_public, requested.public_port) {
            (Some(true), None) => {
                Some(coolify.free_public_port(cx.settings().public_ports.clone()).await?)
            }
            _ => None,
        };
        requested.public_port = requested.public_port.or(chosen_port);
        let renamed = requested.name.as_deref().filter(|name| *name != before.name);
        if let Some(name) = renamed {
            rename(cx, &Renamed { coolify: &coolify, database: &before }, name).await?;
        }
        let old = self.old_proxy(&coolify, &before).await;
        let mut others = DatabasePatch { name: None, ..requested.clone() };
        let mut written = coolify.update_database(&before, &others).await;
        if self.may_take_another_port(&written) {
            // The port that it had when it was public before is another one's now.
            let ports = cx.settings().public_ports.clone();
            if turn.is_none() {
                turn = coolify.public_port_turn(ports.clone(), before.public_port, None).await?;
            }
            let free = coolify.free_public_port(ports).await?;
            chosen_port = Some(free);
            (others.public_port, requested.public_port) = (chosen_port, chosen_port);
            written = coolify.update_database(&before, &others).await;
        }
        written.map_err(|failure| if renamed.is_some() { failure.in_doubt() } else { failure })?;
        drop(turn);
        let after = coolify.database(&self.uuid).await.map_err(Failure::in_doubt)?;
        let restarted = if restart {
            restart_database(cx, &coolify, &after, self.wait == Some(true))
                .await
                .map_err(Failure::in_doubt)?
        } else {
            RestartResult::default()
        };
        let (exposure, after) = self.exposure(cx, &coolify, after, &restarted, &old).await;
        compare_fields(&requested, &after)
            .for_each(|(field, is_same)| outcome.add_compared(field, is_same));
        if let Some(port) = self.patch.public_port.filter(|_| !outcome.is_ignored("publicPort")) {
            outcome.add_compared("publicPort", after.public_port == Some(port));
        }
        // For minutes after a start, Coolify may report that it is exited (4.3.11).
        let may_run = after.status.state != RunState::Exited
            || coolify.is_recently_started(self.uuid.as_str());
        let is_pending = may_run && container_settings(&before) != container_settings(&after);
        let mut warnings = self.patch.warnings(writer.as_deref(), &after);
        warnings.extend(unseen.into_iter().chain(restarted.warning));
        warnings.extend(exposure.and_then(|seen| seen.advice(after.public_port)));
        let public_port = chosen_port.and(after.public_port);
        let restart_needed = is_pending && !restart;
        let uuid = self.uuid;
        Ok(Updated {
            uuid,
            outcome,
            public_port,
            listening: exposure.and_then(Exposure::is_listening),
            restart_needed,
            deployment: restarted.deployment,
            restart: restarted.outcome,
            warnings,
        })
    }
}

impl UpdateDatabase {
    /// Checks that the registry has the image that the call sets or starts. A restart ends the old container first.
    async fn check_image(
        &self,
        cx: &Workspace,
        before: &Database,
    ) -> Result<Option<String>, Failure> {
        if let Some(image) = &self.patch.image {
            return check_stored_image(cx, "`patch.image`", Some(image)).await;
        }
        if self.restart != Some(true) {
            return Ok(None);
        }
        check_stored_image(cx, "The image of the database", before.image.as_deref()).await
    }

    /// Reads the proxy that the call replaces.
    async fn old_proxy(&self, coolify: &Coolify, before: &Owned<Database>) -> OldProxy {
        if self.patch.is_public == Some(true) {
            return OldProxy::read(coolify, before).await;
        }
        OldProxy::Missing
    }

    /// Checks whether the port of a database that the call made public listens. Returns the database as it is then.
    async fn exposure(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        after: Owned<Database>,
        restarted: &RestartResult,
        old: &OldProxy,
    ) -> (Option<Exposure>, Owned<Database>) {
        if self.patch.is_public != Some(true) || !after.is_public {
            return (None, after);
        }
        if self.restart == Some(true) && restarted.outcome.is_none() {
            return (Some(Exposure::AtStart), after);
        }
        let (exposure, now) = Exposure::await_proxy(cx, coolify, after, old).await;
        (Some(exposure), now)
    }

    /// Returns whether the port is taken, and the caller did not name it.
    fn may_take_another_port(&self, written: &Result<(), Failure>) -> bool {
        let is_conflict = |failure: &Failure| failure.kind == Kind::Conflict;
        self.patch.is_public == Some(true)
            && self.patch.public_port.is_none()
            && written.as_ref().is_err_and(is_conflict)
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

    /// Ignores the members that this operation does not know.
    fn unknown_members(&self) -> PatchOutcome {
        let mut outcome = self.others.outcome();
        self.others.names().for_each(|name| outcome.add_ignored(name, ignored_because(name)));
        outcome
    }

    /// Returns the patch for Coolify. A member that can't be changed now is ignored.
    fn coolify_patch(
        &self,
        cx: &Workspace,
        before: &Database,
        outcome: &mut PatchOutcome,
    ) -> Result<DatabasePatch, Failure> {
        self.image
            .as_deref()
            .map_or(Ok(()), |image| database_image::check(cx, "`patch.image`", image))?;
        let provided = cx.settings().provided_ports.as_ref();
        self.public_port.map_or(Ok(()), |port| allowed_port(port, provided))?;
        let limits = self.limits.clone().unwrap_or_default();
        let limits = limits.check_within(&cx.settings().compose, "patch.limits")?;
        let (is_public, public_port) = self.visibility(before, outcome);
        Ok(DatabasePatch {
            name: self.name.clone(),
            description: self.description.clone(),
            image: self.image.clone(),
            is_public,
            public_port,
            limits,
        })
    }

    /// Returns whether the database is to be public, and its port. Coolify opens a port only when a database becomes
    /// public: it would store another port of a public database without opening it.
    fn visibility(
        &self,
        before: &Database,
        outcome: &mut PatchOutcome,
    ) -> (Option<bool>, Option<u16>) {
        let open = before.public_port.filter(|_| before.is_public);
        match (open, self.public_port) {
            (Some(open), Some(port)) if open != port && self.is_public != Some(false) => {
                let reason = format!(
                    "The database is public on {open}: patch `isPublic` to false first, then to \
                     true with `publicPort` {port}."
                );
                outcome.add_ignored("publicPort", reason);
                (self.is_public, self.is_public.map(|_| open))
            }
            (_, None) if self.is_public == Some(true) => (Some(true), before.public_port),
            (_, port) => (self.is_public, port),
        }
    }

    fn warnings(&self, writer: Option<&str>, after: &Database) -> Vec<String> {
        let (Some(old), Some(new)) = (writer, &after.image) else { return Vec::new() };
        let warning = || {
            format!(
                "{old} wrote the data; {new} may be unable to read it. If the database does not \
                 start, patch `image` back to {old}; to move to another major version, create a new \
                 database and copy the data."
            )
        };
        let is_risky = self.image.is_some() && database_image::may_be_incompatible(old, new);
        is_risky.then(warning).into_iter().collect()
    }
}
