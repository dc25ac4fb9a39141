//! The tests' throwaway PostgreSQL as a process of its own, for `cargo xtask bench`.
//!
//! Prints the server's variables for an empty database as one JSON object, and those of another one for
//! each line that it reads, until its standard input ends. A process of its own, because the commands
//! must run while our crates do not compile.
#![expect(clippy::print_stdout, reason = "the variables on stdout are the example's interface")]

use std::error::Error;
use std::io;

use covibe_crypto::SecretBox;
use covibe_testkit::postgres::Postgres;
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
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
