//! Limits of the size of a file.

use super::node::Size;

/// Limits of the size and the characters of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The length of its text, in bytes.
    pub(super) longest: usize,
    /// The size of its tree, with each alias counted at full size.
    pub(super) tree: Size,
    /// True if values may contain characters that YAML does not allow.
    pub(super) allows_unprintable: bool,
}

impl Limits {
    /// The limits of a caller's file.
    pub(super) const CALLER: Self = Self {
        longest: 256 * 1024,
        tree: Size { nodes: 20_000, bytes: 512 * 1024, depth: 32 },
        allows_unprintable: false,
    };

    /// The limits of a file that Coolify stores or generated.
    pub(super) const STORED: Self = Self {
        longest: 8 * 1024 * 1024,
        tree: Size { nodes: 500_000, bytes: 16 * 1024 * 1024, depth: 64 },
        allows_unprintable: true,
    };
}
