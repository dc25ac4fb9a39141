//! Notes on compose apps whose file was written, and which were not started since.
//!
//! The journal has the note before the file is sent, so that it outlives a lost answer and the process. While the
//! lease of the call lasts, Coolify may still store the file, also after a start with an earlier one.

use std::time::Instant;

use covibe_compose::normal_form;
use covibe_coolify::{Mark, Service};
use covibe_crypto::digest;
use covibe_domain::{Failure, Timestamp, boxed};
use covibe_policy::Owned;
use covibe_store::{Creation, NewCreation};

use super::Coolify;
use crate::journal::log_unrecorded;

/// The kind of the entries in the journal.
const KIND: &str = "compose file";

impl Coolify {
    /// Returns what was noted of a service whose containers may be those of an earlier file.
    #[boxed]
    pub async fn unstarted(&self, service: &Owned<Service>) -> Result<Option<String>, Failure> {
        let entry = self.unstarted_entry(service).await?;
        Ok(entry.map(|entry| entry.uuid.unwrap_or_default()))
    }

    /// Notes that a file is about to be sent by a call with this deadline. The note replaces an earlier one.
    #[boxed]
    pub async fn note_unstarted(
        &self,
        service: &Owned<Service>,
        file: &str,
        note: &str,
        deadline: Instant,
    ) -> Result<(), Failure> {
        let lease = deadline.saturating_duration_since(Instant::now()) + self.late;
        let (record, sent) = (&self.origins.record, file_digest(file).unwrap_or_default());
        let mut tx = self.origins.store.tenant(&record.tenant).await?;
        let entry = tx.creation_by_name(&record.id, KIND, service.uuid.as_str()).await?;
        let id = if let Some(entry) = entry {
            tx.claim_creation(&entry.id, entry.lease_until, lease, &sent).await?;
            entry.id
        } else {
            let entry = NewCreation {
                id: Mark::from_random(covibe_crypto::random()).to_string(),
                workspace: record.id.clone(),
                kind: KIND.to_owned(),
                name: service.uuid.to_string(),
                digest: sent,
                started_at: Timestamp::now(),
            };
            tx.insert_creation(&entry, lease).await?;
            entry.id
        };
        tx.set_creation_uuid(&id, note).await?;
        Ok(tx.commit().await?)
    }

    /// Notes that the file was stored: the next start is one with it.
    #[boxed]
    pub async fn settle_unstarted(&self, service: &Owned<Service>) {
        let settle = async {
            let Some(entry) = self.unstarted_entry(service).await? else { return Ok(()) };
            let mut tx = self.origins.store.tenant(&self.origins.record.tenant).await?;
            tx.release_creation(&entry.id).await?;
            Ok(tx.commit().await?)
        };
        log_unrecorded(settle.await);
    }

    /// Removes the note of a service that starts, unless Coolify may still store another file than it has.
    pub(super) async fn end_unstarted(&self, service: &Owned<Service>) {
        let end = async {
            let Some(entry) = self.unstarted_entry(service).await? else { return Ok(()) };
            let has_it = service.compose().and_then(file_digest) == Some(entry.digest);
            if has_it || entry.lease_left.is_zero() {
                self.forget_unstarted(service).await?;
            }
            Ok(())
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

/// Returns a digest that all files have which say the same.
fn file_digest(file: &str) -> Option<String> {
    normal_form(file).map(|form| digest(&form).to_string())
}
