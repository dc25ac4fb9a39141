//! Changes to a database.

use covibe_domain::{DatabaseUuid, boxed};
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::container_limits::Limits;
use covibe_upstream::{Cause, Conflict, Effect, Error};

/// The changes to a database; `None` keeps a value.
///
/// It has no credentials: once the database has been started, a change of them changes the URL that
/// Coolify returns and not the data, and Coolify accepts and drops a change of a Redis's (4.3.11).
#[derive(Clone, Debug, Default)]
pub struct DatabasePatch {
    /// Its name, at most 255 characters.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// The image to run from the next start on.
    pub image: Option<String>,
    /// Reachable from outside. To switch it on takes `public_port` in the same patch: without,
    /// Coolify writes it down and opens nothing.
    pub is_public: Option<bool>,
    /// The port to reach it on from outside; not checked by Coolify, which takes 1024 to 65535 only
    /// when a database is made.
    pub public_port: Option<u16>,
    /// Its limits from the next start on.
    pub limits: Limits,
}

impl DatabasePatch {
    fn body(&self) -> Map<String, Value> {
        let texts =
            [("name", &self.name), ("description", &self.description), ("image", &self.image)];
        let mut body: Map<_, _> = texts
            .into_iter()
            .filter_map(|(field, value)| Some((field.to_owned(), json!(value.as_ref()?))))
            .collect();
        body.extend(self.is_public.map(|on| ("is_public".to_owned(), json!(on))));
        body.extend(self.public_port.map(|port| ("public_port".to_owned(), json!(port))));
        self.limits.add_to(&mut body);
        body
    }
}

impl Client {
    /// Changes a database; an empty patch sends nothing.
    ///
    /// A port that another public database of the team has is a [`Conflict::Port`]. Coolify 4.3.11
    /// would store it and fail to open it, so the list of databases is read first.
    #[boxed]
    pub async fn update_database(
        &self,
        uuid: &DatabaseUuid,
        patch: &DatabasePatch,
    ) -> Result<(), Error> {
        let body = patch.body();
        if body.is_empty() {
            return Ok(());
        }
        if let Some(port) = patch.public_port.filter(|_| patch.is_public == Some(true)) {
            self.check_port_free(uuid, port).await?;
        }
        let (_changing, _listed) = (self.changing(), self.shared.databases.changing());
        let request = self.transport.patch("/databases/{uuid}").segment(uuid.as_str());
        request.body(Value::Object(body)).repeatable().execute().await
    }

    async fn check_port_free(&self, uuid: &DatabaseUuid, port: u16) -> Result<(), Error> {
        let others = self.all_databases().await?;
        let mut others = others.iter().filter(|one| one.uuid != *uuid && one.is_public);
        if !others.any(|one| one.public_port == Some(port)) {
            return Ok(());
        }
        Err(Error {
            upstream: "Coolify",
            method: "PATCH",
            path: "/databases/{uuid}",
            cause: Cause::Conflict(Conflict::Port),
            effect: Effect::None,
        })
    }
}
