//! New databases.

use std::collections::BTreeMap;

use covibe_domain::entities::Flavor;
use covibe_domain::{DatabaseUuid, Secret, boxed};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer_reading;
use crate::client::{Client, Placement};
use crate::container_limits::Limits;
use crate::records::{Database, Description};
use covibe_upstream::Error;

/// A database to make.
#[derive(Clone, Debug)]
pub struct NewDatabase {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Description,
    /// The image to run instead of the flavor's default.
    pub image: Option<String>,
    /// Reachable from outside; without a port, Coolify turns it off again and reports nothing.
    pub is_public: bool,
    /// The port to reach it on from outside, 1024 to 65535.
    pub public_port: Option<u16>,
    /// Coolify's field → value; see [`crate::Credentials::for_flavor`].
    pub credentials: BTreeMap<String, Secret>,
    /// The limits of its container.
    pub limits: Limits,
}

/// A database that was made.
#[derive(Clone, Debug, Deserialize)]
pub struct CreatedDatabase {
    /// Its id.
    pub uuid: DatabaseUuid,
    /// The connection URL for apps.
    #[serde(default, rename = "internal_db_url", deserialize_with = "answer_reading::lenient")]
    pub internal_url: Option<Secret>,
    /// The connection URL from outside.
    #[serde(default, rename = "external_db_url", deserialize_with = "answer_reading::lenient")]
    pub external_url: Option<Secret>,
}

impl Client {
    /// Makes a database, and does not start it.
    ///
    /// Coolify's own type checks do not fire here (bad types end in a 500), so that all types are
    /// right by construction. Coolify's answer for a Dragonfly has no URL; it is built from the
    /// password.
    #[boxed]
    pub async fn create_database(
        &self,
        at: &Placement,
        flavor: Flavor,
        new: &NewDatabase,
    ) -> Result<CreatedDatabase, Error> {
        let path = path(flavor);
        let mut body = self.place(at).await?;
        body.insert("name".to_owned(), json!(new.name));
        let description = new.description.for_creation();
        body.extend(description.map(|text| ("description".to_owned(), json!(text))));
        body.insert("is_public".to_owned(), json!(new.is_public));
        body.insert("instant_deploy".to_owned(), json!(false));
        body.extend(new.image.iter().map(|image| ("image".to_owned(), json!(image))));
        body.extend(new.public_port.iter().map(|port| ("public_port".to_owned(), json!(port))));
        body.extend(
            new.credentials.iter().map(|(field, value)| (field.clone(), json!(value.expose()))),
        );
        new.limits.add_to(&mut body);
        let (_changing, _listed) = (self.changing(), self.shared.databases.changing());
        let created: CreatedDatabase =
            self.transport.post(path).body(Value::Object(body)).json().await?;
        Ok(with_url(created, flavor, new))
    }
}

fn with_url(mut created: CreatedDatabase, flavor: Flavor, new: &NewDatabase) -> CreatedDatabase {
    if let (Flavor::Dragonfly, None, Some(password)) =
        (flavor, &created.internal_url, new.credentials.get("dragonfly_password"))
    {
        created.internal_url =
            Some(Database::url_from(flavor, &created.uuid, None, password, None));
    }
    created
}

const fn path(flavor: Flavor) -> &'static str {
    match flavor {
        Flavor::Postgresql => "/databases/postgresql",
        Flavor::Mysql => "/databases/mysql",
        Flavor::Mariadb => "/databases/mariadb",
        Flavor::Mongodb => "/databases/mongodb",
        Flavor::Redis => "/databases/redis",
        Flavor::Keydb => "/databases/keydb",
        Flavor::Dragonfly => "/databases/dragonfly",
        Flavor::Clickhouse => "/databases/clickhouse",
    }
}
