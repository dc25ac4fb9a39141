//! The tests' throwaway PostgreSQL as a process of its own, for `cargo xtask bench`.
//!
//! Prints the server's variables for an empty database as one JSON object, and those of another one for
//! each line that it reads, until its standard input ends.

use std::io;

use covibe_crypto::SecretBox;
use covibe_testkit_http::postgres::Postgres;
use serde_json::json;

use super::Outcome;

/// Prints the variables of a database, and those of another one for each line of standard input.
pub(super) fn serve() -> Outcome<()> {
    let postgres =
        Postgres::shared().ok_or("no PostgreSQL: `cargo xtask test` says how to get it")?;
    print_fresh(postgres);
    for line in io::stdin().lines() {
        line?;
        print_fresh(postgres);
    }
    Ok(())
}

fn print_fresh(postgres: &Postgres) {
    let database = postgres.empty_database();
    let variables = json!({
        "DATABASE_URL": database.runtime_url.expose(),
        "COVIBE_POSTGRES_ADMIN_URL": database.admin_url.expose(),
        "VIBN_SECRETS_KEY": SecretBox::fresh_config().expose(),
    });
    println!("{variables}");
}
