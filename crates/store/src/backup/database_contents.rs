//! The contents of a database: numbers of rows, heads of audit chains, ids of keys.

use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::migrate;

/// The contents of a database, as far as those of two databases can be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// The migrations that have run.
    pub schema: Vec<String>,
    /// The number of rows of each table.
    pub rows: BTreeMap<String, i64>,
    /// The head of each tenant's chain of audit entries.
    pub audit_heads: Vec<AuditHead>,
    /// The ids of the keys that encrypt secrets.
    pub secrets_keys: Vec<String>,
}

/// The last entry of a tenant's chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, QueryableByName)]
pub struct AuditHead {
    /// The tenant.
    #[diesel(sql_type = Text)]
    pub tenant: String,
    /// The number of the entry; 0 if there is none.
    #[diesel(sql_type = BigInt)]
    pub seq: i64,
    /// Its digest in hexadecimal digits.
    #[diesel(sql_type = Text)]
    #[serde(rename = "head")]
    pub digest: String,
}

/// A row with one text.
#[derive(QueryableByName)]
pub(super) struct Line {
    #[diesel(sql_type = Text)]
    pub(super) text: String,
}

/// A row with one number.
#[derive(QueryableByName)]
pub(super) struct Count {
    #[diesel(sql_type = BigInt)]
    pub(super) count: i64,
}

/// The query for the number of rows of a table, whose name comes from the catalogue.
pub(super) fn rows_of(table: &str) -> String {
    format!("SELECT count(*) AS count FROM \"{}\"", table.replace('"', "\"\""))
}

pub(super) const SCHEMA: &str =
    "SELECT version AS text FROM __diesel_schema_migrations ORDER BY version";
pub(super) const HEADS: &str =
    "SELECT tenant_id AS tenant, seq, digest FROM audit_heads ORDER BY tenant_id";
pub(super) const KEYS: &str = "SELECT id AS text FROM secrets_keys ORDER BY id";

pub(super) const PHOTOS: &str = "SELECT photo AS text FROM users WHERE photo IS NOT NULL";

impl Contents {
    /// Returns the number of rows of a table; 0 if there is no such table.
    pub fn count(&self, table: &str) -> i64 {
        self.rows.get(table).copied().unwrap_or_default()
    }

    /// Returns the migrations that have run and that this release does not know, because a later
    /// release made the database.
    pub fn unknown_migrations(&self) -> Result<Vec<String>> {
        let known = migrate::known_migrations()?;
        Ok(self.schema.iter().filter(|version| !known.contains(version)).cloned().collect())
    }

    /// Returns how another database differs, one line for each difference.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        let tables =
            self.rows.keys().chain(other.rows.keys().filter(|it| !self.rows.contains_key(*it)));
        for table in tables {
            let of = |contents: &Self| contents.rows.get(table).copied();
            if of(self) != of(other) {
                let shown =
                    |count: Option<i64>| count.map_or("none".to_owned(), |it| it.to_string());
                found.push(format!("{table}: {} rows, not {}", shown(of(other)), shown(of(self))));
            }
        }
        for (what, differs) in [
            ("the migrations differ", self.schema != other.schema),
            ("the heads of the audit differ", self.audit_heads != other.audit_heads),
            ("the ids of the secrets keys differ", self.secrets_keys != other.secrets_keys),
        ] {
            found.extend(differs.then(|| what.to_owned()));
        }
        found
    }
}
