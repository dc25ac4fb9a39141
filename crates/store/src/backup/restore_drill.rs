//! A database for drills: a backup is restored into it, and it is removed again.

use covibe_domain::{Secret, boxed};
use diesel::sql_types::Text;
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};

use crate::connect::postgres::Target;
use crate::error::{Error, Result};
use crate::row::ExistsRow;

/// The ending of its name, after the name of the server's own database.
const ENDING: &str = "_drill";

/// The comment that marks it.
const MARK: &str = "a drill of covibe-server restore";

/// The longest name of the server's own database to which the ending can be added, in bytes (PostgreSQL keeps 63).
const LONGEST: usize = 63 - ENDING.len();

/// An empty database of PostgreSQL beside the server's own, in the same cluster.
#[derive(Debug)]
pub struct DrillDatabase {
    admin_url: Secret,
    name: String,
}

impl DrillDatabase {
    /// Creates the database, whose name is that of the server's own and `_drill`. One that an interrupted drill left is
    /// removed first.
    ///
    /// # Errors
    ///
    /// [`Error::Schema`] if the owner of the tables may not create databases.
    #[boxed]
    pub async fn create(admin_url: &Secret) -> Result<Self> {
        let config = Target::parse(admin_url)?.config;
        let own = config.get_dbname().or(config.get_user()).unwrap_or_default();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        if own.len() > LONGEST || !own.chars().all(is_plain) {
            return Err(Error::Schema {
                problem: "The database for the drill can't be named after the server's own"
                    .to_owned(),
                fix: format!(
                    "Restore into an empty database by hand: a drill supports only names of at \
                     most {LONGEST} letters, digits, _, - and ."
                ),
            });
        }
        let database = Self { admin_url: admin_url.clone(), name: format!("{own}{ENDING}") };
        if database.has_interrupted().await? {
            database.remove_any().await?;
        }
        let create = format!("CREATE DATABASE \"{}\" TEMPLATE template0", database.name);
        database.run(&create).await?;
        let mark = format!("COMMENT ON DATABASE \"{}\" IS '{MARK}'", database.name);
        database.run(&mark).await?;
        Ok(database)
    }

    /// Returns the URL of a role with this database instead of the server's own.
    ///
    /// # Errors
    ///
    /// [`Error::Address`] if it is not an address of PostgreSQL.
    pub fn url(&self, of: &Secret) -> Result<Secret> {
        Target::parse(of)?;
        Ok(Secret::new(with_database(of.expose(), &self.name)))
    }

    /// Removes the database.
    #[boxed]
    pub async fn remove(self) -> Result<()> {
        self.remove_any().await
    }

    /// Returns whether an interrupted drill left the database. One of somebody else with its name is never removed.
    async fn has_interrupted(&self) -> Result<bool> {
        let query = "SELECT EXISTS (SELECT FROM pg_database \
                     WHERE datname = $1 AND shobj_description(oid, 'pg_database') = $2) AS found";
        let mut conn = Target::parse(&self.admin_url)?.connect().await?;
        let ExistsRow { found } = diesel::sql_query(query)
            .bind::<Text, _>(&self.name)
            .bind::<Text, _>(MARK)
            .get_result(&mut conn)
            .await?;
        Ok(found)
    }

    async fn remove_any(&self) -> Result<()> {
        self.run(&format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name)).await
    }

    async fn run(&self, statement: &str) -> Result<()> {
        let mut conn = Target::parse(&self.admin_url)?.connect().await?;
        conn.batch_execute(statement).await.map_err(|error| Error::Schema {
            problem: format!("`{statement}` failed: {error}"),
            fix: "Let the role of COVIBE_POSTGRES_ADMIN_URL create databases: as a superuser, \
                  `ALTER ROLE … CREATEDB`. If a database with that name was not created by a drill, remove it by hand"
                .to_owned(),
        })
    }
}

/// Returns a URL, or the words that PostgreSQL's own programs take, with another database.
fn with_database(url: &str, name: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        // The last word counts.
        return format!("{url} dbname={name}");
    };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = place.split('/').next().unwrap_or_default();
    // A parameter with a name of a database would win over the path.
    let words = query.split('&').filter(|word| !word.is_empty() && !word.starts_with("dbname="));
    let words: Vec<_> = words.collect();
    let query = if words.is_empty() { String::new() } else { format!("?{}", words.join("&")) };
    format!("{scheme}://{authority}/{name}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_drill_differs_only_in_the_database_name() {
        for (url, expected) in [
            ("postgres://a:b@db/covibe", "postgres://a:b@db/covibe_drill"),
            ("postgresql://a@db:5433", "postgresql://a@db:5433/covibe_drill"),
            (
                "postgres://a@/x?host=/run/pg&sslmode=disable",
                "postgres://a@/covibe_drill?host=/run/pg&sslmode=disable",
            ),
            (
                "postgres://a@db/x?dbname=live&sslmode=require",
                "postgres://a@db/covibe_drill?sslmode=require",
            ),
            ("postgres://a@db/x?dbname=live", "postgres://a@db/covibe_drill"),
            ("host=db user=a dbname=x", "host=db user=a dbname=x dbname=covibe_drill"),
        ] {
            assert_eq!(with_database(url, "covibe_drill"), expected);
        }
    }
}
