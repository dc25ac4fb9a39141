//! The hooks that are known by the ids of their secrets before anything of a delivery is read.

use std::collections::{HashMap, HashSet};

use covibe_crypto::SecretBox;
use covibe_domain::WorkspaceId;
use covibe_gitea::{HookVerifier, Unsigned};
use parking_lot::Mutex;

use super::hook_keys::{self, HookKey};

/// The number of workspaces whose hooks are known. Deliveries of further ones count for the address of Gitea.
const CAPACITY: usize = 100_000;

/// A hook of ours that a delivery names by the id of its secret.
#[derive(Debug)]
pub struct NamedHook {
    key: HookKey,
    /// The workspace whose organisation has it; `None` for that of the instance.
    workspace: Option<WorkspaceId>,
}

impl NamedHook {
    /// Returns the id of its secret.
    pub fn id(&self) -> &str {
        &self.key.id
    }

    /// Returns what checks the signature of a delivery that comes in pieces.
    pub fn verifier(&self) -> HookVerifier {
        self.key.secret.verifier()
    }

    /// Checks that a delivery about a workspace is signed by this hook.
    pub(crate) fn verify(
        &self,
        about: &WorkspaceId,
        body: &[u8],
        signature: &str,
    ) -> Result<(), Unsigned> {
        if self.workspace.as_ref().is_some_and(|own| own != about) {
            return Err(Unsigned);
        }
        self.key.secret.verify(body, signature)
    }

    /// Returns the workspace whose organisation has it; `None` for the hook of the instance.
    pub(crate) fn workspace(&self) -> Option<&WorkspaceId> {
        self.workspace.as_ref()
    }
}

/// The hooks that are known.
#[derive(Debug, Default)]
pub(crate) struct KnownHooks(Mutex<HookIndex>);

#[derive(Debug, Default)]
struct HookIndex {
    /// The workspaces, by the ids of the secrets of their hooks.
    ids: HashMap<String, WorkspaceId>,
    workspaces: HashSet<WorkspaceId>,
}

impl KnownHooks {
    /// Remembers the hook of a workspace.
    pub(crate) fn learn(&self, from: &SecretBox, workspace: &WorkspaceId) {
        let mut known = self.0.lock();
        if known.workspaces.len() >= CAPACITY || !known.workspaces.insert(workspace.clone()) {
            return;
        }
        let keys = hook_keys::workspace_keys(from, workspace);
        known.ids.extend(keys.into_iter().map(|key| (key.id, workspace.clone())));
    }

    /// Returns the hook with this id of its secret, if it is known.
    pub(crate) fn find_by_id(&self, from: &SecretBox, id: &str) -> Option<NamedHook> {
        let workspace = self.0.lock().ids.get(id).cloned();
        let keys = match &workspace {
            Some(workspace) => hook_keys::workspace_keys(from, workspace),
            None => hook_keys::instance_keys(from),
        };
        let key = keys.into_iter().find(|key| key.id == id)?;
        Some(NamedHook { key, workspace })
    }
}
