//! A database in Coolify's answers.

use covibe_domain::entities::Flavor;
use covibe_domain::{DatabaseUuid, Secret, ServerUuid, Timestamp};
use covibe_upstream::Identified;
use serde::{Deserialize, Deserializer};

use super::description::Description;
use super::destination::server_of_destination;
use super::resource_status::{Status, seen_since};
use crate::answer_reading;

/// A database in Coolify's answers.
#[derive(Clone, Debug, Deserialize)]
pub struct Database {
    /// Its id, and its host name for apps.
    pub uuid: DatabaseUuid,
    /// Its name.
    #[serde(default, deserialize_with = "answer_reading::name")]
    pub name: String,
    /// Its description.
    #[serde(default)]
    pub description: Description,
    /// When it was created.
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    pub created_at: Option<Timestamp>,
    /// Its flavor; `None` when this release does not know it.
    #[serde(default = "unnamed_flavor", rename = "database_type", deserialize_with = "flavor")]
    pub flavor: Option<Flavor>,
    /// The numeric id of its environment, by which tenancy is checked.
    #[serde(default, deserialize_with = "answer_reading::number")]
    pub environment_id: Option<i64>,
    /// The server that it runs on; `None` where the answer does not say.
    #[serde(default, rename = "destination", deserialize_with = "server_of_destination")]
    pub server: Option<ServerUuid>,
    /// The state and health of its container.
    #[serde(default)]
    pub status: Status,
    /// When Coolify last looked and found a change, or confirmed that there was none.
    #[serde(default, deserialize_with = "answer_reading::moment")]
    pub(crate) last_online_at: Option<Timestamp>,
    /// True if it is reachable from outside.
    #[serde(default, deserialize_with = "answer_reading::flag")]
    pub is_public: bool,
    /// The port it is reachable on from outside.
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    pub public_port: Option<u16>,
    /// The image it runs.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub image: Option<String>,
    /// The memory that it may use, such as `512m`; `0` for no limit.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub limits_memory: Option<String>,
    /// The CPUs that it may use, such as `0.5`; `0` for no limit.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub limits_cpus: Option<String>,
    /// The connection URL for apps; only for tokens that may read sensitive fields.
    #[serde(default, rename = "internal_db_url", deserialize_with = "answer_reading::lenient")]
    pub internal_url: Option<Secret>,
    /// The connection URL from outside; only for such tokens, and only when it is public.
    #[serde(default, rename = "external_db_url", deserialize_with = "answer_reading::lenient")]
    pub external_url: Option<Secret>,
}

fn flavor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Flavor>, D::Error> {
    let Some(word) = answer_reading::text(deserializer)? else { return Ok(unnamed_flavor()) };
    Ok(Flavor::from_word(word.strip_prefix("standalone-").unwrap_or(&word)))
}

/// KeyDB is the only flavor that Coolify's answers do not name (beta.473 to 4.3).
#[expect(clippy::unnecessary_wraps, reason = "serde's default has the field's type")]
fn unnamed_flavor() -> Option<Flavor> {
    Some(Flavor::Keydb)
}

impl Database {
    /// Returns when Coolify looked at it last; `None` if it never did.
    pub fn last_online_at(&self) -> Option<Timestamp> {
        seen_since(self.created_at, self.last_online_at)
    }
}

impl Identified for Database {
    fn is_about(&self, segments: &[String]) -> bool {
        segments == [self.uuid.as_str()]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn flavors_are_read_from_the_type_and_keydb_from_its_absence() {
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
    fn debug_output_hides_connection_urls() {
        let value = json!({ "uuid": "zg4cwgc44ogc08804000gggo", "internal_db_url": "postgres://u:hunter2@h/d" });
        let database: Database = serde_json::from_value(value).unwrap();
        assert!(!format!("{database:?}").contains("hunter2"));
        assert!(database.internal_url.is_some());
    }
}
