//! `databases.create`.

use std::fmt;
use std::sync::OnceLock;

use covibe_coolify::{
    CreatedDatabase, Database, DatabasePatch, Description, Mark, NewDatabase, RunState, Volumes,
};
use covibe_domain::entities::{self, Flavor};
use covibe_domain::image::ImageReference;
use covibe_domain::{DatabaseUuid, Failure, Revealed, Secret};
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::{Owned, public_port};
use covibe_workspace::{
    Coolify, Create, Hosted, Namesake, Workspace, check_created, create_journaled,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::credentials::{self, Credentials};
use super::database_changes::compare_fields;
use super::database_entity::KIND;
use super::database_start::start;
use super::errors::{database_of_another_type, different_values};
use super::public_port::{Exposure, OldProxy, create_database};
use super::{database_entity, database_image};
use crate::container_limits::{self, Limits};
use crate::deletion::until_gone;
use crate::deployment_verdict::{Outcome, follow_new, last_sight, unfollowed_warning};
use crate::image_checks::check_stored_image;
use crate::queued_deployments::start_waits;
use crate::resource_names::{NAME, NAME_RULE, is_unrecorded, whole};
use crate::resource_state::state_of_created;

/// Create and start a database. Pass its internalUrl to apps with apps.envs.upsert.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateDatabase {
    /// The product. keydb and dragonfly speak Redis's protocol.
    #[serde(rename = "type")]
    flavor: Flavor,
    /// Its name, unique in the workspace, such as `shop-db`. Default: derived from the type.
    #[serde(default)]
    #[schemars(regex(pattern = NAME), extend("x-rule" = NAME_RULE))]
    #[schemars(example = &"shop")]
    name: Option<String>,
    /// Open it to the internet, on `publicPort` or a free port. The workspace's apps don't need this. Default: false.
    #[serde(default)]
    is_public: Option<bool>,
    /// The public port, such as 15432. It implies isPublic.
    #[serde(default)]
    #[schemars(range(min = 1024, max = 65535))]
    #[schemars(example = 5432)]
    public_port: Option<u16>,
    /// Another version's container image, such as `postgres:17-alpine`. Default: the server's choice.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(extend("x-pattern" = whole(ImageReference::PATTERN)), example = &"postgres:17-alpine")]
    image: Option<String>,
    /// Its first user, password and database. Default: generated, and part of internalUrl. Fields vary by type.
    #[serde(default)]
    credentials: Option<Credentials>,
    /// Limits of memory and CPUs. Default: the operator's memory limit, all CPUs.
    #[serde(default)]
    limits: Option<Limits>,
    /// Return once it runs or fails, or after 10 minutes. Default: false.
    #[serde(default, skip_serializing_if = "is_unrecorded")]
    wait: Option<bool>,
    #[serde(skip)]
    #[schemars(skip)]
    origin: OnceLock<Origin>,
}

/// The origin of the database, as the call found or made it.
#[derive(Clone, Copy)]
struct Origin {
    /// True if an earlier call created it.
    is_adopted: bool,
    /// True if it was requested to start and is not known to run yet.
    is_starting: bool,
}

/// A database that was just created.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CreatedDatabase")]
pub(crate) struct Created {
    #[serde(flatten)]
    database: entities::Database,
    /// The result of its start, if the call waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    /// The facts that could not be determined.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["The docker host does not answer."])]
    warnings: Vec<String>,
}

impl Operation<Workspace> for CreateDatabase {
    const SPEC: Spec =
        Spec::write("databases.create", Route::post("/databases")).creates().waits("wait");

    type Output = Created;

