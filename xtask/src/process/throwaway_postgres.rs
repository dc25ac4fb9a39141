//! A throwaway PostgreSQL, which an example of the harness starts.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use tokio::process::Command;

use super::Process;

/// The variables with which the server uses a database.
pub(crate) type Variables = BTreeMap<String, String>;

/// A running PostgreSQL. It ends when this is dropped.
pub(crate) struct Postgres {
    process: Process,
    /// A database that is not used yet.
    next: Variables,
}

impl Postgres {
    /// Starts one by the program `measure`, an example of `covibe-testkit-http`, whose log is in `scratch`.
    pub(crate) async fn start(measure: &Path, scratch: &Path) -> Result<Self> {
        let mut command = Command::new(measure);
        command.arg("postgres");
        let (process, line) = Process::start(&mut command, &Variables::new(), scratch).await?;
        Ok(Self { process, next: serde_json::from_str(&line)? })
    }

    /// Returns the variables of an empty database.
    pub(crate) async fn database(&mut self) -> Result<Variables> {
        let following = serde_json::from_str(&self.process.ask().await?)?;
        Ok(std::mem::replace(&mut self.next, following))
    }
}

/// Returns the folder of the socket by which a database is reached.
pub(crate) fn socket_folder(database: &Variables) -> Result<&str> {
    let url = database.get("DATABASE_URL").context("the database has no address")?;
    let (_, folder) = url.split_once("host=").context("the database has no socket")?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_folder_is_parsed_from_the_database_url() {
        let url = "postgres://covibe:covibe@/covibe?host=/tmp/cluster".to_owned();
        let database = Variables::from([("DATABASE_URL".to_owned(), url)]);
        assert_eq!(socket_folder(&database).unwrap(), "/tmp/cluster");
        assert!(socket_folder(&Variables::new()).is_err());
    }
}
