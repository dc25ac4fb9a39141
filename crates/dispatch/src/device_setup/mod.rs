//! The setup of devices. Decisions of people and deliveries of keys are recorded in the audit of the workspace.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::entities::AgentType;
use covibe_domain::{Failure, Secret, Slug, Timestamp, boxed};
use covibe_identity::{
    ApprovedDevice, Caller, DeliveredDevice, DevicePoll, DeviceRequest, NewDevice, StartedDevice,
    device_person,
};
use covibe_workspace::Draft;
use serde_json::json;

use crate::call::Surface;
use crate::call_recording;
use crate::dispatcher::Dispatcher;
use crate::request_origin::Request;

/// The number of equal refusals of a person within a minute that get an audit entry each.
const ALONE: u32 = 8;

/// The answer to a device that polls.
#[derive(Debug)]
pub enum PolledDevice {
    /// Nobody has decided.
    Pending,
    /// Nobody has decided, and the device polled too early: it should wait this long before each further poll.
    SlowDown(Duration),
    /// A person has denied it, or the approver has lost the right to approve it.
    Denied,
    /// Its codes are unknown or have expired.
    Expired,
    /// It has received its keys before.
    Consumed,
    /// It is approved.
    Approved {
        /// The workspace that its keys are for.
        workspace: Slug,
        /// A key for each of its agents.
        keys: Vec<DeviceKey>,
    },
}

/// The key of one agent on a device.
#[derive(Debug)]
pub struct DeviceKey {
    /// The agent.
    pub agent: AgentType,
    /// The key, which is shown once.
    pub token: Secret,
    /// The time when it expires.
    pub expires_at: Option<Timestamp>,
}

impl Dispatcher {
    /// Starts the setup of a device.
    ///
    /// # Errors
    ///
    /// Invalid for a name or agents that are not allowed; limited if too many devices ask from one address or site.
    #[boxed]
    pub async fn start_device(&self, new: NewDevice) -> Result<StartedDevice, Failure> {
        let started = self.platform.identity().start_device(new).await;
        started.inspect_err(|failure| self.refused.add(failure.kind))
    }

    /// Returns the state of the device with this code. An approved device gets its keys.
    ///
    /// # Errors
    ///
    /// Conflict if the workspace has too many keys, limited if it minted too many today: the device may ask again.
    #[boxed]
    pub async fn poll_device<'a>(
        self: &'a Arc<Self>,
        code: &'a str,
        request: &Arc<Request>,
    ) -> Result<PolledDevice, Failure> {
        let identity = self.platform.identity();
        let mut polled = identity.poll_device(code).await?;
        if let DevicePoll::Approved(device) = polled {
            if let Some(delivered) = self.deliver_device(device, request).await? {
                return Ok(delivered);
            }
            // Another poll was faster, or the approver was removed a moment ago.
            polled = identity.poll_device(code).await?;
        }
        Ok(match polled {
            DevicePoll::Pending | DevicePoll::Approved(_) => PolledDevice::Pending,
            DevicePoll::SlowDown(interval) => PolledDevice::SlowDown(interval),
            DevicePoll::Denied => PolledDevice::Denied,
            DevicePoll::Expired => PolledDevice::Expired,
            DevicePoll::Consumed => PolledDevice::Consumed,
        })
    }

    /// Creates the keys of an approved device, in the audit as a call of the person who approved it.
    async fn deliver_device(
        self: &Arc<Self>,
        device: ApprovedDevice,
        request: &Request,
    ) -> Result<Option<PolledDevice>, Failure> {
        let (dispatcher, surface) = (Arc::clone(self), Surface::Rest.as_str());
        let draft = self.platform.audit(&device.by, "devices.deliver", surface, Some(request.id()));
        let params = json!({ "machine": device.machine, "agents": words(&device.agents) });
        let draft =
            self.platform.with_digest(draft, &params).with_detail(&["machine", "agents"], &params);
        self.to_its_end(async move {
            let (platform, mut delivered) = (&dispatcher.platform, None);
            let run = async {
                let keys = platform.identity().deliver_device(&device).await?;
                let first = keys.as_ref().and_then(|keys| keys.keys.first());
                let about = first.map(|(_, key)| {
                    json!({ "slug": device.by.slug.as_str(), "key": { "id": key.key.id } })
                });
                delivered = keys;
                Ok(about.unwrap_or_default())
            };
            call_recording::change(platform.auditor(), draft, run, Draft::with_answered_resource)
                .await?;
            Ok(delivered.map(|delivered| approved_answer(device.by.slug.clone(), delivered)))
        })
        .await
    }

    /// Returns the request of the device with this code, for a caller who is a person.
    ///
    /// # Errors
    ///
    /// Forbidden for a key; not found if the code is not open; limited if the person, or their address, enters too many.
    #[boxed]
    pub async fn device_request(
        &self,
        by: &Caller,
        code: &str,
        request: &Request,
    ) -> Result<DeviceRequest, Failure> {
        let user = device_person(&by.principal)?;
        self.platform.identity().device_request(user, code, request.address()).await
    }

    /// Approves or denies the device with this code for the caller's workspace, and returns its request.
    ///
    /// # Errors
    ///
    /// Those of [`Dispatcher::device_request`].
    #[boxed]
    pub async fn decide_device<'a>(
        self: &'a Arc<Self>,
        by: Caller,
        code: &'a str,
        is_approved: bool,
        surface: Surface,
        request: &Request,
    ) -> Result<DeviceRequest, Failure> {
        let tool = if is_approved { "devices.approve" } else { "devices.deny" };
        let id = Some(request.id());
        let draft = self.platform.audit(&by.principal, tool, surface.as_str(), id);
        let looked = self.device_request(&by, code, request).await;
        let params = match &looked {
            Ok(device) => json!({ "machine": device.machine, "agents": words(&device.agents) }),
            Err(_) => json!({ "code": code }),
        };
        let draft = self.platform.with_digest(draft, &params);
        let device = match looked {
            Ok(device) => device,
            Err(failure) => {
                self.refusals.note(draft, failure.kind.code(), ALONE).await;
                return Err(failure);
            }
        };
        let draft = draft.with_detail(&["machine", "agents"], &params);
        let dispatcher = Arc::clone(self);
        self.to_its_end(async move {
            let platform = &dispatcher.platform;
            let run = async {
                let identity = platform.identity();
                identity.decide_device(&by.principal, &device, is_approved).await
            };
            call_recording::change(platform.auditor(), draft, run, |draft, ()| draft).await?;
            Ok(device)
        })
        .await
    }
}

fn words(agents: &[AgentType]) -> String {
    agents.iter().map(|agent| agent.as_str()).collect::<Vec<_>>().join(" ")
}

fn approved_answer(workspace: Slug, delivered: DeliveredDevice) -> PolledDevice {
    let key = |(agent, key): (AgentType, covibe_identity::NewApiKey)| DeviceKey {
        agent,
        token: key.token,
        expires_at: key.key.expires_at,
    };
    PolledDevice::Approved { workspace, keys: delivered.keys.into_iter().map(key).collect() }
}
