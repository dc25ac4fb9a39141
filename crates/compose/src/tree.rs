//! The tree that is sent: a judged file.

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
