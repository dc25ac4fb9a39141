//! The settings of the database, and the key of the secrets in it.

use covibe_domain::Secret;

use super::Reader;
use super::auth::Auth;

/// The database.
#[derive(Clone, Debug)]
pub enum Database {
    /// A file in the data directory.
    Sqlite,
    /// `DATABASE_URL`, and `COVIBE_POSTGRES_ADMIN_URL` if it is set.
    Postgres {
        /// The address of the role that the server has.
        runtime: Secret,
        /// The address of the role that owns the schema.
        admin: Option<Secret>,
    },
}

impl Reader<'_> {
    pub(crate) fn database(&mut self) -> Database {
        let backend = self.text("COVIBE_DATABASE_BACKEND");
        match backend.as_deref() {
            None | Some("sqlite") => return Database::Sqlite,
            Some("postgres") => {}
            Some(_) => {
                self.mistakes
                    .push("COVIBE_DATABASE_BACKEND: expected sqlite or postgres".to_owned());
                return Database::Sqlite;
            }
        }
        let because = "COVIBE_DATABASE_BACKEND is postgres";
        let runtime = self.address("DATABASE_URL");
        let runtime = self.require(runtime, "DATABASE_URL", because);
        let runtime = runtime.unwrap_or_else(|| Secret::new(""));
        Database::Postgres { runtime, admin: self.address("COVIBE_POSTGRES_ADMIN_URL") }
    }

    /// Returns the connection URL of a database.
    pub(crate) fn address(&mut self, name: &str) -> Option<Secret> {
        let url = self.secret(name)?;
        if covibe_store::postgres_name(&url).is_err() {
            let expected = "postgres://user:password@host/database";
            self.mistakes.push(format!("{name}: expected {expected}"));
        }
        Some(url)
    }

    pub(crate) fn unused_postgres(&self, database: &Database) -> Option<&'static str> {
        let names = ["COVIBE_POSTGRES_ADMIN_URL", "DATABASE_URL", "COVIBE_POSTGRES_BACKUP_URL"];
        let mut set = names.into_iter().filter(|name| self.text(name).is_some());
        set.next().filter(|_| matches!(database, Database::Sqlite))
    }

    pub(crate) fn secrets_key(&mut self, database: &Database, auth: &Auth) -> Option<Secret> {
        let key = self.secret("VIBN_SECRETS_KEY");
        if let Some(key) = &key
            && let Err(error) = covibe_crypto::SecretBox::from_config(key)
        {
            self.mistakes.push(format!("VIBN_SECRETS_KEY: {error}"));
        }
        match (database, auth) {
            (Database::Sqlite, Auth::Local | Auth::Blocked(_)) => key,
            (Database::Sqlite, Auth::WorkOs(_)) => {
                self.require(key, "VIBN_SECRETS_KEY", "COVIBE_AUTH_MODE is workos")
            }
            (Database::Postgres { .. }, _) => {
                self.require(key, "VIBN_SECRETS_KEY", "COVIBE_DATABASE_BACKEND is postgres")
            }
        }
    }
}
