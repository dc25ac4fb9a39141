//! The names of Coolify's fields for a flavor's user, password and database.

use std::collections::BTreeMap;

use covibe_domain::Secret;
use covibe_domain::entities::Flavor;

/// The credentials of a database, by their purpose.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// The user that apps connect as.
    pub user: Option<String>,
    /// That user's password.
    pub password: Option<Secret>,
    /// The database that they connect to.
    pub database: Option<String>,
}

/// A credential that a flavor does not have: `user` or `database`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchCredential(pub &'static str);

/// A flavor's fields for user, password and database (read from 4.3.11).
const fn fields(flavor: Flavor) -> (Option<&'static str>, &'static str, Option<&'static str>) {
    match flavor {
        Flavor::Postgresql => (Some("postgres_user"), "postgres_password", Some("postgres_db")),
        Flavor::Mysql => (Some("mysql_user"), "mysql_password", Some("mysql_database")),
        Flavor::Mariadb => (Some("mariadb_user"), "mariadb_password", Some("mariadb_database")),
        Flavor::Mongodb => (
            Some("mongo_initdb_root_username"),
            "mongo_initdb_root_password",
            Some("mongo_initdb_database"),
        ),
        Flavor::Redis => (None, "redis_password", None),
        Flavor::Keydb => (None, "keydb_password", None),
        Flavor::Dragonfly => (None, "dragonfly_password", None),
        Flavor::Clickhouse => (Some("clickhouse_admin_user"), "clickhouse_admin_password", None),
    }
}

impl Credentials {
    /// Returns Coolify's field → value for this flavor, or the credential that it does not have.
    pub fn for_flavor(self, flavor: Flavor) -> Result<BTreeMap<String, Secret>, NoSuchCredential> {
        let (user, password, database) = fields(flavor);
        let named = [
            ("user", user, self.user.map(Secret::new)),
            ("password", Some(password), self.password),
            ("database", database, self.database.map(Secret::new)),
        ];
        let mut values = BTreeMap::new();
        for (name, field, value) in named {
            match (field, value) {
                (_, None) => {}
                (Some(field), Some(value)) => drop(values.insert(field.to_owned(), value)),
                (None, Some(_)) => return Err(NoSuchCredential(name)),
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_for_redis_is_refused() {
        let given = Credentials { user: Some("x".to_owned()), ..Credentials::default() };
        assert_eq!(given.for_flavor(Flavor::Redis).unwrap_err(), NoSuchCredential("user"));
    }
}
