//! A call that attaches a domain.

use std::time::Instant;

use covibe_domain::entities::DomainEventKind;
use covibe_domain::{DomainName, Failure, Timestamp, boxed};
use covibe_policy::Principal;
use covibe_registrar::Client;
use covibe_store::DomainRecord;

use super::errors::{LOOKS_FIRST, former_hosts, lost_domain};
use super::lease::DomainLease;
use super::registrar_lock::{LockOutcome, lock};
use crate::journal::lease_times::Patience;
use crate::platform::Platform;

/// A registered domain of the workspace that this call attaches, and no other call at the same time. Finish it
/// by [`Attaching::finish`] or [`Attaching::fail`]: otherwise nobody works on the domain until the lease expires.
#[derive(Debug)]
pub struct Attaching<'a> {
    pub(super) platform: &'a Platform,
    pub(super) client: Client,
    pub(super) held: DomainLease<'a>,
}

impl<'a> Attaching<'a> {
    /// Acquires a domain's lease, and writes down what is about to be done.
    pub(crate) async fn begin(
        platform: &'a Platform,
        principal: &'a Principal,
        deadline: Instant,
        (name, detail): (&DomainName, &str),
    ) -> Result<Self, Failure> {
        let client = platform.registrar_of(&principal.tenant)?.client;
        let place = (&principal.tenant, &principal.workspace);
        let mut held =
            DomainLease::acquire(&platform.store, place, name, Patience(deadline)).await?;
        let happened = Some((DomainEventKind::AttachAttempt, detail));
        held.note(|_| {}, happened).await?;
        Ok(Self { platform, client, held })
    }

    /// Checks that the account at the registrar has the domain, and that no app of a workspace that had it before has a
    /// host of it: the proxy would lead the domain's visitors there.
    ///
    /// # Errors
    ///
    /// Conflict if the account does not have it; unready while such apps are being detached; those of the registrar.
    #[boxed]
    pub async fn check(&self) -> Result<(), Failure> {
        let name = self.held.name();
        if self.client.belongs(name.as_str()).await?.is_none() {
            return Err(lost_domain(name));
        }
        let holder = &self.held.record().workspace;
        if self.platform.store.has_former_holder(name, holder).await? {
            self.platform.detachment_wanted.notify_one();
            return Err(former_hosts(name));
        }
        Ok(())
    }

    /// Locks the domain at the registrar.
    ///
    /// # Errors
    ///
    /// The database does not answer. A lock that can't be set now is set later without a call.
    #[boxed]
    pub async fn lock(&mut self) -> Result<LockOutcome, Failure> {
        match lock(&self.client, &mut self.held).await {
            Err(failure) if self.held.attachment().is_unlocked => {
                tracing::warn!(
                    %failure, domain = %self.held.name(),
                    "the domain could not be locked yet; it will be locked later"
                );
                Ok(LockOutcome::Later)
            }
            locked => locked,
        }
    }

    /// Writes down that the steps were taken, and whether all of them are done. Returns the domain.
    pub async fn finish(mut self, is_done: bool) -> Result<DomainRecord, Failure> {
        let now = Timestamp::now();
        let happened = is_done.then_some((DomainEventKind::AttachSuccess, ""));
        let noted = self.held.note(|it| it.attached_at = Some(now), happened).await;
        self.held.let_go().await?;
        noted?;
        Ok(self.held.record().clone())
    }

    /// Writes down that a step failed, and sets the lock again if it was removed. Returns the failure, with what
    /// to do about it.
    pub async fn fail(mut self, failure: Failure) -> Failure {
        if self.held.attachment().is_unlocked
            && let Err(failure) = lock(&self.client, &mut self.held).await
        {
            tracing::warn!(
                %failure, domain = %self.held.name(),
                "the domain could not be locked yet; it will be locked later"
            );
        }
        let happened = Some((DomainEventKind::AttachFailed, failure.message.as_str()));
        let ended = match self.held.note(|_| {}, happened).await {
            Ok(()) => self.held.let_go().await,
            lost => lost,
        };
        if let Err(unwritten) = ended {
            tracing::warn!(
                failure = %unwritten, domain = %self.held.name(),
                "the lease could not be released; it will expire by itself"
            );
        }
        if failure.is_in_doubt() { failure.hint(LOOKS_FIRST) } else { failure }
    }
}
