//! Databases, in their eight flavors.

mod connection_url;
mod create;
mod credentials;
mod lifecycle;
mod patch;

use covibe_domain::{DatabaseUuid, boxed};
use covibe_upstream::{Error, optional};

pub use create::{CreatedDatabase, NewDatabase};
pub use credentials::{Credentials, NoSuchCredential};
pub use patch::DatabasePatch;

use crate::answer_reading;
use crate::client::Client;
use crate::records::Database;

impl Client {
    /// Returns every database of the team, at most about two seconds old. [`Client::contents`] has
    /// those of a project, but for the kinds that [`Contents`](crate::Contents) lacks.
    #[boxed]
    pub async fn all_databases(&self) -> Result<Vec<Database>, Error> {
        let transport = self.common();
        let fetch = answer_reading::list(transport.get("/databases"));
        self.shared.databases.get(fetch).await
    }

    /// Returns one database, as it is now.
    #[boxed]
    pub async fn database(&self, uuid: &DatabaseUuid) -> Result<Database, Error> {
        self.transport.get("/databases/{uuid}").segment(uuid.as_str()).json_asked().await
    }

    /// Returns the same; `None` when it does not exist.
    #[boxed]
    pub async fn find_database(&self, uuid: &DatabaseUuid) -> Result<Option<Database>, Error> {
        optional(self.database(uuid).await)
    }
}
