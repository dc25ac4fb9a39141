//! The checked tree, and the one text that is written of it.

use std::fmt::Write as _;

/// A value of the file as it is sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Plain>),
    Map(Members),
}

/// The members of a mapping in their order.
pub(crate) type Members = Vec<(String, Plain)>;

impl Plain {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The member of this name, of a mapping.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let found = self.members().iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value)
    }

    /// The same, to be changed.
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Self> {
        let found = self.members_mut().iter_mut().find(|(key, _)| key == name);
        found.map(|(_, value)| value)
    }

    /// The members to be changed, none of what is no mapping.
    pub(crate) fn members_mut(&mut self) -> &mut [(String, Self)] {
        if let Self::Map(members) = self { members } else { &mut [] }
    }

    /// The members, none of what is no mapping.
    pub(crate) fn members(&self) -> &[(String, Self)] {
        if let Self::Map(members) = self { members } else { &[] }
    }

    /// The items, none of what is no list.
    pub(crate) fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// The same without the members that are empty lists, at any depth.
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

    /// The text, of a text.
    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// The canonical text: block YAML of two spaces a level in which each key and text is a JSON string.
///
/// Nothing in it is left to a parser's taste: no anchors, no tags, no plain words but `null`,
/// `true`, `false` and decimal numbers. Coolify's parser (symfony/yaml 7) and docker compose's
/// (`go.yaml.in/yaml/v3`, v4) read it alike.
pub(crate) fn write(members: &[(String, Plain)]) -> String {
    let mut out = String::new();
    map(&mut out, members, 0);
    out
}

fn map(out: &mut String, members: &[(String, Plain)], level: usize) {
    for (key, value) in members {
        indent(out, level);
        quote(out, key);
        out.push(':');
        tail(out, value, level);
    }
}

fn tail(out: &mut String, value: &Plain, level: usize) {
    match value {
        Plain::Map(members) if !members.is_empty() => {
            out.push('\n');
            map(out, members, level + 1);
        }
        Plain::List(items) if !items.is_empty() => {
            out.push('\n');
            for item in items {
                indent(out, level + 1);
                out.push('-');
                tail(out, item, level + 1);
            }
        }
        _ => {
            out.push(' ');
            leaf(out, value);
            out.push('\n');
        }
    }
}

fn leaf(out: &mut String, value: &Plain) {
    match value {
        Plain::Null => out.push_str("null"),
        Plain::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Plain::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Plain::Text(text) => quote(out, text),
        Plain::List(_) => out.push_str("[]"),
        Plain::Map(_) => out.push_str("{}"),
    }
}

fn indent(out: &mut String, level: usize) {
    (0..level).for_each(|_| out.push_str("  "));
}

/// A JSON string without pairs of surrogates, which symfony/yaml does not put together: what is
/// escaped lies below U+10000.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if unseen(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// What a parser may take for a break, drop, or show in another order.
fn unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
        || ('\u{2000}'..='\u{200f}').contains(&c)
        || ('\u{2028}'..='\u{202f}').contains(&c)
        || ('\u{205f}'..='\u{206f}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_in_one_way() {
        let members = vec![
            ("a b".to_owned(), Plain::text("x: \"y\"\\\n\u{2028}é😀")),
            ("n".to_owned(), Plain::Null),
            ("e".to_owned(), Plain::Map(Vec::new())),
            (
                "l".to_owned(),
                Plain::List(vec![
                    Plain::Int(-1),
                    Plain::Map(vec![("k".to_owned(), Plain::Bool(true))]),
                    Plain::List(Vec::new()),
                ]),
            ),
        ];
        let text = "\"a b\": \"x: \\\"y\\\"\\\\\\n\\u2028é😀\"\n\"n\": null\n\"e\": {}\n\"l\":\n  - -1\n  -\n    \
                    \"k\": true\n  - []\n";
        assert_eq!(write(&members), text);
    }
}
