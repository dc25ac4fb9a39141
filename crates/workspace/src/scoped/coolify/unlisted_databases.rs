//! The workspace's databases of kinds that an environment's answer lacks.
//!
//! Coolify lists those for the whole team only, which takes long. So their ids are noted when they are created. The
//! team's list is read only if it may have one that is not noted: after a creation whose outcome is unknown, and once
//! after each provisioning.

use std::slice;
use std::time::Duration;

use covibe_coolify::{Contents, CreatedDatabase, Database, NewDatabase};
use covibe_domain::entities::Flavor;
use covibe_domain::{DatabaseUuid, Failure, Located as _};
use covibe_policy::Owned;
use covibe_store::UnlistedDatabase;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Coolify;
use crate::journal::{WATCHED_FOR, log_unrecorded};
use crate::scoped::resource_access_errors::database_failure;

/// The number of databases that are read concurrently. All are read one by one, which counts against the workspace's
/// own share of the rate budget: the team's list would make Coolify read everybody's databases.
const AT_ONCE: usize = 4;

impl Coolify {
    /// Returns the workspace's databases that the contents of its project lack.
    pub(super) async fn unlisted_databases(&self) -> Result<Vec<Owned<Database>>, Failure> {
        let noted = self.noted_databases().await?;
        let (known, doubtful): (Vec<_>, Vec<_>) = noted.into_iter().partition(|it| it.is_known);
        let mut found = Vec::new();
        if !doubtful.is_empty() {
            // What is missing may have been created since somebody else read the list.
            self.client.forget_all_databases();
        }
        if !doubtful.is_empty() {
            found = self.read_unlisted(&doubtful).await?;
        }
        // Up to 4.3.2, of two databases of different kinds with one numeric id the team's list has one.
        let is_missing = |it: &UnlistedDatabase| found.iter().all(|each| each.id() != it.id);
        let missing: Vec<_> = known.into_iter().filter(is_missing).collect();
        found.extend(self.read_each(missing).await?);
        Ok(found)
    }

    /// Returns whether this is the noted uuid of a database of the workspace that the contents of its project lack.
    pub(in crate::scoped) async fn is_noted_database(&self, uuid: &str) -> Result<bool, Failure> {
        Ok(self.noted_databases().await?.iter().any(|it| it.is_known && it.id == uuid))
    }

    async fn noted_databases(&self) -> Result<Vec<UnlistedDatabase>, Failure> {
        let mut tx = self.origins.store.tenant_read(&self.origins.record.tenant).await?;
        let noted = tx.unlisted_databases(&self.origins.record.id).await?;
        tx.commit().await?;
        Ok(noted)
    }

    /// Reads noted databases one by one, and forgets those that are gone.
    async fn read_each(
        &self,
        noted: Vec<UnlistedDatabase>,
    ) -> Result<Vec<Owned<Database>>, Failure> {
        let read = async |each: UnlistedDatabase| match each.id.parse::<DatabaseUuid>() {
            Ok(uuid) => Ok::<_, Failure>(Some((each, self.client.find_database(&uuid).await?))),
            Err(_) => Ok(None),
        };
        let mut reads = stream::iter(noted).map(read).buffered(AT_ONCE);
        let (mut databases, mut gone) = (Vec::new(), Vec::new());
        while let Some(read) = reads.try_next().await? {
            match read {
                Some((_, Some(database))) => databases.push(database),
                Some((each, None)) => gone.push(each),
                None => {}
            }
        }
        drop(reads);
        self.note_unlisted(&[], &gone).await?;
        Ok(self.territory.boundary.keep(databases))
    }

    /// Reads the team's list, and notes its databases.
    ///
    /// A creation whose outcome is unknown is searched for until Coolify can no longer be carrying it out, even after a
    /// resource with its mark was found: Coolify may deliver a second one.
    async fn read_unlisted(
        &self,
        doubtful: &[UnlistedDatabase],
    ) -> Result<Vec<Owned<Database>>, Failure> {
        let mut found = self.territory.boundary.keep(self.client.all_databases().await?);
        found.retain(|each| each.flavor.is_none_or(is_unlisted));
        let known: Vec<_> =
            found.iter().map(|each| UnlistedDatabase::known_database(each.id())).collect();
        let over: Vec<_> = doubtful.iter().filter(|note| is_over(note)).cloned().collect();
        self.note_unlisted(&known, &over).await?;
        Ok(found)
    }

    /// Creates a database, and notes it if no list of the project will have it: its mark before the creation, so that
    /// it is found if this process dies meanwhile, and its id after it. If an earlier call with this mark had been
    /// noted, the note stays: that call's request may still be carried out.
    pub(super) async fn create_noted(
        &self,
        flavor: Flavor,
        new: &NewDatabase,
    ) -> Result<CreatedDatabase, Failure> {
        let create = async || {
            let created = self.client.create_database(self.place()?, flavor, new).await;
            created.map_err(database_failure)
        };
        let mark = new.description.mark.as_ref().filter(|_| is_unlisted(flavor));
        let Some(mark) = mark.map(|mark| UnlistedDatabase::doubtful(mark.as_str())) else {
            return create().await;
        };
        let is_first = self.note_unlisted(slice::from_ref(&mark), &[]).await?;
        let created = create().await;
        let is_in_doubt = created.as_ref().is_err_and(Failure::is_in_doubt);
        let over = if is_first && !is_in_doubt { slice::from_ref(&mark) } else { &[] };
        let known = created.iter().map(|it| UnlistedDatabase::known_database(it.uuid.as_str()));
        let known: Vec<_> = known.collect();
        log_unrecorded(self.note_unlisted(&known, over).await.map(drop));
        created
    }

    /// Adds and removes notes. Returns whether none of the added ones existed before.
    async fn note_unlisted(
        &self,
        noted: &[UnlistedDatabase],
        over: &[UnlistedDatabase],
    ) -> Result<bool, Failure> {
        if noted.is_empty() && over.is_empty() {
            return Ok(true);
        }
        let mut is_first = true;
        let mut tx = self.origins.store.tenant(&self.origins.record.tenant).await?;
        for each in noted {
            is_first &= tx.put_unlisted_database(&self.origins.record.id, each).await?;
        }
        for each in over {
            tx.delete_unlisted_database(&self.origins.record.id, each).await?;
        }
        tx.commit().await?;
        Ok(is_first)
    }
}

fn is_unlisted(flavor: Flavor) -> bool {
    Contents::UNLISTED.contains(&flavor)
}

/// Returns whether a note is no longer a reason to read the team's list, after that was read: Coolify can no longer be
/// carrying out the creation.
fn is_over(note: &UnlistedDatabase) -> bool {
    note.noted_at.age() > if note.id.is_empty() { Duration::ZERO } else { WATCHED_FOR }
}
