//! A check of development builds: each statement of a tenant's transaction on SQLite names the tenant.
//!
//! A statement without that filter affects the rows of all tenants. PostgreSQL's policies hide those of others
//! from it; SQLite has none, so the tests that run there find it.

use std::fmt::{self, Write};
use std::sync::OnceLock;

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::sql_types::Text;
use diesel::{
    Connection as _, QueryResult, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query,
};

/// The tables with a column `tenant_id`.
static TABLES: OnceLock<Vec<String>> = OnceLock::new();

/// Looks at each statement of a tenant's transaction.
struct TenantGuard {
    tables: &'static [String],
}

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Checks the statements of a connection from now on if its transaction is a tenant's, and otherwise none.
pub(crate) fn set_guard(conn: &mut SqliteConnection, is_tenants: bool) -> QueryResult<()> {
    if !is_tenants {
        conn.set_instrumentation(None::<TenantGuard>);
        return Ok(());
    }
    let tables = match TABLES.get() {
        Some(tables) => tables,
        None => TABLES.get_or_init({
            let tables = tables_of_tenants(conn)?;
            || tables
        }),
    };
    conn.set_instrumentation(TenantGuard { tables });
    Ok(())
}

fn tables_of_tenants(conn: &mut SqliteConnection) -> QueryResult<Vec<String>> {
    let tables = sql_query(
        "SELECT t.name FROM sqlite_master t JOIN pragma_table_info(t.name) c \
         WHERE t.type = 'table' AND c.name = 'tenant_id'",
    );
    let tables: Vec<Table> = tables.load(conn)?;
    Ok(tables.into_iter().map(|table| table.name).collect())
}

impl Instrumentation for TenantGuard {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let statement = text_of(query);
            let table = unfiltered_table(&statement, self.tables);
            assert!(
                table.is_none(),
                "a statement for one tenant does not filter by tenant: {statement}"
            );
        }
    }
}

/// The text that diesel (2.3) writes between a statement and its values.
const BINDS: &str = "-- binds:";

/// Takes a statement's text, and ends the writing at its values: those of a large text take longer to write than the
/// statement to run.
#[derive(Default)]
struct WithoutValues(String);

impl Write for WithoutValues {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        if part.contains(BINDS) {
            return Err(fmt::Error);
        }
        self.0.push_str(part);
        Ok(())
    }
}

/// Returns the text of a statement without its values.
fn text_of(statement: &dyn fmt::Display) -> String {
    let mut text = WithoutValues::default();
    // An error is the end of the text.
    let _ended = write!(text, "{statement}");
    text.0
}

/// The beginning of a statement that sums up rows of all tenants on purpose.
const OF_ALL_TENANTS: &str = "/* of all tenants */ ";

/// Returns a table of tenants that a statement uses without a condition on their column, or, for an insertion, without
/// a value of it.
fn unfiltered_table<'a>(statement: &str, tables: &'a [String]) -> Option<&'a String> {
    // Most statements are found to have the condition without a look at each of their words.
    if ["tenant_id` = ", "tenant_id = "].iter().any(|filter| statement.contains(filter))
        || statement.starts_with(OF_ALL_TENANTS)
    {
        return None;
    }
    let is_separator = |c: char| !c.is_alphanumeric() && c != '_';
    // The words are looked at once, not once for each table: this runs for each statement of a test.
    let mut words = statement.split(is_separator);
    let names_tenant = || statement.split(is_separator).any(|word| word == "tenant_id");
    if statement.starts_with("INSERT") && names_tenant() {
        return None;
    }
    words.find_map(|word| tables.iter().find(|table| *table == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detects_statements_on_tenant_tables_that_do_not_name_the_tenant() {
        let tables = ["apps".to_owned()];
        let unfiltered = |sql: &str| unfiltered_table(sql, &tables).is_some();
        assert!(unfiltered("DELETE FROM `apps` WHERE `apps`.`id` = ?"));
        assert!(unfiltered("SELECT count(*) FROM apps"));
        assert!(unfiltered("SELECT `apps`.`tenant_id` FROM `apps`"));
        assert!(unfiltered("INSERT INTO `apps` (`id`) VALUES (?)"));
        assert!(!unfiltered("INSERT INTO `apps` (`id`, `tenant_id`) VALUES (?, ?)"));
        assert!(!unfiltered("DELETE FROM `apps` WHERE `apps`.`tenant_id` = ?"));
        assert!(!unfiltered("SELECT `users`.`id` FROM `users`"));
        assert!(!unfiltered("/* of all tenants */ SELECT count(*) FROM apps"));
        assert!(!unfiltered("BEGIN IMMEDIATE"));
    }

    #[test]
    fn the_text_of_a_statement_ends_at_its_values() {
        let query = sql_query("DELETE FROM apps WHERE id = ?").bind::<Text, _>("tenant_id = ");
        let statement = diesel::debug_query::<diesel::sqlite::Sqlite, _>(&query);
        assert!(statement.to_string().contains("tenant_id"));
        assert_eq!(text_of(&statement).trim_end(), "DELETE FROM apps WHERE id = ?");
    }
}
