//! The keys of people who are no members any more.

use covibe_domain::KeyId;

use crate::identity::Identity;

impl Identity {
    /// Evicts keys that were revoked.
    pub(super) fn forget_keys(&self, revoked: &[KeyId]) {
        for key in revoked {
            self.cache.forget_key(key);
        }
    }
}
