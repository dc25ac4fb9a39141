//! The workspace's databases of the kinds that an environment's answer lacks.
//!
//! Coolify lists those for the whole team only, which takes long. So their ids are noted when they are
//! created. The team's list is read only if it may have one that is not noted: after a creation whose
//! outcome is unknown, and once after each provisioning.

use covibe_coolify::{Contents, CreatedDatabase, Database, NewDatabase};
use covibe_domain::entities::Flavor;
use covibe_domain::{DatabaseUuid, Failure, Located as _, Timestamp};
use covibe_policy::Owned;
use covibe_store::UnlistedDatabase;

use super::Coolify;
use crate::clock::millis;
use crate::journal::{WATCHED_FOR, log_unrecorded};
use crate::scoped::errors::database_failure;

impl Coolify {
    /// Returns the workspace's databases that the contents of its project lack.
    pub(super) async fn unlisted_databases(&self) -> Result<Vec<Owned<Database>>, Failure> {
        let mut tx = self.origins.store.tenant_read(&self.origins.tenant).await?;
        let noted = tx.unlisted_databases(&self.origins.workspace).await?;
        tx.commit().await?;
        let (known, doubtful): (Vec<_>, Vec<_>) = noted.into_iter().partition(|it| it.is_known);
        let mut found =
            if doubtful.is_empty() { Vec::new() } else { self.read_unlisted(&doubtful).await? };
        // Up to 4.3.2, of two databases of different kinds with one numeric id the team's list has one.
        let is_missing = |it: &UnlistedDatabase| found.iter().all(|each| each.id() != it.id);
        let missing: Vec<_> = known.into_iter().filter(is_missing).collect();
        found.extend(self.read_each(missing).await?);
        Ok(found)
    }

    /// Reads noted databases one by one, and forgets those that are gone.
    async fn read_each(
        &self,
        noted: Vec<UnlistedDatabase>,
    ) -> Result<Vec<Owned<Database>>, Failure> {
        let (mut databases, mut gone) = (Vec::new(), Vec::new());
        for each in noted {
            let Ok(uuid) = each.id.parse::<DatabaseUuid>() else { continue };
            match self.client.find_database(&uuid).await? {
                Some(database) => databases.push(database),
                None => gone.push(each.id),
            }
        }
        self.note_unlisted(&[], &gone).await?;
        Ok(self.boundary.keep(databases))
    }

    /// Reads the team's list, and notes what it has. A creation whose outcome is unknown is looked
    /// for until Coolify can no longer be carrying it out.
    async fn read_unlisted(
        &self,
        doubtful: &[UnlistedDatabase],
    ) -> Result<Vec<Owned<Database>>, Failure> {
        let mut found = self.boundary.keep(self.client.all_databases().await?);
        found.retain(|each| each.flavor.is_none_or(is_unlisted));
        let has_mark = |each: &Owned<Database>, text: &str| {
            each.description.mark.as_ref().is_some_and(|mark| mark.as_str() == text)
        };
        let is_over = |note: &&UnlistedDatabase| {
            let is_found = found.iter().any(|each| has_mark(each, &note.id));
            note.id.is_empty() || is_found || is_old(note)
        };
        let over: Vec<_> = doubtful.iter().filter(is_over).map(|it| it.id.clone()).collect();
        let known: Vec<_> = found.iter().map(|each| UnlistedDatabase::known(each.id())).collect();
        self.note_unlisted(&known, &over).await?;
        Ok(found)
    }

    /// Creates a database, and notes it if no list of the project will have it: its mark before, so
    /// that it is found if this process dies meanwhile, and its id after.
    pub(super) async fn create_noted(
        &self,
        flavor: Flavor,
        new: &NewDatabase,
    ) -> Result<CreatedDatabase, Failure> {
        let create = async || {
            let created = self.client.create_database(&self.placement, flavor, new).await;
            created.map_err(database_failure)
        };
        let mark = new.description.mark.as_ref().filter(|_| is_unlisted(flavor));
        let Some(mark) = mark.map(ToString::to_string) else { return create().await };
        self.note_unlisted(&[UnlistedDatabase::doubtful(&mark)], &[]).await?;
        let created = create().await;
        let known = created.iter().map(|it| UnlistedDatabase::known(it.uuid.as_str()));
        let known: Vec<_> = known.collect();
        if !created.as_ref().is_err_and(Failure::is_in_doubt) {
            log_unrecorded(self.note_unlisted(&known, &[mark]).await);
        }
        created
    }

    /// Keeps and drops notes.
    async fn note_unlisted(
        &self,
        noted: &[UnlistedDatabase],
        over: &[String],
    ) -> Result<(), Failure> {
        if noted.is_empty() && over.is_empty() {
            return Ok(());
        }
        let mut tx = self.origins.store.tenant(&self.origins.tenant).await?;
        for each in noted {
            tx.put_unlisted_database(&self.origins.workspace, each).await?;
        }
        for id in over {
            tx.delete_unlisted_database(&self.origins.workspace, id).await?;
        }
        Ok(tx.commit().await?)
    }
}

fn is_unlisted(flavor: Flavor) -> bool {
    Contents::UNLISTED.contains(&flavor)
}

/// Whether Coolify can no longer be carrying out a creation.
fn is_old(note: &UnlistedDatabase) -> bool {
    Timestamp::now().as_millis() - note.noted_at.as_millis() > millis(WATCHED_FOR)
}
