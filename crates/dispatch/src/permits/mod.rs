//! The limits on concurrent calls of a workspace and of a tenant, on concurrent requests of a person for pages, and on
//! the bodies that are in memory.

mod body_memory;

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::entities::KeyAccess;
use covibe_domain::{
    Actor, Failure, KeyedPermit, KeyedPermits, Kind, TenantId, UserId, WorkspaceId,
};
use covibe_policy::{CallerGroup, Principal};

use self::body_memory::Bodies;
use crate::request_origin::Request;

pub use self::body_memory::{BodySender, HeldBody};

/// The maximum number of requests with incomplete bodies of a read-only key. Other keys may have as many as a workspace
/// may have running calls.
const RECEIVED_TO_READ: usize = 16;

/// The limit of running calls of a tenant, as a multiple of the limit of a workspace. Each call holds a connection.
const WORKSPACES: usize = 4;

/// The number of calls that a tenant may have in any case, and that of requests of a person for pages, when those of all
/// take as many connections as they may.
const FEW_CALLS: usize = 16;
const FEW_PAGES: usize = 4;

/// A permit for one request of a person for a page, or with a form of one. It is released when it is dropped.
pub type PersonPermit = KeyedPermit<UserId>;

/// The tenant, or the workspace, that the calls of a group of callers count for.
type TenantPlace = (CallerGroup, TenantId);
type WorkspacePlace = (CallerGroup, WorkspaceId);

/// The counts of running calls, of people's requests and of bodies in memory.
#[derive(Debug)]
pub(crate) struct Permits {
    /// The number of calls of all tenants from which on each tenant has only a few; of requests for pages, half as many:
    /// whoever waits for an answer keeps a connection, and a few tenants must not keep all of them.
    most_of_all: usize,
    running: KeyedPermits<WorkspacePlace>,
    /// Requests with incomplete bodies, by key. They count for their tenant, but not for their workspace.
    receiving: KeyedPermits<Actor>,
    /// Running calls and requests with incomplete bodies.
    tenants: KeyedPermits<TenantPlace>,
    people: KeyedPermits<UserId>,
    bodies: Arc<Bodies>,
}

/// The permit of one running call, with the bytes of its body. It is released when it is dropped.
#[derive(Debug)]
pub struct RequestPermit {
    stage: Stage,
    _tenant: KeyedPermit<TenantPlace>,
    body: HeldBody,
    /// The request that the call came in.
    request: Option<Arc<Request>>,
}

#[derive(Debug)]
enum Stage {
    /// The request of a key has not arrived completely. The call will count for this workspace.
    Receiving {
        _key: KeyedPermit<Actor>,
        running: KeyedPermits<WorkspacePlace>,
        workspace: WorkspacePlace,
    },
    Running {
        _workspace: KeyedPermit<WorkspacePlace>,
    },
}

impl Permits {
    /// Creates permits, with this limit of the calls of all tenants, from which on each of them has only a few.
    pub(crate) fn new(most_of_all: usize) -> Self {
        Self {
            most_of_all,
            running: KeyedPermits::default(),
            receiving: KeyedPermits::default(),
            tenants: KeyedPermits::default(),
            people: KeyedPermits::default(),
            bodies: Arc::default(),
        }
    }

    /// Returns a permit to receive a request of the principal. It does not count among the running calls of the
    /// workspace until [`RequestPermit::begin`].
    ///
    /// # Errors
    ///
    /// Limited if `max` requests of the key have incomplete bodies, fewer for a read-only key, or if four times as many
    /// calls and requests of its tenant are counted.
    pub(crate) fn receive(
        &self,
        principal: &Principal,
        max: usize,
    ) -> Result<RequestPermit, Failure> {
        let (tenant, workspace) = places_of(principal);
        let reads = principal.access() == KeyAccess::Read;
        let most = if reads { max.min(RECEIVED_TO_READ) } else { max };
        let key = take_below(&self.receiving, &principal.actor, |_| most);
        let key = key.map_err(too_many_to_come)?;
        let running = self.running.clone();
        self.place(tenant, max, Stage::Receiving { _key: key, running, workspace })
    }

    /// Returns a permit to run a call of the principal's workspace.
    ///
    /// # Errors
    ///
    /// Limited if `max` calls of the workspace's keys are running, or if four times as many calls and requests of its
    /// tenant's are counted; for a person, if those of its people are.
    pub(crate) fn take(&self, principal: &Principal, max: usize) -> Result<RequestPermit, Failure> {
        let (tenant, workspace) = places_of(principal);
        let running = take_running(&self.running, &workspace, max)?;
        self.place(tenant, max, Stage::Running { _workspace: running })
    }

