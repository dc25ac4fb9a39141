//! `databases.create`.

use std::fmt;

use covibe_coolify::{CreatedDatabase, Database, DatabasePatch, NewDatabase};
use covibe_domain::entities::{self, Flavor};
use covibe_domain::{DatabaseUuid, Failure, Revealed, Secret};
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::public_port;
use covibe_workspace::{Create, Workspace, create_journaled};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::credentials::{self, Credentials};
use super::limits::Limits;
use super::update::compared;
use super::{KIND, image, port_missing, view};
use crate::names::NAME;

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
    #[schemars(regex(pattern = image::IMAGE))]
    image: Option<String>,
    /// Generated where absent.
    #[serde(default)]
    credentials: Option<Credentials>,
    #[serde(default)]
    limits: Option<Limits>,
}

impl Operation<Workspace> for CreateDatabase {
    const SPEC: Spec = Spec::write("databases.create", Route::post("/databases")).creates();

    type Output = entities::Database;

    async fn run(self, cx: &Workspace) -> Result<entities::Database, Failure> {
        if self.is_public == Some(true) && self.public_port.is_none() {
            return Err(port_missing());
        }
        self.public_port.map_or(Ok(()), public_port)?;
        self.image.as_deref().map_or(Ok(()), image::check)?;
        // Looked at before anything is written down.
        credentials::fields(self.credentials.as_ref(), self.flavor)?;
        let fallback = format!("{}-{}", self.flavor, random_suffix());
        create_journaled(cx, &self, self.name.as_deref(), &fallback, &self).await
    }
}

/// Six letters and digits, to tell unnamed databases apart.
fn random_suffix() -> String {
    hex::encode(covibe_crypto::random::<3>())
}

/// A database that exists, with the URLs that its creation told.
#[derive(Clone)]
pub(crate) struct Begun {
    /// Whether an earlier call made it, with values of its own.
    is_found: bool,
    uuid: DatabaseUuid,
    internal_url: Option<Secret>,
    external_url: Option<Secret>,
}

impl fmt::Display for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uuid.fmt(f)
    }
}

impl Create for CreateDatabase {
    const KIND: &'static str = KIND;

    type Id = Begun;

    type Created = entities::Database;

    async fn find(&self, cx: &Workspace, name: &str) -> Result<Option<Begun>, Failure> {
        let databases = cx.coolify().await?.refreshed().databases().await?;
        let found = databases.iter().find(|each| each.name == name);
        let begun = |uuid| Begun { is_found: true, uuid, internal_url: None, external_url: None };
        Ok(found.map(|each| begun(each.uuid.clone())))
    }

    async fn create(&self, cx: &Workspace, name: &str) -> Result<Begun, Failure> {
        let coolify = cx.coolify().await?;
        let new = NewDatabase {
            name: name.to_owned(),
            image: self.image.clone(),
            is_public: self.is_public.unwrap_or_default(),
            public_port: self.public_port,
            credentials: credentials::fields(self.credentials.as_ref(), self.flavor)?,
            limits: self.limits.clone().unwrap_or_default().into(),
            instant_deploy: true,
        };
        let made = coolify.create_database(self.flavor, &new).await?;
        let CreatedDatabase { uuid, internal_url, external_url } = made;
        Ok(Begun { is_found: false, uuid, internal_url, external_url })
    }

    /// Reads it back; URLs that are not told then, because the token may not see them, are those
    /// that the creation told.
    async fn finish(
        &self,
        cx: &Workspace,
        name: &str,
        begun: Begun,
    ) -> Result<entities::Database, Failure> {
        let found = cx.coolify().await?.database(&begun.uuid).await?;
        let made = view::with_urls(&found).filter(|made| made.flavor == self.flavor);
        let mut made = made.ok_or_else(|| {
            Failure::conflict(format!("There is a database named {name} of another type."))
                .hint("Pass another name.")
        })?;
        if begun.is_found {
            self.refuse_another(&found)?;
        }
        made.internal_url = made.internal_url.or(begun.internal_url.map(Revealed::new));
        made.external_url = made.external_url.or(begun.external_url.map(Revealed::new));
        Ok(made)
    }
}

impl CreateDatabase {
    /// Fails when what an earlier call made is not what this one asks for. It may have been used
    /// since: it is not changed by the way.
    fn refuse_another(&self, found: &Database) -> Result<(), Failure> {
        let credentials = found.credentials().unwrap_or_default();
        let credentials = credentials::others(self.credentials.as_ref(), &credentials);
        let asked = DatabasePatch {
            image: self.image.clone(),
            is_public: self.is_public,
            limits: self.limits.clone().unwrap_or_default().into(),
            ..DatabasePatch::default()
        };
        let mut differs = credentials.clone();
        differs.extend(compared(&asked, found).filter(|(_, same)| !same).map(|(field, _)| field));
        if found.is_public && self.public_port.is_some_and(|port| found.public_port != Some(port)) {
            differs.push("publicPort");
        }
        if differs.is_empty() {
            return Ok(());
        }
        let (name, list) = (&found.name, differs.join(", "));
        let failure = Failure::conflict(format!(
            "An earlier call began the database {name} with other values: {list}."
        ));
        Err(failure
            .hint(another(&credentials))
            .detail("uuid", found.uuid.as_str())
            .detail("differs", differs))
    }
}

/// What to do with a database that an earlier call began.
fn another(credentials: &[&str]) -> &'static str {
    if credentials.is_empty() {
        "Repeat the call without these values: it answers the database as it is; then change it by \
         databases.update. Or pass another name."
    } else {
        "Credentials stay as they are. Repeat the call without these values: it answers the database \
         as it is. Or delete that one by databases.delete and repeat the call, or pass another name."
    }
}
