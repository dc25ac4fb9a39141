//! The tree that a compose file says, with its aliases and merges resolved.

use std::rc::Rc;

use super::scalar::Scalar;

/// A node; what an alias names is shared, not copied.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) value: Value,
    pub(crate) size: Size,
}

/// What a node holds.
#[derive(Debug)]
pub(crate) enum Value {
    Scalar(Scalar),
    List(Vec<Rc<Raw>>),
    Map(Vec<(String, Rc<Raw>)>),
}

/// How large a node is once everything that is shared is counted each time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    pub(crate) nodes: usize,
    pub(crate) bytes: usize,
    pub(crate) depth: usize,
}

/// The most that a file may come to.
const MOST: Size = Size { nodes: 20_000, bytes: 512 * 1024, depth: 32 };

impl Size {
    pub(crate) fn fits(self) -> bool {
        self.nodes <= MOST.nodes && self.bytes <= MOST.bytes && self.depth <= MOST.depth
    }

    /// A node this deep whose contents are yet to come.
    pub(crate) fn at_depth(depth: usize) -> Self {
        Self { nodes: 1, bytes: 0, depth }
    }

    /// Both, beside each other.
    pub(crate) fn and(self, other: Self) -> Self {
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
    pub(crate) fn new(value: Value) -> Self {
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

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Value::Scalar(Scalar::Null))
    }
}
