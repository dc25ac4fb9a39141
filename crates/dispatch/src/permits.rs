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

/// The running calls.
#[derive(Debug, Default)]
pub(crate) struct Permits(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// The number of running calls, by workspace.
    running: HashMap<WorkspaceId, usize>,
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
    /// Limited if `max` calls of the workspace are running.
    pub(crate) fn take(
        self: &Arc<Self>,
        principal: &Principal,
        max: usize,
    ) -> Result<Place, Failure> {
        let mut counts = self.0.lock();
        let running = counts.running.entry(principal.workspace.clone()).or_default();
        if *running >= max {
            let message = format!("{running} calls of this workspace are already running.");
            return Err(Failure::new(Kind::Limited, message)
                .hint("Wait until some of them have finished.")
                .retry_after(Duration::from_secs(1)));
        }
        *running += 1;
        let (tenant, workspace) = (principal.tenant.clone(), principal.workspace.clone());
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
        if of_tenant > BODIES_OF_TENANT || counts.bytes + bytes > BODIES {
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
    }
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
        let (mark, justine) = (principal("ten_a", "ws_mark"), principal("ten_a", "ws_justine"));
        let first = permits.take(&mark, 1).ok();
        assert_eq!(permits.take(&mark, 1).err().map(|f| f.kind), Some(Kind::Limited));
        assert!(permits.take(&justine, 1).is_ok());
        drop(first);
        assert!(permits.take(&mark, 1).is_ok());
    }

    #[test]
    fn bounds_the_bytes_of_a_tenant_and_of_all() {
        const MEBIBYTE: usize = 1 << 20;
        let permits = Arc::<Permits>::default();
        let mut places = Vec::new();
        for tenant in ["ten_a", "ten_b", "ten_c", "ten_d", "ten_e"] {
            let mut held = 0;
            for _ in 0..30 {
                let mut place = permits.take(&principal(tenant, "ws_mark"), 1_000).unwrap();
                held += usize::from(place.hold(MEBIBYTE).is_ok());
                places.push(place);
            }
            assert_eq!(held, if tenant == "ten_e" { 0 } else { 16 }, "{tenant}");
        }
        drop(places);
        let counts = permits.0.lock();
        assert_eq!((counts.bytes, counts.bytes_of.len(), counts.running.len()), (0, 0, 0));
    }
}
