//! Notes on compose apps whose file was written, and which were not started since.
//!
//! The journal has the note before the file is sent, so that it outlives a lost answer and the process. While the
//! lease of the call lasts, Coolify may still store the file, also after a start with an earlier one.

use std::time::{Duration, Instant};

use covibe_compose::normal_form;
use covibe_coolify::{Mark, Service};
use covibe_crypto::digest;
use covibe_domain::{Failure, Timestamp, boxed};
use covibe_policy::Owned;
use covibe_store::{Creation, NewCreation, Tx};

use super::Coolify;
use crate::journal::log_unrecorded;

/// The kind of the entries in the journal.
const KIND: &str = "compose file";

/// The digest where Coolify may still store one of several files.
const SEVERAL: &str = "";

/// The number of times that a call notes its file again that another call overtakes.
const MAX_ATTEMPTS: usize = 5;

/// The note of a call that sends a file.
#[derive(Debug)]
pub struct NotedFile {
    /// The entry as the call wrote it.
    entry: Creation,
    /// The entry as it was before.
    earlier: Option<Creation>,
}

impl Coolify {
    /// Returns what was noted of a service whose containers may be those of an earlier file.
    #[boxed]
    pub async fn noted_file(&self, service: &Owned<Service>) -> Result<Option<String>, Failure> {
        let entry = self.unstarted_entry(service).await?;
        Ok(entry.map(|entry| entry.uuid.unwrap_or_default()))
    }

    /// Notes that a file is about to be sent by a call with this deadline. The note replaces an earlier one.
    ///
    /// # Errors
    ///
    /// Conflict if other calls write files of the service all the time.
    #[boxed]
    pub async fn note_unstarted(
        &self,
        service: &Owned<Service>,
        file: &str,
        note: &str,
        deadline: Instant,
    ) -> Result<NotedFile, Failure> {
        let lease = deadline.saturating_duration_since(Instant::now()) + self.late;
        for _ in 0..MAX_ATTEMPTS {
            let mut tx = self.origins.store.tenant(&self.origins.record.tenant).await?;
            if let Some(noted) = self.try_note(&mut tx, service, file, note, lease).await? {
                tx.commit().await?;
                return Ok(noted);
            }
        }
        let message = "Other calls change the app's compose file at the same time.";
        Err(Failure::conflict(message).hint("Nothing was changed. Repeat the call."))
    }

    /// Returns nothing if another call was faster.
    async fn try_note(
        &self,
        tx: &mut Tx,
        service: &Owned<Service>,
        file: &str,
        note: &str,
        lease: Duration,
    ) -> Result<Option<NotedFile>, Failure> {
        let record = &self.origins.record;
        let earlier = tx.creation_by_name(&record.id, KIND, service.uuid.as_str()).await?;
        let sent = file_digest(file).unwrap_or_default();
        let (new, until) = if let Some(entry) = &earlier {
            let digest = if may_follow(entry, &sent, service) { SEVERAL } else { &sent };
            let lease = lease.max(entry.lease_left);
            let until = tx.claim_creation(&entry.id, entry.lease_until, lease, digest).await?;
            (Creation { digest: digest.to_owned(), ..entry.clone() }, until)
        } else {
            let new = self.new_entry(service, sent);
            let until = tx.insert_creation(&new, lease).await?;
            (entry_of(new), until)
        };
        let Some(lease_until) = until else { return Ok(None) };
        let entry = Creation { lease_until, uuid: Some(note.to_owned()), ..new };
        tx.set_creation_uuid(&entry.id, note).await?;
        Ok(Some(NotedFile { entry, earlier }))
    }

    fn new_entry(&self, service: &Owned<Service>, digest: String) -> NewCreation {
        NewCreation {
            id: Mark::from_random(covibe_crypto::random()).to_string(),
            workspace: self.origins.record.id.clone(),
            kind: KIND.to_owned(),
            name: service.uuid.to_string(),
            digest,
            started_at: Timestamp::now(),
        }
    }

