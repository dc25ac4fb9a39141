//! A person looks at a device's request, and approves or denies it.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use covibe_domain::entities::{AgentType, KeyAccess};
use covibe_domain::{Failure, UserId, boxed};
use covibe_policy::Principal;
use covibe_store::{Decider, DeviceGrant, DeviceState};

use super::user_code::UserCode;
use crate::attempt_limits::Attempt;
use crate::authentication_state::Identity;

/// A device's request, as a person sees it before they decide.
#[derive(Clone)]
pub struct DeviceRequest {
    code: UserCode,
    /// The name that the device gave itself: any text.
    pub machine: String,
    /// The agents that want a key each.
    pub agents: Vec<AgentType>,
    /// Where the device asked from.
    pub address: Option<String>,
    /// The time since it asked.
    pub age: Duration,
    /// The time within which it can still be decided.
    pub left: Duration,
}

impl DeviceRequest {
    /// Returns the code, as the device shows it: `WDJB-MJHT`.
    pub fn code(&self) -> String {
        self.code.grouped()
    }
}

impl fmt::Debug for DeviceRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceRequest").field("machine", &self.machine).finish_non_exhaustive()
    }
}

impl Identity {
    /// Returns the request with this code, for a person who is signed in.
    ///
    /// # Errors
    ///
    /// Not found if the code was never given, has expired or was decided; limited if the person, their address or
    /// its site enters too many codes.
    #[boxed]
    pub async fn device_request(
        &self,
        by: &UserId,
        code: &str,
        from: Option<IpAddr>,
    ) -> Result<DeviceRequest, Failure> {
        let mut attempts = vec![Attempt::UserCode(by)];
        if let Some(from) = from {
            attempts.extend([Attempt::UserCodeFrom(by, from), Attempt::UserCodeFromSite(by, from)]);
        }
        self.attempts.make_all(&attempts).await?;
        let code = UserCode::parse(code).ok_or_else(no_such_code)?;
        let grant = self.store.device_grant_by_user_code(&code.digest()).await?;
        let is_open =
            |grant: &DeviceGrant| grant.state == DeviceState::Pending && !grant.left.is_zero();
        let grant = grant.filter(is_open).ok_or_else(no_such_code)?;
        let DeviceGrant { machine, agents, address, age, left, .. } = grant;
        Ok(DeviceRequest { code, machine, agents, address, age, left })
    }

    /// Approves or denies a device, for the caller's workspace.
    ///
    /// # Errors
    ///
    /// Forbidden for a key, and for a caller who may not change anything; not found if somebody decided meanwhile, or the
    /// code or the caller's session has expired.
    #[boxed]
    pub async fn decide_device(
        &self,
        by: &Principal,
        request: &DeviceRequest,
        is_approved: bool,
    ) -> Result<(), Failure> {
        let user = device_person(by)?.clone();
        if by.access() != KeyAccess::Full {
            return Err(by.needs_full_access("devices.approve"));
        }
        let session = by.session.as_ref();
        let by = Decider { tenant: by.tenant.clone(), workspace: by.workspace.clone(), user };
        let by = (&by, session);
        if self.store.decide_device_grant(&request.code.digest(), by, is_approved).await? {
            Ok(())
        } else {
            Err(no_such_code())
        }
    }
}

/// Returns the person who sets up a device.
///
/// # Errors
///
/// Forbidden for a key.
pub fn device_person(by: &Principal) -> Result<&UserId, Failure> {
    by.person().ok_or_else(|| {
        Failure::forbidden("Only a person who is signed in can set up devices.")
            .hint("In a browser, open the address that the terminal shows.")
    })
}

fn no_such_code() -> Failure {
    Failure::not_found("This code is not valid: it was mistyped, was used, or has expired.")
        .hint("Compare it with the code in the terminal, or start the setup there again.")
}
