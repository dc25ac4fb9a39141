//! The model of the database: each method is one transaction.

use std::time::Duration;

use covibe_domain::entities::RegistrationState;
use covibe_domain::{DomainName, Failure, Money, Timestamp, WorkspaceId};
use covibe_store::{
    Attachment, DomainRecord, NewRegistration, RegistrationStart, Settlement, Term,
};

use super::{ModelWorld, Shared, turn};
use crate::domain_registration::errors::all_spent_today;
use crate::domain_registration::registration_store::Book;

/// The duration of a lease, in milliseconds.
const LEASE: i64 = 120_000;

pub(super) struct ModelBook {
    pub(super) shared: Shared,
    pub(super) workspace: WorkspaceId,
}

impl ModelWorld {
    fn row(&mut self, workspace: &WorkspaceId, name: &DomainName) -> Option<&mut DomainRecord> {
        self.rows.iter_mut().find(|row| row.workspace == *workspace && row.name == *name)
    }

    fn read(&mut self, workspace: &WorkspaceId, name: &DomainName) -> Option<DomainRecord> {
        let now = self.now;
        let mut row = self.row(workspace, name)?.clone();
        let left = (row.lease_until.as_millis() - now).max(0);
        row.lease_left = Duration::from_millis(left.unsigned_abs());
        Some(row)
    }

    fn begin(&mut self, new: &NewRegistration) -> RegistrationStart {
        if let Some(row) = self.read(&new.workspace, &new.name)
            && !row.is_over()
        {
            return RegistrationStart::Already(Box::new(row));
        }
        let is_live = |row: &DomainRecord| !row.is_over();
        if self.rows.iter().any(|row| row.name == new.name && is_live(row)) {
            return RegistrationStart::Elsewhere;
        }
        self.rows.retain(|row| row.workspace != new.workspace || row.name != new.name);
        self.rows.push(DomainRecord {
            workspace: new.workspace.clone(),
            name: new.name.clone(),
            state: RegistrationState::Registering,
            registrar: new.registrar.clone(),
            attempt: new.attempt.clone(),
            attempted_at: self.timestamp(),
            lease_until: Timestamp::from_millis(self.now + LEASE),
            lease_left: Duration::ZERO,
            years: new.years,
            price: new.price,
            is_private: false,
            order: None,
            registered_at: None,
            expires_at: None,
            updated_at: self.timestamp(),
            attachment: Attachment::default(),
        });
        RegistrationStart::Now
    }

    fn settle(&mut self, record: &DomainRecord, to: &Settlement) -> bool {
        let Some(row) = self.row(&record.workspace, &record.name) else { return false };
        let is_open = row.state != RegistrationState::Registered && row.state != to.state;
        if row.attempt != record.attempt || !is_open {
            return false;
        }
        row.state = to.state;
        row.order = to.order.clone().or(record.order.clone());
        row.lease_until = Timestamp::from_millis(0);
        if let (RegistrationState::Registered, Some(order)) = (to.state, &to.order) {
            self.debits.push((record.workspace.clone(), order.clone()));
        }
        true
    }
}

impl Book for ModelBook {
    async fn now(&self) -> Result<Timestamp, Failure> {
        turn().await;
        Ok(self.shared.lock().timestamp())
    }

    async fn read(&self, name: &DomainName) -> Result<Option<DomainRecord>, Failure> {
        turn().await;
        Ok(self.shared.lock().read(&self.workspace, name))
    }

    async fn begin(&self, registration: &NewRegistration) -> Result<RegistrationStart, Failure> {
        turn().await;
        let begun = self.shared.lock().begin(registration);
        turn().await;
        Ok(begun)
    }

    async fn begin_release(&self, record: &DomainRecord) -> Result<(), Failure> {
        turn().await;
        let mut world = self.shared.lock();
        if world.is_limit_reached {
            world.refused_releases += 1;
            return Err(all_spent_today((&record.name, Money::usd(1_450))));
        }
        let now = world.timestamp();
        if let Some(row) = world.row(&self.workspace, &record.name)
            && row.attempt == record.attempt
        {
            row.attempted_at = now;
        }
        Ok(())
    }

    async fn claim(&self, seen: &DomainRecord) -> Result<bool, Failure> {
        turn().await;
        let mut world = self.shared.lock();
        let until = Timestamp::from_millis(world.now + LEASE);
        let Some(row) = world.row(&self.workspace, &seen.name) else { return Ok(false) };
        let is_same = row.attempt == seen.attempt && row.lease_until == seen.lease_until;
        if !is_same || !row.is_unsettled() {
            return Ok(false);
        }
        row.lease_until = until;
        Ok(true)
    }

    async fn release(&self, record: &DomainRecord, _: bool) -> Result<(), Failure> {
        turn().await;
        let mut world = self.shared.lock();
        if let Some(row) = world.row(&self.workspace, &record.name)
            && row.attempt == record.attempt
        {
            row.lease_until = Timestamp::from_millis(0);
        }
        Ok(())
    }

    async fn settle(
        &self,
        record: &DomainRecord,
        to: &Settlement,
        _: &str,
    ) -> Result<bool, Failure> {
        turn().await;
        let is_settled = self.shared.lock().settle(record, to);
        turn().await;
        Ok(is_settled)
    }

    async fn note(&self, _: &DomainRecord, _: Term) -> Result<(), Failure> {
        // No term ends during a schedule.
        Ok(())
    }

    async fn pause(&self) {
        turn().await;
    }
}
