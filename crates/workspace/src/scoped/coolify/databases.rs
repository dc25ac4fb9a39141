//! The workspace's databases.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use covibe_coolify::{
    CreatedDatabase, Database, DatabasePatch, NewDatabase, StartOutcome, Volumes,
};
use covibe_domain::entities::Flavor;
use covibe_domain::{DatabaseUuid, Deployable, Failure, KeyedTurn, boxed};
use covibe_policy::{Owned, public_port};

use super::Coolify;
use super::queue::StartPlace;
use super::rejected_versions::Version;
use super::resource_origin::marked_description;
use crate::scoped::resource_access_errors::{
    database_failure, no_public_port, too_many_public_ports,
};

impl Coolify {
    /// Returns the workspace's databases.
    #[boxed]
    pub async fn databases(&self) -> Result<Vec<Owned<Database>>, Failure> {
        let contents = self.contents().await?;
        let mut databases = self.territory.boundary.keep(contents.databases.iter().cloned());
        databases.extend(self.unlisted_databases().await?);
        self.without_strays(databases).await
    }

    /// Chooses a port of the range that no database of this Coolify has, public or not, and that the platform does not
    /// need. Another call may choose the same port before Coolify stores it.
    ///
    /// # Errors
    ///
    /// Conflict if none is left.
    #[boxed]
    pub async fn free_public_port(&self, among: RangeInclusive<u16>) -> Result<u16, Failure> {
        let databases = self.client.all_databases().await?;
        let taken: HashSet<_> = databases.iter().filter_map(|each| each.public_port).collect();
        any_public_port(among, |port| taken.contains(&port))
    }

    /// Waits for the tenant's turn to give a database one more port of the range, and checks that the tenant's
    /// databases have less than half of the range. Those that are private count, too, because Coolify keeps their
    /// ports. `held` is the port that the database has, and `wanted` the one that the caller names. Returns `None` if
    /// the database gets no further port of the range.
    ///
    /// Keep the turn until Coolify has stored the port: otherwise calls at once would see the same databases, and
    /// exceed the limit together. Each further instance of the server can exceed it by one port.
    ///
    /// # Errors
    ///
    /// Conflict if the tenant's databases have half of the range.
    #[boxed]
    pub async fn public_port_turn(
        &self,
        among: RangeInclusive<u16>,
        held: Option<u16>,
        wanted: Option<u16>,
    ) -> Result<Option<KeyedTurn>, Failure> {
        let is_among = |port: u16| among.contains(&port);
        if held.is_some_and(is_among) || wanted.is_some_and(|port| !is_among(port)) {
            return Ok(None);
        }
        let all = among.len() as u64;
        let (most, turns) = (all.div_ceil(2), &self.cell.resources.public_port_turns);
        let turn = turns.acquire(&self.origins.record.tenant).await;
        if self.has_fewer_ports(&among, most).await? {
            Ok(Some(turn))
        } else {
            Err(too_many_public_ports(most, all))
        }
    }

    /// Returns whether the databases of the tenant's workspaces have fewer ports of the range than that. Their marks
    /// tell them from those of others.
    async fn has_fewer_ports(
        &self,
        among: &RangeInclusive<u16>,
        most: u64,
    ) -> Result<bool, Failure> {
        let (store, tenant) = (&self.origins.store, &self.origins.record.tenant);
        let mut tx = store.tenant_read(tenant).await?;
        let creations = tx.count_creations_of_tenant().await?;
        tx.commit().await?;
        // One of them is that of the database that gets a port. The list of all databases, which grows with what others
        // have, is read for few tenants.
        if creations <= most {
            return Ok(true);
        }
        let databases = self.client.all_databases().await?;
        let holders = databases
            .iter()
            .filter(|each| each.public_port.is_some_and(|port| among.contains(&port)));
        let marks = holders.filter_map(|each| each.description.mark.as_ref());
        let marks: Vec<_> = marks.map(ToString::to_string).collect();
        let mut tx = store.tenant_read(tenant).await?;
        let held = tx.count_marks_of_tenant(&marks).await?;
        tx.commit().await?;
        Ok(held < most)
    }

