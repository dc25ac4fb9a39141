//! The limits on concurrent calls of a workspace, and on the bodies that are in memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Failure, Kind, TenantId, WorkspaceId};
use covibe_policy::Principal;
use parking_lot::Mutex;

/// The maximum number of bytes of all bodies in memory.
const BODIES: usize = 64 * 1024 * 1024;

/// The maximum number of those of a tenant.
const BODIES_OF_TENANT: usize = BODIES / 4;

/// The bytes of a call's body for which there is always room, if its tenant has room.
const SMALL_BODY: usize = 64 * 1024;

/// How many times the calls of a workspace may run for all workspaces of a tenant together. Each of them
/// keeps a connection.
const WORKSPACES: usize = 4;

/// The running calls.
#[derive(Debug, Default)]
pub(crate) struct Permits(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// The number of running calls, by workspace.
    running: HashMap<WorkspaceId, usize>,
    /// The same by tenant.
    running_of: HashMap<TenantId, usize>,
    /// The bytes of bodies, of all tenants.
    bytes: usize,
    /// The same by tenant.
    bytes_of: HashMap<TenantId, usize>,
}

/// The place of one running call, with the bytes of its body. It is given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    permits: Arc<Permits>,
    tenant: TenantId,
    workspace: WorkspaceId,
    bytes: usize,
}

impl Permits {
    /// Returns a place for one more call of the principal's workspace.
    ///
    /// # Errors
    ///
    /// Limited if `max` calls of the workspace are running, or four times as many of its tenant.
    pub(crate) fn take(
        self: &Arc<Self>,
        principal: &Principal,
        max: usize,
    ) -> Result<Place, Failure> {
        let (tenant, workspace) = (principal.tenant.clone(), principal.workspace.clone());
        let mut counts = self.0.lock();
        let running = counts.running.get(&workspace).copied().unwrap_or_default();
        let of_tenant = counts.running_of.get(&tenant).copied().unwrap_or_default();
        if running >= max {
            return Err(too_many(running, "this workspace"));
        }
        if of_tenant >= max.saturating_mul(WORKSPACES) {
            return Err(too_many(of_tenant, "this tenant"));
        }
        counts.running.insert(workspace.clone(), running + 1);
        counts.running_of.insert(tenant.clone(), of_tenant + 1);
        Ok(Place { permits: Arc::clone(self), tenant, workspace, bytes: 0 })
    }
}

impl Place {
    /// Adds bytes of the call's body, which count until the call has ended.
    ///
    /// # Errors
    ///
    /// Limited if the bodies of the tenant, or of all tenants, take too much memory.
    pub fn hold(&mut self, bytes: usize) -> Result<(), Failure> {
        let mut counts = self.permits.0.lock();
        let of_tenant = counts.bytes_of.get(&self.tenant).copied().unwrap_or_default() + bytes;
        let is_small = self.bytes + bytes <= SMALL_BODY;
        if of_tenant > BODIES_OF_TENANT || (counts.bytes + bytes > BODIES && !is_small) {
            let message = "The bodies of calls that are running take too much memory.";
            return Err(Failure::new(Kind::Limited, message)
                .hint("Make fewer calls with long bodies at the same time.")
                .retry_after(Duration::from_secs(1)));
        }
        counts.bytes += bytes;
        counts.bytes_of.insert(self.tenant.clone(), of_tenant);
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.permits.0.lock();
        counts.bytes -= self.bytes;
        subtract(&mut counts.bytes_of, &self.tenant, self.bytes);
        subtract(&mut counts.running, &self.workspace, 1);
        subtract(&mut counts.running_of, &self.tenant, 1);
    }
}

fn too_many(running: usize, of: &str) -> Failure {
    Failure::new(Kind::Limited, format!("{running} calls of {of} are already running."))
        .hint("Wait until some of them have finished.")
        .retry_after(Duration::from_secs(1))
}

/// Lowers a count, and removes it at zero.
fn subtract<N: Eq + std::hash::Hash>(counts: &mut HashMap<N, usize>, name: &N, by: usize) {
    match counts.get_mut(name) {
        Some(count) if *count > by => *count -= by,
        _ => drop(counts.remove(name)),
    }
}

#[cfg(test)]
mod tests {
    use covibe_domain::Actor;
    use covibe_domain::entities::{KeyAccess, KeyScope};

    use super::*;

    fn principal(tenant: &str, workspace: &str) -> Principal {
        Principal {
            tenant: tenant.parse().unwrap(),
            workspace: workspace.parse().unwrap(),
            slug: "mark".parse().unwrap(),
            actor: Actor::Operator,
            scope: KeyScope::Workspace,
            granted: KeyAccess::Full,
            narrowed: false,
        }
    }

    #[test]
    fn counts_places_per_workspace_and_takes_them_back() {
        let permits = Arc::<Permits>::default();
        let (mark, justine) =
            (principal("ten_alfa", "ws_mark"), principal("ten_alfa", "ws_justine"));
        let first = permits.take(&mark, 1).ok();
        assert_eq!(permits.take(&mark, 1).err().map(|f| f.kind), Some(Kind::Limited));
        assert!(permits.take(&justine, 1).is_ok());
        drop(first);
        assert!(permits.take(&mark, 1).is_ok());
    }

    #[test]
    fn counts_places_per_tenant() {
        let permits = Arc::<Permits>::default();
        let take = |tenant: &str, workspace: usize| {
            permits.take(&principal(tenant, &format!("ws_space{workspace}")), 2)
        };
        let places: Vec<_> = (0..8).map(|number| take("ten_alfa", number / 2).unwrap()).collect();
        let refused = take("ten_alfa", 9).unwrap_err();
        assert_eq!(refused.message, "8 calls of this tenant are already running.");
        assert!(take("ten_bravo", 10).is_ok());
        drop(places);
        assert!(take("ten_alfa", 9).is_ok());
    }

    #[test]
    fn a_small_body_has_room_whatever_other_tenants_hold() {
        let permits = Arc::<Permits>::default();
        let full: Vec<_> = ["ten_alfa", "ten_bravo", "ten_charlie", "ten_delta"]
            .map(|tenant| {
                let mut place = permits.take(&principal(tenant, "ws_alfa"), 5).unwrap();
                place.hold(BODIES_OF_TENANT).unwrap();
                place
            })
            .into();
        let mut other = permits.take(&principal("ten_echo", "ws_alfa"), 5).unwrap();
        assert!(other.hold(SMALL_BODY).is_ok() && other.hold(1).is_err());
        drop(full);
        assert!(other.hold(1).is_ok());
    }

    #[test]
    fn bounds_the_bytes_of_a_tenant_and_of_all() {
        const MEBIBYTE: usize = 1 << 20;
        let permits = Arc::<Permits>::default();
        let mut places = Vec::new();
        for tenant in ["ten_alfa", "ten_bravo", "ten_charlie", "ten_delta", "ten_echo"] {
            let mut held = 0;
            for _ in 0..30 {
                let mut place = permits.take(&principal(tenant, "ws_mark"), 1_000).unwrap();
                held += usize::from(place.hold(MEBIBYTE).is_ok());
                places.push(place);
            }
            assert_eq!(held, if tenant == "ten_echo" { 0 } else { 16 }, "{tenant}");
        }
        drop(places);
        let counts = permits.0.lock();
        assert_eq!((counts.bytes, counts.bytes_of.len(), counts.running.len()), (0, 0, 0));
    }
}
