//! The limits on concurrent calls of a workspace and of a tenant, on concurrent requests of a person for pages, and on
//! the bodies that are in memory.

mod body_memory;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::entities::KeyAccess;
use covibe_domain::{
    Actor, Failure, KeyedPermit, KeyedPermits, Kind, TenantId, UserId, WorkspaceId,
};
use covibe_policy::{CallerGroup, Principal};
use parking_lot::Mutex;

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

/// The counts of running calls, of people's requests and of bodies in memory.
#[derive(Debug)]
pub(crate) struct Permits {
    /// The number of calls of all tenants, and twice that of requests for pages, from which on each has only a few:
    /// whoever waits for an answer keeps a connection, and a few tenants must not keep all of them.
    most_of_all: usize,
    counts: Mutex<Counts>,
    people: KeyedPermits<UserId>,
    bodies: Arc<Bodies>,
}

#[derive(Debug, Default)]
struct Counts {
    /// The number of running calls, by workspace.
    running: HashMap<(CallerGroup, WorkspaceId), usize>,
    /// The number of requests with incomplete bodies, by key. They count for their tenant, but not for their workspace.
    receiving: HashMap<Actor, usize>,
    /// The number of running calls and of requests with incomplete bodies, by tenant.
    tenants: HashMap<(CallerGroup, TenantId), usize>,
    /// The number of those of all tenants.
    all: usize,
}

/// The permit of one running call, with the bytes of its body. It is released when it is dropped.
#[derive(Debug)]
pub struct RequestPermit {
    permits: Arc<Permits>,
    tenant: (CallerGroup, TenantId),
    workspace: (CallerGroup, WorkspaceId),
    /// The key whose request has not arrived completely.
    receiving: Option<Actor>,
    body: HeldBody,
    /// The request that the call came in.
    request: Option<Arc<Request>>,
}

impl Permits {
    /// Creates permits, with this limit of the calls of all tenants, from which on each of them has only a few.
    pub(crate) fn new(most_of_all: usize) -> Self {
        Self {
            most_of_all,
            counts: Mutex::default(),
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
        self: &Arc<Self>,
        principal: &Principal,
        max: usize,
    ) -> Result<RequestPermit, Failure> {
        let (tenant, workspace) = places_of(principal);
        let actor = principal.actor.clone();
        let reads = principal.access() == KeyAccess::Read;
        let most = if reads { max.min(RECEIVED_TO_READ) } else { max };
        let mut counts = self.counts.lock();
        add_one(&mut counts.receiving, &actor, most).map_err(too_many_to_come)?;
        if let Err(failure) = counts.enter(&tenant, max, self.most_of_all) {
            subtract_one(&mut counts.receiving, &actor);
            return Err(failure);
        }
        Ok(self.place(tenant, workspace, Some(actor)))
    }

    /// Returns a permit to run a call of the principal's workspace.
    ///
    /// # Errors
    ///
    /// Limited if `max` calls of the workspace's keys are running, or if four times as many calls and requests of its
    /// tenant's are counted; for a person, if those of its people are.
    pub(crate) fn take(
        self: &Arc<Self>,
        principal: &Principal,
        max: usize,
    ) -> Result<RequestPermit, Failure> {
        let (tenant, workspace) = places_of(principal);
        let mut counts = self.counts.lock();
        counts.run(&workspace, max)?;
        if let Err(failure) = counts.enter(&tenant, max, self.most_of_all) {
            subtract_one(&mut counts.running, &workspace);
            return Err(failure);
        }
        Ok(self.place(tenant, workspace, None))
    }

    /// Returns a permit for a request of a person for a page, or with a form of one, in whichever company they work.
    ///
    /// # Errors
    ///
    /// Limited if `max` requests of theirs are in progress.
    pub(crate) fn admit_person(&self, user: &UserId, max: usize) -> Result<PersonPermit, Failure> {
        let most = |all| if all < self.most_of_all / 2 { max } else { FEW_PAGES.min(max) };
        self.people.take(user, |own, all| own < most(all)).ok_or_else(|| {
            let message = "Too many of your requests are already in progress.";
            Failure::new(Kind::Limited, message)
                .hint("Wait until some of them have finished.")
                .retry_after(Duration::from_secs(1))
        })
    }

    fn place(
        self: &Arc<Self>,
        tenant: (CallerGroup, TenantId),
        workspace: (CallerGroup, WorkspaceId),
        receiving: Option<Actor>,
    ) -> RequestPermit {
        let body = self.begin_body(BodySender::Tenant(tenant.1.clone()));
        RequestPermit {
            permits: Arc::clone(self),
            tenant,
            workspace,
            receiving,
            body,
            request: None,
        }
    }

    /// Returns an empty body of this sender.
    pub(crate) fn begin_body(&self, sender: BodySender) -> HeldBody {
        self.bodies.begin(sender)
    }
}

/// Returns the tenant and the workspace that the calls of a principal count for.
fn places_of(principal: &Principal) -> ((CallerGroup, TenantId), (CallerGroup, WorkspaceId)) {
    let group = principal.group();
    ((group, principal.tenant.clone()), (group, principal.workspace.clone()))
}

impl Counts {
    /// Counts a running call of a workspace.
    fn run(&mut self, workspace: &(CallerGroup, WorkspaceId), max: usize) -> Result<(), Failure> {
        add_one(&mut self.running, workspace, max).map_err(|n| too_many(n, "this workspace"))
    }

    /// Counts a call of a tenant.
    fn enter(
        &mut self,
        tenant: &(CallerGroup, TenantId),
        max: usize,
        most_of_all: usize,
    ) -> Result<(), Failure> {
        let own = max.saturating_mul(WORKSPACES);
        let most = if self.all < most_of_all { own } else { own.min(FEW_CALLS) };
        add_one(&mut self.tenants, tenant, most).map_err(|n| too_many(n, "this tenant"))?;
        self.all += 1;
        Ok(())
    }
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
        let Some(actor) = &self.receiving else { return Ok(()) };
        let mut counts = self.permits.counts.lock();
        counts.run(&self.workspace, max)?;
        subtract_one(&mut counts.receiving, actor);
        drop(counts);
        self.receiving = None;
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

impl Drop for RequestPermit {
    fn drop(&mut self) {
        let mut counts = self.permits.counts.lock();
        match &self.receiving {
            Some(actor) => subtract_one(&mut counts.receiving, actor),
            None => subtract_one(&mut counts.running, &self.workspace),
        }
        subtract_one(&mut counts.tenants, &self.tenant);
        counts.all -= 1;
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

/// Raises a count that is below `most`, or returns it.
fn add_one<N: Clone + Eq + Hash>(
    counts: &mut HashMap<N, usize>,
    name: &N,
    most: usize,
) -> Result<(), usize> {
    let count = counts.entry(name.clone()).or_default();
    if *count >= most {
        return Err(*count);
    }
    *count += 1;
    Ok(())
}

/// Lowers a count, and removes it at zero.
fn subtract_one<N: Eq + Hash>(counts: &mut HashMap<N, usize>, name: &N) {
    match counts.get_mut(name) {
        Some(count) if *count > 1 => *count -= 1,
        _ => drop(counts.remove(name)),
    }
}

#[cfg(test)]
mod tests;
