//! The tree of a file, from reading to writing.

use crate::yaml::{Node, Scalar, Value};

/// A value of the tree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Tree>),
    Map(Members),
}

impl From<&Node> for Tree {
    /// Numbers become the text that the author wrote.
    fn from(node: &Node) -> Self {
        match &node.value {
            Value::Scalar(Scalar::Null) => Self::Null,
            Value::Scalar(Scalar::Bool(on)) => Self::Bool(*on),
            Value::Scalar(Scalar::Text(text) | Scalar::Number(text)) => Self::text(text),
            Value::List(items) => {
                Self::List(items.iter().map(|item| Self::from(&**item)).collect())
            }
            Value::Map(members) => {
                let members = members.iter().map(|(key, node)| (key.clone(), Self::from(&**node)));
                Self::Map(members.collect())
            }
        }
    }
}

/// The members of a mapping, in their order.
pub(crate) type Members = Vec<(String, Tree)>;

impl Tree {
    /// Creates a string.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Returns the member of this name, if this is a mapping that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let found = self.members().iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value)
    }

    /// Returns the member of this name for a change, if this is a mapping that has it.
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Self> {
        let found = self.members_mut().iter_mut().find(|(key, _)| key == name);
        found.map(|(_, value)| value)
    }

    /// Returns the members of a mapping, and none of any other value.
    pub(crate) fn members(&self) -> &[(String, Self)] {
        if let Self::Map(members) = self { members } else { &[] }
    }

    /// Returns the members of a mapping for a change, and none of any other value.
    pub(crate) fn members_mut(&mut self) -> &mut [(String, Self)] {
        if let Self::Map(members) = self { members } else { &mut [] }
    }

    /// Returns whether this is null.
    pub(crate) fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// Returns whether this is neither a list nor a mapping.
    pub(crate) fn is_leaf(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Map(_))
    }

    /// Removes the member of this name from a mapping, and returns it.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Self> {
        let Self::Map(members) = self else { return None };
        let at = members.iter().position(|(key, _)| key == name)?;
        Some(members.remove(at).1)
    }

    /// Sets the member of this name of a mapping; any other value stays as it is.
    pub(crate) fn set(&mut self, name: &str, value: Self) {
        let Self::Map(members) = self else { return };
        match members.iter_mut().find(|(key, _)| key == name) {
            Some((_, slot)) => *slot = value,
            None => members.push((name.to_owned(), value)),
        }
    }

    /// Returns the items of a list, and none of any other value.
    pub(crate) fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// Returns the text of a string.
    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Returns the same tree without the members that are empty lists, at any depth.
    pub(crate) fn without_empty_lists(self) -> Self {
        match self {
            Self::Map(mut members) => {
                members.retain(|(_, value)| *value != Self::List(Vec::new()));
                let each =
                    members.into_iter().map(|(key, value)| (key, value.without_empty_lists()));
                Self::Map(each.collect())
            }
            Self::List(items) => {
                Self::List(items.into_iter().map(Self::without_empty_lists).collect())
            }
            leaf => leaf,
        }
    }
}
