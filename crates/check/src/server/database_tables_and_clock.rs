//! The checks of the tables and of the clock of the database. Correct ones have no line.

use covibe_store::{DatabaseDescription, Store};

use crate::check_outcome::{Check, broken, warned_check};
use crate::clock_skew;

/// Looks at what the database says of itself.
pub(crate) async fn checks(store: Option<&Store>) -> Vec<Check> {
    let Some(store) = store else { return Vec::new() };
    match store.describe().await {
        Ok(it) => [schema(&it), month(&it), clock_skew::database(it.ahead)]
            .into_iter()
            .flatten()
            .collect(),
        Err(error) => vec![broken("database.schema", &error)],
    }
}

fn schema(of: &DatabaseDescription) -> Option<Check> {
    let unknown = of.unknown_migrations.join(", ");
    let says = format!(
        "a release later than this one made the migrations {unknown}: run that release, unless \
         servers are being replaced one by one"
    );
    (!unknown.is_empty()).then(|| warned_check("database.schema", says))
}

fn month(of: &DatabaseDescription) -> Option<Check> {
    let says = "the table of this month's audit is missing, so its entries are in the default table, \
                and tables of old months can't be dropped: run `covibe-server migrate`";
    (!of.has_audit_month).then(|| warned_check("database.audit", says))
}

/// Returns what mends an error of opening the database, as far as its text tells.
pub(crate) fn mend(says: &str) -> Option<&'static str> {
    let has = |part: &str| says.contains(part);
    let is_missing = |what: &str| has(what) && has("does not exist");
    Some(if has("password authentication failed") || is_missing("role ") {
        "set the role and its password in DATABASE_URL; `covibe-server migrate` creates the role \
         if it is missing"
    } else if is_missing("database ") {
        "name an existing database in DATABASE_URL, or create it with `createdb`, then run \
         `covibe-server migrate`"
    } else if has("too many clients") || has("connection slots") || has("too many connections") {
        "raise max_connections of PostgreSQL, or end other sessions"
    } else if has("malformed") || has("not a database") || has("damaged") {
        "stop the server, move the file away, and run `covibe-server restore` with the last backup"
    } else if has("nothing listens")
        || has("resolved")
        || has("refused")
        || has("could not be reached")
        || has("connecting")
        || has("timed out")
    {
        "start PostgreSQL, or set its address in DATABASE_URL"
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description_ahead_by() -> DatabaseDescription {
        DatabaseDescription {
            engine: "PostgreSQL 15".to_owned(),
            bytes: 1,
            schema: Vec::new(),
            unknown_migrations: Vec::new(),
            ahead: 0,
            has_audit_month: true,
        }
    }

    #[test]
    fn unknown_migrations_and_a_missing_audit_month_are_reported() {
        let mut of = description_ahead_by();
        assert!(schema(&of).is_none() && month(&of).is_none());
        (of.unknown_migrations, of.has_audit_month) = (vec!["0099".to_owned()], false);
        assert!(schema(&of).unwrap().says.contains("0099"));
        assert!(month(&of).unwrap().says.contains("migrate"));
    }

    #[test]
    fn common_database_errors_get_a_remedy() {
        for text in [
            "password authentication failed for user \"a\"",
            "role \"a\" does not exist",
            "database \"a\" does not exist",
            "sorry, too many clients already",
            "database disk image is malformed",
        ] {
            assert!(mend(text).is_some(), "{text}");
        }
    }
}
