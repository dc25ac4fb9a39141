//! A row of the table of devices.

use std::time::Duration;

use covibe_domain::entities::AgentType;
use diesel::prelude::*;

use super::record::{
    Decider, DeviceGrant, DeviceState, NewDeviceGrant, PolledGrant, SLOWER, TOLERATED,
};
use crate::error::{Error, Result};
use crate::row::{millis, parse, word};
use crate::schema::device_grants as table;
use crate::tables::leases::Now;

pub(super) const PENDING: &str = "pending";
pub(super) const APPROVED: &str = "approved";
pub(super) const DENIED: &str = "denied";
pub(super) const CONSUMED: &str = "consumed";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
pub(super) struct Row {
    machine: String,
    agents: String,
    address: Option<String>,
    state: String,
    tenant_id: Option<String>,
    workspace_id: Option<String>,
    user_id: Option<String>,
    interval_ms: i64,
    polled_at: Option<i64>,
    created_at: i64,
    expires_at: i64,
}

/// The columns of a row of a device that asks now.
pub(super) type Fresh = (
    Row,
    diesel::dsl::Eq<table::device_digest, String>,
    diesel::dsl::Eq<table::user_digest, String>,
    diesel::dsl::Eq<table::network, String>,
);

/// Returns the row of a device that asks now.
pub(super) fn pending_row(new: &NewDeviceGrant, now: Now) -> Fresh {
    let agents: Vec<_> = new.agents.iter().map(|agent| agent.as_str()).collect();
    let row = Row {
        machine: new.machine.clone(),
        agents: agents.join(" "),
        address: new.address.clone(),
        state: PENDING.to_owned(),
        tenant_id: None,
        workspace_id: None,
        user_id: None,
        interval_ms: millis(new.interval),
        polled_at: None,
        created_at: now.millis(),
        expires_at: now.end_of(new.lifetime),
    };
    let device = table::device_digest.eq(new.device.to_string());
    let user = table::user_digest.eq(new.user_code.to_string());
    (row, device, user, table::network.eq(new.network.clone()))
}

impl Row {
    /// Returns whether a poll now comes too early after the one before.
    fn is_early(&self, now: Now) -> bool {
        let since = self.polled_at.map(|at| now.millis().saturating_sub(at));
        // A clock that goes back makes nobody wait.
        since.is_some_and(|since| {
            since >= 0 && since < self.interval_ms.saturating_sub(millis(TOLERATED))
        })
    }

    /// Converts the row of a device that polls now.
    pub(super) fn into_polled(self, now: Now) -> Result<PolledGrant> {
        let is_early = self.is_early(now);
        let mut grant = self.into_grant(now)?;
        let is_early = is_early && grant.is_open();
        if is_early {
            grant.interval += SLOWER;
        }
        Ok(PolledGrant { grant, is_early })
    }

    /// Converts the row.
    pub(super) fn into_grant(self, now: Now) -> Result<DeviceGrant> {
        let agent = |text: &str| word(AgentType::from_word(text), "device_grants.agents");
        Ok(DeviceGrant {
            agents: self.agents.split(' ').map(agent).collect::<Result<_>>()?,
            interval: duration(self.interval_ms),
            age: duration(now.millis().saturating_sub(self.created_at)),
            left: duration(self.expires_at.saturating_sub(now.millis())),
            state: self.state()?,
            machine: self.machine,
            address: self.address,
        })
    }

    fn state(&self) -> Result<DeviceState> {
        Ok(match self.state.as_str() {
            PENDING => DeviceState::Pending,
            APPROVED => DeviceState::Approved(self.decider()?),
            DENIED => DeviceState::Denied,
            CONSUMED => DeviceState::Consumed,
            _ => return Err(Error::Corrupt("device_grants.state")),
        })
    }

    fn decider(&self) -> Result<Decider> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Ok(Decider {
            tenant: parse(text(&self.tenant_id), "device_grants.tenant_id")?,
            workspace: parse(text(&self.workspace_id), "device_grants.workspace_id")?,
            user: parse(text(&self.user_id), "device_grants.user_id")?,
        })
    }
}

/// Returns a duration of that many milliseconds; nothing if there are less than none.
fn duration(millis: i64) -> Duration {
    Duration::from_millis(millis.max(0).unsigned_abs())
}
