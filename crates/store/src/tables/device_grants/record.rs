//! Devices that are being set up.

use std::time::Duration;

use covibe_domain::entities::AgentType;
use covibe_domain::{KeyDigest, TenantId, UserId, WorkspaceId};

/// The most by which a poll may come too early: networks do not delay all of them alike.
pub(super) const TOLERATED: Duration = Duration::from_millis(500);

/// The time by which a device that polled too early has to wait longer than it should have (RFC 8628, section 3.5).
pub(super) const SLOWER: Duration = Duration::from_secs(5);

/// A device that is about to be set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDeviceGrant {
    /// The digest of the code that the device keeps.
    pub device: KeyDigest,
    /// The digest of the code that a person enters.
    pub user_code: KeyDigest,
    /// The name that the device gave itself.
    pub machine: String,
    /// The agents that get a key each.
    pub agents: Vec<AgentType>,
    /// Where the device asked from.
    pub address: Option<String>,
    /// The network of this address. If too many devices wait for a decision, those of the network with the most of them
    /// give way.
    pub network: String,
    /// The time between two polls.
    pub interval: Duration,
    /// The time for which the codes are valid.
    pub lifetime: Duration,
}

/// The person who decided on a device, and the workspace that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decider {
    /// The tenant.
    pub tenant: TenantId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The person.
    pub user: UserId,
}

/// The state of a device's grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// Nobody has decided.
    Pending,
    /// It gets its keys at the next poll.
    Approved(Decider),
    /// It gets none.
    Denied,
    /// It got its keys.
    Consumed,
}

/// A device that is being set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceGrant {
    /// The name that the device gave itself: any text.
    pub machine: String,
    /// The agents that get a key each.
    pub agents: Vec<AgentType>,
    /// Where the device asked from.
    pub address: Option<String>,
    /// Its state.
    pub state: DeviceState,
    /// The time between two polls.
    pub interval: Duration,
    /// The time since the device asked.
    pub age: Duration,
    /// The time for which the codes are still valid; zero if they have expired.
    pub left: Duration,
}

impl DeviceGrant {
    /// Returns whether somebody can still decide.
    pub(super) fn is_open(&self) -> bool {
        self.state == DeviceState::Pending && !self.left.is_zero()
    }
}

/// The result of a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolledGrant {
    /// The device. If the poll came too early, its interval is the longer one that the device is told to keep. The record
    /// keeps the first one, because a poll that comes too early changes nothing.
    pub grant: DeviceGrant,
    /// True if nobody has decided, and the poll came too early.
    pub is_early: bool,
}

impl PolledGrant {
    /// Returns whether somebody can still decide, and the poll did not come too early.
    pub(super) fn is_in_time(&self) -> bool {
        self.grant.is_open() && !self.is_early
    }
}
