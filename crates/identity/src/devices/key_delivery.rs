//! The polls of a device, and the one delivery of its keys.

use std::time::Duration;

use covibe_domain::entities::{AgentType, KeyAccess, KeyScope, Role};
use covibe_domain::{Failure, KeyDigest, TenantId, Timestamp, WorkspaceId, boxed};
use covibe_policy::Principal;
use covibe_store::{Decider, DeviceGrant, DeviceState, PolledGrant, Tx};

use crate::api_keys::{KeyRequest, Minter, NewApiKey, mint_in};
use crate::authentication_state::Identity;
use crate::key_expiry::Expiry;
use crate::people::principal;

/// The answer to a poll of a device.
#[derive(Debug)]
pub enum DevicePoll {
    /// Nobody has decided.
    Pending,
    /// Nobody has decided, and the device asked too early: it should wait this long before each further poll. That is
    /// not stored: a further poll is too early only before the device's own interval has passed.
    SlowDown(Duration),
    /// A person has denied it, or may no longer approve it.
    Denied,
    /// Its codes were never given, or have expired.
    Expired,
    /// It got its keys.
    Consumed,
    /// It gets its keys by [`Identity::deliver_device`].
    Approved(ApprovedDevice),
}

/// A device that a person has approved.
#[derive(Clone, Debug)]
pub struct ApprovedDevice {
    /// The person, with the rights that they have now in the workspace.
    pub by: Principal,
    /// The name that the device gave itself.
    pub machine: String,
    /// The agents that get a key each.
    pub agents: Vec<AgentType>,
    device: KeyDigest,
}

/// The keys of a device.
#[derive(Debug)]
pub struct DeliveredDevice {
    /// A key for each agent.
    pub keys: Vec<(AgentType, NewApiKey)>,
}

impl Identity {
    /// Returns the state of the device with this code.
    ///
    /// The approval of a person who may no longer act in the workspace does not count.
    #[boxed]
    pub async fn poll_device(&self, device_code: &str) -> Result<DevicePoll, Failure> {
        let device = covibe_crypto::digest(device_code);
        let Some(PolledGrant { grant, is_early }) = self.store.poll_device_grant(&device).await?
        else {
            return Ok(DevicePoll::Expired);
        };
        Ok(match grant.state {
            DeviceState::Denied => DevicePoll::Denied,
            DeviceState::Consumed => DevicePoll::Consumed,
            _ if grant.left.is_zero() => DevicePoll::Expired,
            DeviceState::Pending if is_early => DevicePoll::SlowDown(grant.interval),
            DeviceState::Pending => DevicePoll::Pending,
            DeviceState::Approved(by) => match self.approver(&by).await? {
                Some(by) => {
                    let DeviceGrant { machine, agents, .. } = grant;
                    DevicePoll::Approved(ApprovedDevice { by, machine, agents, device })
                }
                None => self.refuse_device(&by.tenant, &device).await?,
            },
        })
    }

    /// Mints the keys of a device, each with the rights of one workspace. Returns `None` if the device got them
    /// meanwhile, or its approver may no longer act there.
    ///
    /// # Errors
    ///
    /// Conflict if the workspace has too many keys, limited if it minted too many today. The device can ask again.
    #[boxed]
    pub async fn deliver_device(
        &self,
        approved: &ApprovedDevice,
    ) -> Result<Option<DeliveredDevice>, Failure> {
        let ApprovedDevice { by, device, .. } = approved;
        // This locks the tenant: a removal of the approver meanwhile waits, and then revokes these keys.
        let Some((mut tx, grant)) = self.store.approved_device_grant(&by.tenant, device).await?
        else {
            return Ok(None);
        };
        let DeviceState::Approved(by) = grant.state.clone() else { return Ok(None) };
        if role_of(&mut tx, &by).await?.is_none() {
            return Ok(None);
        }
        tx.lock_workspace(&by.workspace).await?;
        let minter = Minter { person: Some(by.user.clone()), key: None };
        self.check_room(&mut tx, &by.workspace, &minter, grant.agents.len()).await?;
        let mut keys = Vec::with_capacity(grant.agents.len());
        for agent in &grant.agents {
            let minter = minter.clone();
            keys.push((*agent, mint(&mut tx, &by.workspace, minter, &grant, *agent).await?));
        }
        tx.end_device_grant(device, true).await?;
        tx.commit().await?;
        Ok(Some(DeliveredDevice { keys }))
    }

    /// Denies a device whose approver may no longer act in the workspace.
    async fn refuse_device(
        &self,
        tenant: &TenantId,
        device: &KeyDigest,
    ) -> Result<DevicePoll, Failure> {
        if let Some((mut tx, _)) = self.store.approved_device_grant(tenant, device).await? {
            tx.end_device_grant(device, false).await?;
            tx.commit().await?;
        }
        Ok(DevicePoll::Denied)
    }

    /// Returns the principal that an approver is now, if they may act in the workspace.
    async fn approver(&self, by: &Decider) -> Result<Option<Principal>, Failure> {
        let mut tx = self.store.tenant_read(&by.tenant).await?;
        let role = role_of(&mut tx, by).await?;
        let workspace = tx.workspace(&by.workspace).await?;
        tx.commit().await?;
        Ok(role.zip(workspace).map(|(role, record)| principal(&by.user, role, &record)))
    }
}

/// Returns the role in the tenant of an approver who may act in the workspace.
async fn role_of(tx: &mut Tx, by: &Decider) -> Result<Option<Role>, Failure> {
    let role = tx.membership(&by.user).await?.map(|membership| membership.role);
    Ok(match role {
        Some(Role::Member) => {
            let open = tx.workspaces_of(&by.user).await?;
            role.filter(|_| open.iter().any(|(workspace, _)| *workspace == by.workspace))
        }
        role => role,
    })
}

async fn mint(
    tx: &mut Tx,
    workspace: &WorkspaceId,
    minter: Minter,
    grant: &DeviceGrant,
    agent: AgentType,
) -> Result<NewApiKey, Failure> {
    let request = KeyRequest {
        name: Some(format!("{} ({agent})", grant.machine)),
        agent_type: Some(agent),
        // The companion's key lies on the disk of a service that runs for years: it can only send activity.
        scope: if agent == AgentType::Companion { KeyScope::Ingest } else { KeyScope::Workspace },
        access: KeyAccess::Full,
        expiry: Expiry::Default,
    };
    let expires_at = request.expiry.resolve(Timestamp::now(), None)?;
    mint_in(tx, workspace, request, expires_at, minter).await
}
