//! A database.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words;
use crate::{DatabaseUuid, Revealed};

words! {
    /// The eight flavors that Coolify runs.
    Flavor {
        /// PostgreSQL.
        Postgresql = "postgresql",
        /// MySQL.
        Mysql = "mysql",
        /// MariaDB.
        Mariadb = "mariadb",
        /// MongoDB.
        Mongodb = "mongodb",
        /// Redis.
        Redis = "redis",
        /// KeyDB.
        Keydb = "keydb",
        /// Dragonfly.
        Dragonfly = "dragonfly",
        /// ClickHouse.
        Clickhouse = "clickhouse",
    }
}

/// A database as the agent sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Database {
    /// Its id, and its host name for apps.
    pub uuid: DatabaseUuid,
    /// Its name, unique in the workspace.
    pub name: String,
    /// Its flavor; the list of them is told where one is chosen.
    #[serde(rename = "type")]
    #[schemars(with = "String")]
    pub flavor: Flavor,
    /// `running`, `exited`, `starting`, … or `unknown`.
    pub status: String,
    /// Whether it is reachable from outside.
    pub is_public: bool,
    /// The port it is reachable on from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_port: Option<u16>,
    /// The image it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The connection URL for apps of the workspace, with its password; `create` and `get` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal_url: Option<Revealed>,
    /// The connection URL from outside, with its password; `create` and `get` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_url: Option<Revealed>,
}
