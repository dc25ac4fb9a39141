//! The names that resources had when they were listed last, so that a call by name need not list all again.

use std::collections::HashMap;

use covibe_domain::{ResourceKind, WorkspaceId};
use parking_lot::Mutex;

/// The maximum number of names; beyond it all are forgotten, which costs a listing each.
const CAPACITY: usize = 10_000;

/// The workspace and the kind that a name is looked up in, and the name.
type NameKey = (WorkspaceId, ResourceKind, String);

/// The uuids of the resources of one cell, by names that one resource alone had.
#[derive(Debug, Default)]
pub(crate) struct KnownNames(Mutex<HashMap<NameKey, String>>);

impl KnownNames {
    /// Notes which resource of a workspace had a name.
    pub(crate) fn note(&self, workspace: &WorkspaceId, kind: ResourceKind, name: &str, uuid: &str) {
        let mut known = self.0.lock();
        if known.len() >= CAPACITY {
            known.clear();
        }
        known.insert((workspace.clone(), kind, name.to_owned()), uuid.to_owned());
    }

    /// Returns the resource that had this name, which may have another one by now.
    pub(crate) fn uuid(
        &self,
        workspace: &WorkspaceId,
        kind: ResourceKind,
        name: &str,
    ) -> Option<String> {
        self.0.lock().get(&(workspace.clone(), kind, name.to_owned())).cloned()
    }

    /// Forgets a name.
    pub(crate) fn forget(&self, workspace: &WorkspaceId, kind: ResourceKind, name: &str) {
        self.0.lock().remove(&(workspace.clone(), kind, name.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_only_for_its_workspace_and_kind() {
        let known = KnownNames::default();
        let (one, other) = (WorkspaceId::from_random([1; 20]), WorkspaceId::from_random([2; 20]));
        known.note(&one, ResourceKind::App, "shop", "a");
        let uuid = |workspace, kind| known.uuid(workspace, kind, "shop");
        assert_eq!(uuid(&one, ResourceKind::App).as_deref(), Some("a"));
        assert_eq!(uuid(&one, ResourceKind::Database), None);
        assert_eq!(uuid(&other, ResourceKind::App), None);
        known.forget(&one, ResourceKind::App, "shop");
        assert_eq!(uuid(&one, ResourceKind::App), None);
    }

    #[test]
    fn the_number_of_names_is_bounded() {
        let (known, one) = (KnownNames::default(), WorkspaceId::from_random([1; 20]));
        for number in 0..=CAPACITY {
            known.note(&one, ResourceKind::App, &number.to_string(), "a");
        }
        assert_eq!(known.0.lock().len(), 1);
    }
}
