//! The windows in which equal refusals are counted: a bounded number for each tenant and in total.

use std::collections::HashMap;

use covibe_domain::{Actor, TenantId, WorkspaceId};
use covibe_workspace::Draft;

/// The maximum number of windows of a tenant: more than one key needs for its calls.
const PER_TENANT: usize = 250;

/// The maximum number of windows in total.
const CAPACITY: usize = 10_000;

/// The properties that equal refusals share.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RefusalKey {
    tenant: TenantId,
    workspace: Option<WorkspaceId>,
    /// The actor and the tool; `None` for the shared key of refusals without a window of their own.
    call: Option<(Option<Actor>, String)>,
    pub(super) outcome: String,
}

impl RefusalKey {
    pub(super) fn from_draft(draft: &Draft, outcome: &str) -> Self {
        let (tenant, workspace) = draft.tenant_and_workspace();
        let (actor, tool) = draft.actor_and_tool();
        Self {
            tenant: tenant.clone(),
            workspace: workspace.cloned(),
            call: Some((actor.cloned(), tool.to_owned())),
            outcome: outcome.to_owned(),
        }
    }

    /// Returns whether it is the shared key of refusals without a window of their own.
    pub(super) const fn is_shared(&self) -> bool {
        self.call.is_none()
    }
}

/// Equal refusals.
#[derive(Debug)]
pub(super) struct RefusalWindow<C> {
    /// The number of refusals that got an entry of their own.
    pub(super) alone: u32,
    /// The other refusals.
    pub(super) counted: Option<C>,
}

/// The windows of all tenants.
#[derive(Debug)]
pub(super) struct RefusalWindows<C> {
    all: HashMap<RefusalKey, RefusalWindow<C>>,
    /// The number of windows of each tenant, without the shared ones.
    of_tenants: HashMap<TenantId, usize>,
}

impl<C> Default for RefusalWindows<C> {
    fn default() -> Self {
        Self { all: HashMap::new(), of_tenants: HashMap::new() }
    }
}

impl<C> RefusalWindows<C> {
    /// Returns the key under which a refusal is counted: its own, or the shared one of its workspace and outcome if no
    /// further window is allowed. Shared windows are few, so they have no limit.
    pub(super) fn key(&self, own: RefusalKey) -> RefusalKey {
        let used = self.of_tenants.get(&own.tenant).copied().unwrap_or_default();
        let has_place = used < PER_TENANT && self.all.len() < CAPACITY;
        if has_place || self.all.contains_key(&own) {
            own
        } else {
            RefusalKey { call: None, ..own }
        }
    }

    /// Returns a window, and whether it is new.
    pub(super) fn get_or_insert(&mut self, key: &RefusalKey) -> (&mut RefusalWindow<C>, bool) {
        let is_new = !self.all.contains_key(key);
        if is_new && !key.is_shared() {
            *self.of_tenants.entry(key.tenant.clone()).or_default() += 1;
        }
        let none = || RefusalWindow { alone: 0, counted: None };
        (self.all.entry(key.clone()).or_insert_with(none), is_new)
    }

    /// Removes a window.
    pub(super) fn remove(&mut self, key: &RefusalKey) -> Option<RefusalWindow<C>> {
        let removed = self.all.remove(key)?;
        if !key.is_shared()
            && let Some(used) = self.of_tenants.get_mut(&key.tenant)
        {
            *used -= 1;
            if *used == 0 {
                self.of_tenants.remove(&key.tenant);
            }
        }
        Some(removed)
    }

    /// Removes all windows.
    pub(super) fn take_all(&mut self) -> HashMap<RefusalKey, RefusalWindow<C>> {
        self.of_tenants.clear();
        std::mem::take(&mut self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(tenant: usize, tool: usize) -> RefusalKey {
        RefusalKey {
            tenant: format!("ten_{tenant:04}").parse().unwrap(),
            workspace: None,
            call: Some((None, format!("tool.{tool}"))),
            outcome: "invalid".to_owned(),
        }
    }

    /// Counts a refusal; returns whether it has a window of its own.
    fn note(windows: &mut RefusalWindows<()>, key: RefusalKey) -> bool {
        let key = windows.key(key);
        windows.get_or_insert(&key);
        !key.is_shared()
    }

    #[test]
    fn a_tenant_has_a_bounded_number_of_refusal_windows() {
        let mut windows = RefusalWindows::default();
        let own = (0..900).filter(|tool| note(&mut windows, key(1, *tool))).count();
        assert_eq!(own, PER_TENANT);
        assert!(note(&mut windows, key(1, 7)), "it has one");
        assert!(note(&mut windows, key(2, 7)), "others have their own");
        assert_eq!(windows.all.len(), PER_TENANT + 2);
        windows.remove(&key(1, 7));
        assert!(note(&mut windows, key(1, 901)));
        assert!(!note(&mut windows, key(1, 902)));
    }

    #[test]
    fn refusals_share_windows_beyond_the_total_limit() {
        let mut windows = RefusalWindows::default();
        let all = (0..60).flat_map(|tenant| (0..PER_TENANT).map(move |tool| key(tenant, tool)));
        let own = all.filter(|key| note(&mut windows, key.clone())).count();
        assert_eq!(own, CAPACITY);
        assert!(windows.all.len() <= CAPACITY + 60);
        assert!(!note(&mut windows, key(61, 1)));
        windows.take_all();
        assert!(note(&mut windows, key(61, 1)));
    }
}
