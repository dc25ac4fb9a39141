//! The workspace's object storage.

use super::Workspace;
use crate::storage::Storage;

impl Workspace {
    /// Returns its object storage.
    pub fn storage(&self) -> Storage<'_> {
        Storage::new(&self.platform, (self.principal(), self.slug()), self.deadline)
    }
}