    async fn run(self, cx: &Workspace) -> Result<Created, Failure> {
        let provided = cx.settings().provided_ports.as_ref();
        self.public_port.map_or(Ok(()), |port| public_port(port, provided))?;
        let image = self.image.as_deref();
        image.map_or(Ok(()), |image| database_image::check(cx, "`image`", image))?;
        // Checked before the journal records the creation.
        credentials::fields(self.credentials.as_ref(), self.flavor)?;
        self.limits(cx)?;
        check_stored_image(cx, "`image`", image).await?;
        let fallback = format!("{}-{}", self.flavor, random_suffix());
        let name = self.name.as_deref();
        let created = Box::pin(create_journaled(cx, &self, name, &fallback, &self)).await?;
        // The containers of a database that an earlier call created may be older than this call.
        let origin = self.origin.get();
        if self.wait == Some(true) && origin.is_some_and(|origin| !origin.is_adopted) {
            return Ok(Box::pin(follow_creation(cx, created)).await);
        }
        let is_starting = origin.is_none_or(|origin| origin.is_starting);
        let created = with_exposure(cx, created, is_starting).await;
        Ok(Created { database: created, outcome: None, warnings: Vec::new() })
    }
}

/// Waits for a database that this call created. A failure meanwhile does not undo the creation.
async fn follow_creation(cx: &Workspace, database: entities::Database) -> Created {
    let follow = async {
        let coolify = cx.coolify().await?;
        let resource = Hosted::Database(coolify.database(&database.uuid).await?);
        let judged =
            follow_new(cx, &coolify, resource.clone(), database.deployment.clone()).await?;
        Ok((judged.parts(), last_sight(cx, &coolify, &resource).await))
    };
    match follow.await {
        Ok(((outcome, deployment), seen)) => {
            let database = entities::Database { deployment, ..database };
            let database = match seen {
                Some(seen) => database_entity::as_seen(database, &seen),
                None => database,
            };
            let is_starting = database.deployment.is_some();
            let database = with_exposure(cx, database, is_starting).await;
            Created { database, outcome, warnings: Vec::new() }
        }
        Err(failure) => {
            let warnings = vec![unfollowed_warning(&failure, "databases.get")];
            Created { database, outcome: None, warnings }
        }
    }
}

/// Adds the exposure of a public database: whether its port listens.
async fn with_exposure(
    cx: &Workspace,
    database: entities::Database,
    is_starting: bool,
) -> entities::Database {
    if !database.is_public {
        return database;
    }
    if is_starting {
        return database_entity::with_exposure(database, Exposure::AtStart);
    }
    let look = async {
        let coolify = cx.coolify().await?;
        let found = coolify.database(&database.uuid).await?;
        Ok::<_, Failure>(Exposure::await_proxy(cx, &coolify, found, &OldProxy::Missing).await.0)
    };
    let exposure = look.await.unwrap_or(Exposure::Untold);
    database_entity::with_exposure(database, exposure)
}

/// Six letters and digits, to tell unnamed databases apart.
fn random_suffix() -> String {
    hex::encode(covibe_crypto::random::<3>())
}

/// A database that exists in Coolify, with the URLs that its creation returned.
#[derive(Clone)]
pub(crate) struct DatabaseHandle {
    /// True if an earlier call created it, perhaps with other values.
    is_adopted: bool,
    uuid: DatabaseUuid,
    internal_url: Option<Secret>,
    external_url: Option<Secret>,
}

impl fmt::Display for DatabaseHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uuid.fmt(f)
    }
}

impl Create for CreateDatabase {
    const KIND: &'static str = KIND;

    type Id = DatabaseHandle;

    type Created = entities::Database;

    async fn find(
        &self,
        cx: &Workspace,
        name: &str,
    ) -> Result<Vec<Namesake<DatabaseHandle>>, Failure> {
        let databases = cx.coolify().await?.refreshed().databases().await?;
        let found = databases.iter().filter(|each| each.name == name);
        let handle = |each: &Database| DatabaseHandle {
            is_adopted: true,
            uuid: each.uuid.clone(),
            internal_url: None,
            external_url: None,
        };
        Ok(found.map(|each| Namesake::from_resource(handle(each), &**each)).collect())
    }

