//! The order of steps.

use std::time::{Duration, Instant};

use covibe_domain::entities::RegistrationState;
use covibe_domain::{DomainName, Failure};
use covibe_registrar::{Effect, Registered, Registration};
use covibe_store::{DomainRecord, NewRegistration, RegistrationStart, Settlement, Term};
use tokio::time::timeout;

use super::attempt_state::{AttemptState, read_attempt, state_after};
use super::errors::{held_order, in_doubt, in_progress, taken_domain};
use super::registrar_operations::Registrar;
use super::registration_store::Book;

/// The time limit of a question for the end of a domain's term. Without an answer, it is asked later.
const EXPIRY: Duration = Duration::from_secs(5);

/// The protocol for one workspace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Protocol<'a, R, B> {
    pub(super) registrar: &'a R,
    pub(super) book: &'a B,
    /// The time after an attempt within which its order may still appear at the registrar.
    pub(super) settle_after: Duration,
}

impl<R: Registrar, B: Book> Protocol<'_, R, B> {
    /// Returns the domain if the workspace has it or an order of it waits, after finishing the work of an earlier call.
    /// Waits until `until` for a call that works on it.
    ///
    /// # Errors
    ///
    /// Unready while the outcome of an order is unknown, or if the registrar holds it back; rejected if the release of
    /// a held order would exceed a limit on expenses.
    pub(super) async fn present(
        &self,
        name: &DomainName,
        until: Instant,
    ) -> Result<Option<DomainRecord>, Failure> {
        loop {
            let Some(record) = self.book.read(name).await? else { return Ok(None) };
            match record.state {
                RegistrationState::Failed | RegistrationState::Expired => return Ok(None),
                RegistrationState::Registered => return self.with_term(record).await.map(Some),
                _ if record.lease_left.is_zero() && self.book.claim(&record).await? => {
                    return self.continue_attempt(record).await;
                }
                _ if Instant::now() >= until => return Err(in_progress(name)),
                _ => self.book.pause().await,
            }
        }
    }

    /// Orders a domain that [`Self::present`] did not return.
    ///
    /// # Errors
    ///
    /// Conflict if somebody else has it; those of [`Self::present`]; those of the registrar.
    pub(super) async fn buy(
        &self,
        new: &NewRegistration,
        registration: &Registration,
        until: Instant,
    ) -> Result<DomainRecord, Failure> {
        match self.book.begin(new).await? {
            RegistrationStart::Elsewhere => return Err(taken_domain(&new.name)),
            RegistrationStart::Already(_) => {
                let present = self.present(&new.name, until).await?;
                // The other call came to nothing meanwhile; this one has not tried.
                return present.ok_or_else(|| in_progress(&new.name));
            }
            RegistrationStart::Now => {}
        }
        let begun = self.book.read(&new.name).await?;
        let record = begun.ok_or_else(|| in_doubt(&new.name))?;
        match self.registrar.place(registration).await {
            Ok(Registered { order, standing }) => {
                self.record_answer(record, state_after(standing), Some(order), "ordered").await
            }
            Err(error) if error.effect() == Effect::None => {
                self.write(&record, RegistrationState::Failed, None, &error.to_string()).await?;
                Err(error.into())
            }
            Err(_) => {
                self.book.release(&record, true).await?;
                let present = self.present(&new.name, until).await?;
                present.ok_or_else(|| in_doubt(&new.name))
            }
        }
    }

    /// Asks the registrar for news about a domain, unless a call works on it: settles the attempt of an earlier call,
    /// or reads the end of the term.
    ///
    /// # Errors
    ///
    /// Unready if the registrar does not report the outcome of an order; those of the registrar.
    pub(super) async fn reconcile(&self, seen: &DomainRecord) -> Result<(), Failure> {
        if seen.state == RegistrationState::Registered {
            return self.book.note(seen, self.term(&seen.name).await?).await;
        }
        if self.book.claim(seen).await? {
            self.settle(seen.clone()).await?;
        }
        Ok(())
    }

    /// Returns the term of a domain according to the registrar. Two commands must agree before the domain counts as
    /// lost.
    async fn term(&self, name: &DomainName) -> Result<Term, Failure> {
        Ok(match self.registrar.expiry(name).await? {
            Some(end) => Term::Until(end),
            None if self.registrar.has(name).await? => Term::Unknown,
            None => Term::Over,
        })
    }

    /// Reads the state of an attempt whose lease this call has, and records it.
    ///
    /// # Errors
    ///
    /// Unready if the state is unclear; those of the registrar.
    async fn settle(&self, record: DomainRecord) -> Result<DomainRecord, Failure> {
        match read_attempt(self.registrar, &record).await {
            Ok(AttemptState::Order(id, state)) => {
                self.write(&record, state, Some(id), "looked up").await
            }
            Ok(AttemptState::Nothing) if self.is_over(&record).await? => {
                self.write(&record, RegistrationState::Failed, None, "nothing was ordered").await
            }
            Ok(AttemptState::Nothing | AttemptState::Unclear) => {
                self.release_in_doubt(&record).await
            }
            Err(error) => {
                self.book.release(&record, false).await?;
                Err(error.into())
            }
        }
    }

    /// Finishes the order of an earlier call, which this call wants too.
    async fn continue_attempt(
        &self,
        record: DomainRecord,
    ) -> Result<Option<DomainRecord>, Failure> {
        let settled = self.settle(record).await?;
        match (settled.state, &settled.order) {
            (RegistrationState::Registered | RegistrationState::Pending, _) => Ok(Some(settled)),
            (RegistrationState::Held, Some(order)) if self.book.claim(&settled).await? => {
                self.release_order(&settled, order).await.map(Some)
            }
            (RegistrationState::Held, _) => Err(held_order(&settled.name)),
            (_, _) => Ok(None),
        }
    }

    /// Asks the registrar to process an order that it holds back. Money is spent only now, so the limits on expenses
    /// apply as to a new order.
    async fn release_order(
        &self,
        record: &DomainRecord,
        order: &str,
    ) -> Result<DomainRecord, Failure> {
        if let Err(refused) = self.book.begin_release(record).await {
            self.book.release(record, false).await?;
            return Err(refused);
        }
        match self.registrar.process(order).await {
            Ok(standing) => {
                self.record_answer(record.clone(), state_after(standing), None, "released").await
            }
            Err(error) => {
                self.book.release(record, false).await?;
                Err(match error.effect() {
                    Effect::None => held_order(&record.name),
                    Effect::Possible => in_doubt(&record.name),
                })
            }
        }
    }

    /// Records the registrar's answer. Fails if the order is held.
    async fn record_answer(
        &self,
        record: DomainRecord,
        state: RegistrationState,
        order: Option<String>,
        detail: &str,
    ) -> Result<DomainRecord, Failure> {
        let reached = self.write(&record, state, order, detail).await?;
        if reached.state == RegistrationState::Held {
            Err(held_order(&record.name))
        } else {
            Ok(reached)
        }
    }

    /// Records the outcome of an attempt, and returns the updated domain.
    async fn write(
        &self,
        record: &DomainRecord,
        state: RegistrationState,
        order: Option<String>,
        detail: &str,
    ) -> Result<DomainRecord, Failure> {
        let name = &record.name;
        let order = order.or_else(|| record.order.clone());
        if state == record.state && order == record.order {
            self.book.release(record, false).await?;
        } else {
            self.book.settle(record, &Settlement { state, order }, detail).await?;
        }
        let written = self.book.read(name).await?.ok_or_else(|| in_doubt(name))?;
        self.with_term(written).await
    }

    /// Reads the end of the term of a registered domain if it is unknown. The registration is recorded before, because
    /// the registrar may be slow.
    async fn with_term(&self, bought: DomainRecord) -> Result<DomainRecord, Failure> {
        if bought.state != RegistrationState::Registered || bought.expires_at.is_some() {
            return Ok(bought);
        }
        let asked = timeout(EXPIRY, self.registrar.expiry(&bought.name)).await;
        if let Ok(Ok(Some(end))) = asked {
            self.book.note(&bought, Term::Until(end)).await?;
            return Ok(DomainRecord { expires_at: Some(end), ..bought });
        }
        Ok(bought)
    }

    /// Returns whether no order of an attempt can still appear, and the account does not have the domain.
    async fn is_over(&self, record: &DomainRecord) -> Result<bool, Failure> {
        let age =
            self.book.now().await?.as_millis().saturating_sub(record.attempted_at.as_millis());
        if u128::try_from(age).is_ok_and(|age| age >= self.settle_after.as_millis()) {
            // What the account has without an order that fits, only the operator can explain.
            return Ok(!self.registrar.has(&record.name).await.unwrap_or(true));
        }
        Ok(false)
    }

    async fn release_in_doubt(&self, record: &DomainRecord) -> Result<DomainRecord, Failure> {
        self.book.release(record, false).await?;
        Err(in_doubt(&record.name))
    }
}