    /// Returns a database of the workspace.
    #[boxed]
    pub async fn database(&self, uuid: &DatabaseUuid) -> Result<Owned<Database>, Failure> {
        let found = self.client.database(uuid).await;
        let found = self.admit(found, uuid.as_str(), "databases.list")?;
        self.cell.queue.starts.note_state(&Deployable::Database(uuid.clone()), found.status.state);
        self.unless_hand_made(found).await
    }

    /// Creates a database without starting it.
    #[boxed]
    pub async fn create_database(
        &self,
        flavor: Flavor,
        new: &NewDatabase,
    ) -> Result<CreatedDatabase, Failure> {
        self.create_noted(flavor, new).await
    }

    /// Updates a database.
    #[boxed]
    pub async fn update_database(
        &self,
        database: &Owned<Database>,
        patch: &DatabasePatch,
    ) -> Result<(), Failure> {
        let description = marked_description(&database.description, patch.description.as_ref())?;
        let patch = DatabasePatch { description, ..patch.clone() };
        self.client.update_database(&database.uuid, &patch).await.map_err(database_failure)
    }

    /// Starts a stopped database with its current settings in this place. If Coolify considers it running, it is
    /// restarted if `restarts`, and left alone otherwise.
    ///
    /// # Errors
    ///
    /// Rejected if its container was ended because of a label, and its image is the same.
    #[boxed]
    pub async fn start_database(
        &self,
        database: &Owned<Database>,
        restarts: bool,
        place: StartPlace,
    ) -> Result<(), Failure> {
        let uuid = &database.uuid;
        self.check_version(uuid.as_str(), Version::from_database(database)).await?;
        self.cell.resources.acted_on.note(uuid.as_str());
        let start = async {
            if !restarts {
                return Ok(self.client.start_database(uuid).await?);
            }
            // Its own route for starts refuses what Coolify takes for running, which may be five minutes old (4.3.11); the
            // one for restarts starts also what does not run.
            self.client.restart_database(uuid).await?;
            Ok(StartOutcome::Queued)
        };
        place.request(start, |started| *started == StartOutcome::Queued).await.map(drop)
    }

    /// Queues the deletion of a database.
    #[boxed]
    pub async fn delete_database(
        &self,
        database: &Owned<Database>,
        volumes: Volumes,
    ) -> Result<(), Failure> {
        self.note_deletion(database.uuid.as_str(), database.server.as_ref()).await?;
        self.end_starts(&Deployable::Database(database.uuid.clone())).await?;
        self.client.delete_database(&database.uuid, volumes).await?;
        self.forget_rejection(database.uuid.as_str()).await.map_err(Failure::in_doubt)
    }

    /// Returns whether a database of the workspace still exists.
    #[boxed]
    pub async fn has_database(&self, database: &Owned<Database>) -> Result<bool, Failure> {
        Ok(self.client.find_database(&database.uuid).await?.is_some())
    }
}

/// Chooses a random port of the range, so that two calls at once rarely choose the same one, but none that is taken or
/// that the platform needs.
///
/// # Errors
///
/// Conflict if none is left.
pub fn any_public_port(
    among: RangeInclusive<u16>,
    is_taken: impl Fn(u16) -> bool,
) -> Result<u16, Failure> {
    let is_free = |port: &u16| !is_taken(*port) && public_port(*port, None).is_ok();
    let free: Vec<_> = among.filter(is_free).collect();
    let random = u32::from_le_bytes(covibe_crypto::random()) as usize;
    let chosen = free.get(random.checked_rem(free.len()).unwrap_or_default());
    chosen.copied().ok_or_else(no_public_port)
}
