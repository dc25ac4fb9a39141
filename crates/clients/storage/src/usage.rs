//! How much is in a bucket.

/// The most pages of a listing that are counted, of 1,000 objects each.
pub(crate) const PAGES: usize = 20;

/// The objects of a page that are asked for, the most that Cloud Storage and S3 give.
pub(crate) const PAGE: usize = 1000;

/// How much is in a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The objects that were counted.
    pub objects: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// Whether all objects were counted. A listing ends after 20,000.
    pub is_complete: bool,
}

impl Usage {
    /// Counts an object.
    pub(crate) fn add(&mut self, bytes: u64) {
        self.objects += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}
