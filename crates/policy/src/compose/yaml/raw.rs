//! The tree that a compose file says, with its aliases and merges resolved.

use std::rc::Rc;

use super::scalar::Scalar;

/// A node; what an alias names is shared, not copied.
#[derive(Debug)]
pub(in crate::compose) struct Raw {
    pub(in crate::compose) value: Value,
    pub(super) size: Size,
}

/// What a node holds.
#[derive(Debug)]
pub(in crate::compose) enum Value {
    Scalar(Scalar),
    List(Vec<Rc<Raw>>),
    Map(Vec<(String, Rc<Raw>)>),
}

/// How large a node is once everything that is shared is counted each time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    pub(super) nodes: usize,
    pub(super) bytes: usize,
    pub(super) depth: usize,
}

/// The most that a file may come to.
const MOST: Size = Size { nodes: 20_000, bytes: 512 * 1024, depth: 32 };

impl Size {
    pub(super) fn fits(self) -> bool {
        self.nodes <= MOST.nodes && self.bytes <= MOST.bytes && self.depth <= MOST.depth
    }

    /// A node this deep whose contents are yet to come.
    pub(super) fn at_depth(depth: usize) -> Self {
        Self { nodes: 1, bytes: 0, depth }
    }

    /// Both, beside each other.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            nodes: self.nodes.saturating_add(other.nodes),
            bytes: self.bytes.saturating_add(other.bytes),
            depth: self.depth.max(other.depth),
        }
    }

    fn around(children: impl Iterator<Item = Self>) -> Self {
        children
            .fold(Self::at_depth(1), |all, child| all.and(Self { depth: child.depth + 1, ..child }))
    }
}

impl Raw {
    pub(super) fn new(value: Value) -> Self {
        let size = match &value {
            Value::Scalar(scalar) => Size { bytes: scalar.len(), ..Size::at_depth(1) },
            Value::List(items) => Size::around(items.iter().map(|item| item.size)),
            Value::Map(entries) => {
                let mut size = Size::around(entries.iter().map(|(_, value)| value.size));
                let keys: usize = entries.iter().map(|(key, _)| key.len()).sum();
                size.bytes = size.bytes.saturating_add(keys);
                size
            }
        };
        Self { value, size }
    }

    pub(in crate::compose) fn is_null(&self) -> bool {
        matches!(self.value, Value::Scalar(Scalar::Null))
    }
}
