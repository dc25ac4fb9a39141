//! Databases.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{WaitingStart, words};
use crate::{DatabaseUuid, Revealed, Timestamp};

words! {
    /// The database flavors that Coolify runs.
    Flavor {
        /// PostgreSQL.
        Postgresql = "postgresql" | "postgres" | "pg",
        /// MySQL.
        Mysql = "mysql",
        /// MariaDB.
        Mariadb = "mariadb" | "maria",
        /// MongoDB.
        Mongodb = "mongodb" | "mongo",
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

/// A database as agents see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Database {
    /// Its id, which is also its host name for apps.
    pub uuid: DatabaseUuid,
    /// Its name, unique in the workspace.
    #[schemars(example = &"shop")]
    pub name: String,
    /// Its flavor, as in databases.create.
    #[serde(rename = "type")]
    pub flavor: Flavor,
    /// `other` if the operator created it; no tool changes it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"other")]
    pub kind: Option<String>,
    /// `running`, `exited`, `starting`, … or `unknown`.
    #[schemars(example = &"running")]
    pub status: String,
    /// `healthy`, `unhealthy` or `unknown`; only while it runs, and from `get` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"healthy")]
    pub health: Option<String>,
    /// The number of times that Docker restarted its container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = 3)]
    pub restarts: Option<u64>,
    /// The exit code of its container's last run, if that has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = 1)]
    pub exit_code: Option<i64>,
    /// The time of this status; absent if nobody has checked since the database was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_as_of: Option<Timestamp>,
    /// True if it is reachable from the internet.
    pub is_public: bool,
    /// Its port on the internet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 5432)]
    pub public_port: Option<u16>,
    /// Its image.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"postgres:17-alpine")]
    pub image: Option<String>,
    /// The connection URL for apps of the workspace, with the password; from `create` and `get` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"postgres://shop:correct-horse@vgsco4occ8ksgsc4s8ck4kco:5432/shop")]
    pub internal_url: Option<Revealed>,
    /// The connection URL from the internet, with the password; from `create` and `get` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"postgres://shop:correct-horse@db.example.com:5432/shop")]
    pub external_url: Option<Revealed>,
    /// Its start while it waits in the queue; deployments.cancel cancels it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<WaitingStart>,
    /// True if its public port is open, false if it is closed; absent if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = true)]
    pub listening: Option<bool>,
    /// A remark on its public port, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Port 15432 opens once the database runs.")]
    pub hint: Option<String>,
}