    /// Returns a permit for a request of a person for a page, or with a form of one, in whichever company they work.
    ///
    /// # Errors
    ///
    /// Limited if `max` requests of theirs are in progress.
    pub(crate) fn admit_person(&self, user: &UserId, max: usize) -> Result<PersonPermit, Failure> {
        let most = |all| if all < self.most_of_all / 2 { max } else { FEW_PAGES.min(max) };
        take_below(&self.people, user, most).map_err(|_| {
            let message = "Too many of your requests are already in progress.";
            Failure::new(Kind::Limited, message)
                .hint("Wait until some of them have finished.")
                .retry_after(Duration::from_secs(1))
        })
    }

    /// Counts a call or a request for its tenant.
    fn place(
        &self,
        tenant: TenantPlace,
        max: usize,
        stage: Stage,
    ) -> Result<RequestPermit, Failure> {
        let own = max.saturating_mul(WORKSPACES);
        let most = |all| if all < self.most_of_all { own } else { own.min(FEW_CALLS) };
        let counted = take_below(&self.tenants, &tenant, most);
        let counted = counted.map_err(|running| too_many(running, "this tenant"))?;
        let body = self.begin_body(BodySender::Tenant(tenant.1));
        Ok(RequestPermit { stage, _tenant: counted, body, request: None })
    }

    /// Returns an empty body of this sender.
    pub(crate) fn begin_body(&self, sender: BodySender) -> HeldBody {
        self.bodies.begin(sender)
    }
}

/// Returns the tenant and the workspace that the calls of a principal count for.
fn places_of(principal: &Principal) -> (TenantPlace, WorkspacePlace) {
    let group = principal.group();
    ((group, principal.tenant.clone()), (group, principal.workspace.clone()))
}

/// Counts a running call of a workspace.
fn take_running(
    running: &KeyedPermits<WorkspacePlace>,
    workspace: &WorkspacePlace,
    max: usize,
) -> Result<KeyedPermit<WorkspacePlace>, Failure> {
    take_below(running, workspace, |_| max).map_err(|running| too_many(running, "this workspace"))
}

/// Returns a permit of a key that holds fewer than `most`, given the number that all keys hold, or the number that it
/// holds.
fn take_below<K: Clone + Eq + Hash>(
    permits: &KeyedPermits<K>,
    key: &K,
    most: impl FnOnce(usize) -> usize,
) -> Result<KeyedPermit<K>, usize> {
    let mut held = 0;
    let permit = permits.take(key, |own, all| {
        held = own;
        own < most(all)
    });
    permit.ok_or(held)
}

impl RequestPermit {
    /// Adds the request that the call came in.
    pub(crate) fn with_request(mut self, request: Arc<Request>) -> Self {
        self.request = Some(request);
        self
    }

    /// Returns the request that the call came in.
    pub(crate) fn request(&self) -> Option<&Arc<Request>> {
        self.request.as_ref()
    }

    /// Turns the permit to receive a request into one to run its call.
    ///
    /// # Errors
    ///
    /// Limited if `max` calls of the workspace are running.
    pub(crate) fn begin(&mut self, max: usize) -> Result<(), Failure> {
        let Stage::Receiving { running, workspace, .. } = &self.stage else { return Ok(()) };
        let running = take_running(running, workspace, max)?;
        self.stage = Stage::Running { _workspace: running };
        Ok(())
    }

    /// Adds bytes of the call's body. They count until the call has ended.
    ///
    /// # Errors
    ///
    /// Limited if the bodies of the tenant, or of all tenants, take too much memory.
    pub fn hold(&mut self, bytes: usize) -> Result<(), Failure> {
        self.body.hold(bytes)
    }
}

fn too_many(running: usize, of: &str) -> Failure {
    Failure::new(Kind::Limited, format!("{running} calls of {of} are already running."))
        .hint("Wait until some of them have finished.")
        .retry_after(Duration::from_secs(1))
}

fn too_many_to_come(receiving: usize) -> Failure {
    let message = format!("{receiving} requests with this key are still arriving.");
    Failure::new(Kind::Limited, message)
        .hint("First finish sending the bodies of those requests.")
        .retry_after(Duration::from_secs(1))
}

#[cfg(test)]
mod tests;
