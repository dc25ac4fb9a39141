//! The amount of data in a bucket.

/// The maximum number of pages of a listing that are counted, of 1,000 objects each.
pub(crate) const PAGES: usize = 20;

/// The number of objects that a page is asked for, the maximum at Cloud Storage and S3.
pub(crate) const PAGE: usize = 1000;

/// The amount of data in a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The objects that were counted.
    pub objects: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// True if all objects were counted. A listing ends after 20,000.
    pub is_complete: bool,
}

impl Usage {
    /// Counts an object.
    pub(crate) fn add(&mut self, bytes: u64) {
        self.objects += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}
