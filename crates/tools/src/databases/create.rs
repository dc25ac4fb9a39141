//! `databases.create`.

use std::collections::BTreeMap;

use covibe_coolify::NewDatabase;
use covibe_domain::entities::{Database, Flavor};
use covibe_domain::{DatabaseUuid, Failure, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view;
use crate::context::Workspace;
use crate::creation::{Create, carry_out};
use crate::names::NAME;
use crate::operation::{Operation, Route, Spec};

/// Create and start a database. Answers internalUrl, the connection URL for the workspace's apps:
/// set it with apps.envs.upsert.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateDatabase {
    #[serde(rename = "type")]
    flavor: Flavor,
    #[serde(default)]
    #[schemars(regex(pattern = NAME))]
    name: Option<String>,
    /// Reachable from the internet; needs publicPort.
    #[serde(default)]
    is_public: Option<bool>,
    #[serde(default)]
    #[schemars(range(min = 1024, max = 65535))]
    public_port: Option<u16>,
    #[serde(default)]
    #[schemars(regex(pattern = r"^[a-z0-9][\w./:@-]{0,200}$"))]
    image: Option<String>,
    /// Generated where absent.
    #[serde(default)]
    credentials: Option<Credentials>,
    #[serde(default)]
    limits: Option<Limits>,
}

/// Which credentials there are depends on the flavor.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    #[serde(default)]
    #[schemars(regex(pattern = r"^[A-Za-z_]\w{0,62}$"))]
    user: Option<String>,
    #[serde(default)]
    #[schemars(regex(pattern = r"^[\w!@#%^*()+=\[\]{}:,.?/~-]{1,128}$"))]
    password: Option<String>,
    #[serde(default)]
    #[schemars(regex(pattern = r"^[A-Za-z_]\w{0,62}$"))]
    database: Option<String>,
}

/// What the container may use.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
struct Limits {
    #[serde(default)]
    #[schemars(regex(pattern = r"^[1-9][0-9]{0,5}[kmg]$"))]
    memory: Option<String>,
    #[serde(default)]
    #[schemars(regex(pattern = r"^[0-9]{1,3}(\.[0-9]{1,2})?$"))]
    cpus: Option<String>,
}

impl Operation for CreateDatabase {
    const SPEC: Spec = Spec::write("databases.create", Route::post("/databases")).creates();

    type Output = Database;

    async fn run(self, cx: &Workspace) -> Result<Database, Failure> {
        if self.is_public == Some(true) && self.public_port.is_none() {
            return Err(Failure::invalid("isPublic needs publicPort.")
                .hint("Pass a publicPort from 1024 to 65535 that is free on the server."));
        }
        let fallback = format!("{}-{}", self.flavor, random_suffix());
        carry_out(cx, &self, self.name.as_deref(), &fallback, &self).await
    }
}

/// Six letters and digits, to tell unnamed databases apart.
fn random_suffix() -> String {
    hex::encode(covibe_crypto::random::<3>())
}

impl CreateDatabase {
    fn credentials(&self) -> Result<BTreeMap<String, Secret>, Failure> {
        let Some(given) = self.credentials.clone() else { return Ok(BTreeMap::new()) };
        let Credentials { user, password, database } = given;
        let password = password.map(Secret::new);
        let credentials = covibe_coolify::Credentials { user, password, database };
        credentials.for_flavor(self.flavor).map_err(|no_such| {
            Failure::invalid(format!("{} has no credentials.{}.", self.flavor, no_such.0))
                .hint("Leave it out.")
        })
    }

    fn limits(&self) -> covibe_coolify::Limits {
        let given = self.limits.clone();
        let (memory, cpus) = given.map_or((None, None), |given| (given.memory, given.cpus));
        covibe_coolify::Limits { memory, cpus, ..covibe_coolify::Limits::default() }
    }
}

impl Create for CreateDatabase {
    const KIND: &'static str = "database";

    type Id = DatabaseUuid;

    type Made = Database;

    async fn find(&self, cx: &Workspace, name: &str) -> Result<Option<DatabaseUuid>, Failure> {
        let databases = cx.coolify().await?.now().databases().await?;
        Ok(databases.iter().find(|each| each.name == name).map(|each| each.uuid.clone()))
    }

    async fn create(&self, cx: &Workspace, name: &str) -> Result<DatabaseUuid, Failure> {
        let coolify = cx.coolify().await?;
        let new = NewDatabase {
            name: name.to_owned(),
            image: self.image.clone(),
            is_public: self.is_public.unwrap_or_default(),
            public_port: self.public_port,
            credentials: self.credentials()?,
            limits: self.limits(),
            instant_deploy: true,
        };
        Ok(coolify.create_database(self.flavor, &new).await?.uuid)
    }

    /// Reads it back: the answer to a creation lacks what some flavors only tell later.
    async fn finish(
        &self,
        cx: &Workspace,
        name: &str,
        uuid: DatabaseUuid,
    ) -> Result<Database, Failure> {
        let found = cx.coolify().await?.database(&uuid).await?;
        let made = view::with_urls(&found).filter(|made| made.flavor == self.flavor);
        made.ok_or_else(|| {
            Failure::conflict(format!("There is a database named {name} of another type."))
                .hint("Pass another name.")
        })
    }
}