    async fn create(
        &self,
        cx: &Workspace,
        name: &str,
        mark: &Mark,
    ) -> Result<DatabaseHandle, Failure> {
        let coolify = cx.coolify().await?;
        // Checked before anything is created: a database whose start can't even wait is not created.
        coolify.check_deployment_queue().await?;
        let new = NewDatabase {
            name: name.to_owned(),
            description: Description::from_mark(mark),
            image: self.image.clone(),
            is_public: self.is_public.unwrap_or_default(),
            public_port: self.public_port,
            credentials: credentials::fields(self.credentials.as_ref(), self.flavor)?,
            limits: container_limits::with_default_memory(self.limits(cx)?, &cx.settings().compose),
        };
        let created = create_database(cx, &coolify, self.flavor, new).await?;
        let CreatedDatabase { uuid, internal_url, external_url } = created;
        Ok(DatabaseHandle { is_adopted: false, uuid, internal_url, external_url })
    }

    /// Reads the database back. URLs that the token may not read are taken from the creation's answer.
    async fn finish(
        &self,
        cx: &Workspace,
        name: &str,
        handle: DatabaseHandle,
    ) -> Result<entities::Database, Failure> {
        let coolify = cx.coolify().await?;
        let found = coolify.database(&handle.uuid).await?;
        check_created(name, &found.name)?;
        let database = database_entity::with_urls(&found).filter(|it| it.flavor == self.flavor);
        let mut database = database.ok_or_else(|| database_of_another_type(name))?;
        if handle.is_adopted {
            self.check_values(cx, &found)?;
        }
        let is_starting = !handle.is_adopted || found.status.state == RunState::Exited;
        let _first = self.origin.set(Origin { is_adopted: handle.is_adopted, is_starting });
        database.status = state_of_created(found.status, is_starting).to_string();
        database.deployment = self.first_start(&coolify, &found, handle.is_adopted).await?;
        database.internal_url = database.internal_url.or(handle.internal_url.map(Revealed::new));
        database.external_url = database.external_url.or(handle.external_url.map(Revealed::new));
        Ok(database)
    }

    async fn remove(&self, cx: &Workspace, handle: DatabaseHandle) -> Result<(), Failure> {
        let coolify = cx.coolify().await?;
        let database = coolify.database(&handle.uuid).await?;
        coolify.delete_database(&database, Volumes::Delete).await?;
        until_gone(cx, || coolify.has_database(&database)).await
    }
}

impl CreateDatabase {
    /// Starts a database that this call created, or that an earlier one left without a start. Returns the start if it waits.
    async fn first_start(
        &self,
        coolify: &Coolify,
        found: &Owned<Database>,
        is_adopted: bool,
    ) -> Result<Option<entities::WaitingStart>, Failure> {
        let is_down = found.status.state == RunState::Exited;
        let may_run = coolify.is_recently_started(found.uuid.as_str());
        if is_adopted && (!is_down || may_run) {
            return Ok(None);
        }
        // If an earlier call created it, this one has changed nothing yet.
        let in_doubt = |failure: Failure| if is_adopted { failure } else { failure.in_doubt() };
        let waiting = start(coolify, found, false).await.map_err(in_doubt)?;
        Ok(waiting.as_ref().map(start_waits))
    }

    /// Returns the limits that the caller names.
    fn limits(&self, cx: &Workspace) -> Result<covibe_coolify::Limits, Failure> {
        self.limits.clone().unwrap_or_default().check_within(&cx.settings().compose, "limits")
    }

    /// Fails if an earlier call created the database with other values. It is not changed here, because it may be in
    /// use.
    fn check_values(&self, cx: &Workspace, found: &Database) -> Result<(), Failure> {
        let credentials = found.credentials().unwrap_or_default();
        let credentials = credentials::differing_fields(self.credentials.as_ref(), &credentials);
        let asked = DatabasePatch {
            image: self.image.clone(),
            is_public: self.is_public,
            limits: self.limits(cx)?,
            ..DatabasePatch::default()
        };
        let mut differs = credentials.clone();
        differs.extend(
            compare_fields(&asked, found).filter(|(_, same)| !same).map(|(field, _)| field),
        );
        if found.is_public && self.public_port.is_some_and(|port| found.public_port != Some(port)) {
            differs.push("publicPort");
        }
        if differs.is_empty() {
            return Ok(());
        }
        Err(different_values(&found.name, &found.uuid, differs, &credentials))
    }
}
