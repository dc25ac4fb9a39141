//! Writing the tree as one canonical text.

use std::fmt::Write as _;

use crate::yaml_tree::Tree;

/// Returns the canonical text: block YAML, indented by two spaces, in which each key and string is
/// a JSON string.
///
/// It has no anchors, no tags, and no plain scalars but `null`, `true`, `false` and decimal
/// integers, so that parsers agree about it: Coolify's (symfony/yaml 7) and Docker Compose's
/// (`go.yaml.in/yaml/v3`, v4).
pub(crate) fn write(members: &[(String, Tree)]) -> String {
    let mut out = String::new();
    write_map(&mut out, members, 0);
    out
}

fn write_map(out: &mut String, members: &[(String, Tree)], level: usize) {
    for (key, value) in members {
        write_indent(out, level);
        write_quoted(out, key);
        out.push(':');
        write_after_key(out, value, level);
    }
}

fn write_after_key(out: &mut String, value: &Tree, level: usize) {
    match value {
        Tree::Map(members) if !members.is_empty() => {
            out.push('\n');
            write_map(out, members, level + 1);
        }
        Tree::List(items) if !items.is_empty() => {
            out.push('\n');
            for item in items {
                write_indent(out, level + 1);
                out.push('-');
                write_after_key(out, item, level + 1);
            }
        }
        _ => {
            out.push(' ');
            write_leaf(out, value);
            out.push('\n');
        }
    }
}

fn write_leaf(out: &mut String, value: &Tree) {
    match value {
        Tree::Null => out.push_str("null"),
        Tree::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Tree::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Tree::Text(text) => write_quoted(out, text),
        Tree::List(_) => out.push_str("[]"),
        Tree::Map(_) => out.push_str("{}"),
    }
}

fn write_indent(out: &mut String, level: usize) {
    (0..level).for_each(|_| out.push_str("  "));
}

/// Writes a JSON string without surrogate pairs, which symfony/yaml does not combine: only
/// characters below U+10000 are escaped.
fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_ambiguous(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Returns whether a parser may read the character as a line break, drop it, or reorder the text.
fn is_ambiguous(c: char) -> bool {
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
    fn writes_every_kind_of_value_in_canonical_form() {
        let members = vec![
            ("a b".to_owned(), Tree::text("x: \"y\"\\\n\u{2028}é😀")),
            ("n".to_owned(), Tree::Null),
            ("e".to_owned(), Tree::Map(Vec::new())),
            (
                "l".to_owned(),
                Tree::List(vec![
                    Tree::Int(-1),
                    Tree::Map(vec![("k".to_owned(), Tree::Bool(true))]),
                    Tree::List(Vec::new()),
                ]),
            ),
        ];
        let text = "\"a b\": \"x: \\\"y\\\"\\\\\\n\\u2028é😀\"\n\"n\": null\n\"e\": {}\n\"l\":\n  - -1\n  -\n    \
                    \"k\": true\n  - []\n";
        assert_eq!(write(&members), text);
    }
}
