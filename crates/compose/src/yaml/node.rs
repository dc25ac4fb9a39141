//! The tree of a compose file as it was read, with aliases and merges resolved.

use std::rc::Rc;

use super::scalar::Scalar;

/// A node. Aliases share the node that they name.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(super) size: Size,
}

/// The value of a node.
#[derive(Debug)]
pub(crate) enum Value {
    Scalar(Scalar),
    List(Vec<Rc<Node>>),
    Map(Vec<(String, Rc<Node>)>),
}

/// The size of a node, with shared nodes counted each time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    pub(super) nodes: usize,
    pub(super) bytes: usize,
    pub(super) depth: usize,
}

impl Size {
    /// Returns whether this exceeds a limit nowhere.
    pub(super) fn fits(self, limit: Self) -> bool {
        self.nodes <= limit.nodes && self.bytes <= limit.bytes && self.depth <= limit.depth
    }

    /// Returns the size of an empty node at this depth.
    pub(super) fn at_depth(depth: usize) -> Self {
        Self { nodes: 1, bytes: 0, depth }
    }

    /// Returns the size of both, next to each other.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            nodes: self.nodes.saturating_add(other.nodes),
            bytes: self.bytes.saturating_add(other.bytes),
            depth: self.depth.max(other.depth),
        }
    }

    /// Returns the size of a collection of these.
    fn around(children: impl Iterator<Item = Self>) -> Self {
        children
            .fold(Self::at_depth(1), |all, child| all.and(Self { depth: child.depth + 1, ..child }))
    }
}

impl Node {
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

    /// Returns whether the value is null.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Value::Scalar(Scalar::Null))
    }
}
