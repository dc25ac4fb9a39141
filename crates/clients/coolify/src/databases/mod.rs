//! Databases, in their eight flavors.

mod create;
mod credentials;
mod lifecycle;
mod patch;
mod url;

use covibe_domain::entities::Flavor;
use covibe_domain::{DatabaseUuid, Secret};
use covibe_upstream::optional;
use serde::{Deserialize, Deserializer};

pub use create::{CreatedDatabase, Limits, NewDatabase};
pub use credentials::{Credentials, NoSuchCredential};
pub use patch::DatabasePatch;

use crate::{Client, Error, Status, listing, wire};

/// A database as Coolify has it.
#[derive(Clone, Debug, Deserialize)]
pub struct Database {
    /// Its id, and its host name for apps.
    pub uuid: DatabaseUuid,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its description.
    #[serde(default, deserialize_with = "wire::text")]
    pub description: Option<String>,
    /// Its flavor; absent when it is one that this release does not know.
    #[serde(default = "untold", rename = "database_type", deserialize_with = "flavor")]
    pub flavor: Option<Flavor>,
    /// The environment it is in: what a tenant check compares.
    #[serde(default, deserialize_with = "wire::number")]
    pub environment_id: Option<i64>,
    /// What it does.
    #[serde(default)]
    pub status: Status,
    /// Whether it is reachable from outside.
    #[serde(default, deserialize_with = "wire::flag")]
    pub is_public: bool,
    /// The port it is reachable on from outside.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub public_port: Option<u16>,
    /// The image it runs.
    #[serde(default, deserialize_with = "wire::text")]
    pub image: Option<String>,
    /// How much memory it may use, such as `512m`; `0` for no limit.
    #[serde(default, deserialize_with = "wire::text")]
    pub limits_memory: Option<String>,
    /// How many CPUs it may use, such as `0.5`; `0` for no limit.
    #[serde(default, deserialize_with = "wire::text")]
    pub limits_cpus: Option<String>,
    /// The connection URL for apps; only for tokens that may read sensitive fields.
    #[serde(default, rename = "internal_db_url", deserialize_with = "wire::lenient")]
    pub internal_url: Option<Secret>,
    /// The connection URL from outside; likewise, and only when it is public.
    #[serde(default, rename = "external_db_url", deserialize_with = "wire::lenient")]
    pub external_url: Option<Secret>,
}

impl Client {
    /// Every database of the team, at most about two seconds old.
    pub async fn databases(&self) -> Result<Vec<Database>, Error> {
        let transport = self.common();
        let fetch = listing::list(transport.get("/databases"));
        self.shared.databases.get(fetch).await
    }

    /// One database, as it is now.
    pub async fn database(&self, uuid: &DatabaseUuid) -> Result<Database, Error> {
        self.transport.get("/databases/{uuid}").segment(uuid.as_str()).json().await
    }

    /// The same, if there is one of this id.
    pub async fn find_database(&self, uuid: &DatabaseUuid) -> Result<Option<Database>, Error> {
        optional(self.database(uuid).await)
    }
}

fn flavor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Flavor>, D::Error> {
    let Some(word) = wire::text(deserializer)? else { return Ok(untold()) };
    Ok(Flavor::from_word(word.strip_prefix("standalone-").unwrap_or(&word)))
}

/// KeyDB is the one flavor whose answers do not name it (beta.473 to 4.3).
#[expect(clippy::unnecessary_wraps, reason = "serde's default has the field's type")]
fn untold() -> Option<Flavor> {
    Some(Flavor::Keydb)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn flavors_are_told_by_type_and_keydb_by_its_absence() {
        let uuid = "zg4cwgc44ogc08804000gggo";
        let flavor = |value| serde_json::from_value::<Database>(value).unwrap().flavor;
        for known in Flavor::ALL {
            let word = format!("standalone-{known}");
            assert_eq!(flavor(json!({ "uuid": uuid, "database_type": word })), Some(*known));
        }
        assert_eq!(flavor(json!({ "uuid": uuid, "keydb_conf": null })), Some(Flavor::Keydb));
        assert_eq!(flavor(json!({ "uuid": uuid, "database_type": "standalone-oracle" })), None);
    }

    #[test]
    fn urls_do_not_show() {
        let value = json!({ "uuid": "zg4cwgc44ogc08804000gggo", "internal_db_url": "postgres://u:hunter2@h/d" });
        let database: Database = serde_json::from_value(value).unwrap();
        assert!(!format!("{database:?}").contains("hunter2"));
        assert!(database.internal_url.is_some());
    }
}