    /// Notes that the file was stored: the next start is one with it, unless an earlier call's file may follow.
    #[boxed]
    pub async fn settle_unstarted(&self, noted: NotedFile) {
        let NotedFile { entry, earlier } = noted;
        let earlier = earlier.filter(|_| entry.digest == SEVERAL);
        let lease_until = earlier.map_or(Timestamp::from_millis(0), |entry| entry.lease_until);
        let settled = Creation { lease_until, ..entry.clone() };
        log_unrecorded(self.replace(&entry, &settled, false).await);
    }

    /// Takes a note back, because the file was not stored and will not be.
    #[boxed]
    pub async fn undo_unstarted(&self, noted: NotedFile) {
        let NotedFile { entry, earlier } = noted;
        let is_first = earlier.is_none();
        let before = earlier.unwrap_or_else(|| entry.clone());
        log_unrecorded(self.replace(&entry, &before, is_first).await);
    }

    /// Replaces an entry, or deletes it, unless another call has changed it.
    async fn replace(&self, old: &Creation, new: &Creation, deletes: bool) -> Result<(), Failure> {
        let mut tx = self.origins.store.tenant(&self.origins.record.tenant).await?;
        if tx.replace_creation(old.lease_until, new).await? && deletes {
            tx.delete_creation(&new.id).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Returns the entry of a service whose start is about to be requested, if that start ends what is noted.
    pub(super) async fn startable(&self, service: &Owned<Service>) -> Option<Creation> {
        let entry = self.unstarted_entry(service).await;
        let log = |error: &_| {
            tracing::warn!(%error, "the record of a compose file that was saved but not started could not be read");
        };
        let entry = entry.inspect_err(log).ok()??;
        let has_it = service.compose().and_then(file_digest).as_ref() == Some(&entry.digest);
        (has_it || entry.lease_left.is_zero()).then_some(entry)
    }

    /// Removes the note of a service that starts, unless another file was noted since.
    pub(super) async fn end_unstarted(&self, startable: Option<Creation>) {
        let Some(entry) = startable else { return };
        let end = async {
            let mut tx = self.origins.store.tenant(&self.origins.record.tenant).await?;
            tx.delete_creation_of(&entry.id, &entry.digest).await?;
            Ok(tx.commit().await?)
        };
        log_unrecorded(end.await);
    }

    /// Removes the note of a service.
    pub(super) async fn forget_unstarted(&self, service: &Owned<Service>) -> Result<(), Failure> {
        let Some(entry) = self.unstarted_entry(service).await? else { return Ok(()) };
        let mut tx = self.origins.store.tenant(&self.origins.record.tenant).await?;
        tx.delete_creation(&entry.id).await?;
        Ok(tx.commit().await?)
    }

    async fn unstarted_entry(&self, service: &Owned<Service>) -> Result<Option<Creation>, Failure> {
        let record = &self.origins.record;
        let mut tx = self.origins.store.tenant_read(&record.tenant).await?;
        let entry = tx.creation_by_name(&record.id, KIND, service.uuid.as_str()).await?;
        tx.commit().await?;
        Ok(entry)
    }
}

/// Returns whether Coolify may still store the file of an earlier call, after this one.
fn may_follow(earlier: &Creation, sent: &str, service: &Service) -> bool {
    let present = service.compose().and_then(file_digest);
    !earlier.lease_left.is_zero()
        && earlier.digest != sent
        && present.as_ref() != Some(&earlier.digest)
}

fn entry_of(new: NewCreation) -> Creation {
    let NewCreation { id, workspace, kind, name, digest, started_at } = new;
    let (uuid, lease_until, lease_left) = (None, Timestamp::from_millis(0), Duration::ZERO);
    Creation { id, workspace, kind, name, digest, uuid, lease_until, lease_left, started_at }
}

/// Returns a digest that all files have which say the same.
fn file_digest(file: &str) -> Option<String> {
    normal_form(file).map(|form| digest(&form).to_string())
}
