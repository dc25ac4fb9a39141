//! Writing a tree in one of the many spellings of the same YAML.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Writes YAML by choices from random bytes, and by default choices once those are used up.
pub(crate) struct Speller {
    choices: Vec<u8>,
    at: usize,
    /// Anchored values, which come first in the file.
    anchored: Vec<String>,
}

impl Speller {
    pub(crate) fn new(choices: Vec<u8>) -> Self {
        Self { choices, at: 0, anchored: Vec::new() }
    }

    /// Returns the anchored values, which must come before a text with their aliases.
    pub(crate) fn anchored_values(&self) -> String {
        self.anchored.concat()
    }

    /// Writes a member of a mapping in flow style.
    pub(crate) fn member(&mut self, key: &str, value: &Value) -> String {
        format!("{}: {}", self.text(key), self.flow(value))
    }

    /// Writes a file.
    pub(crate) fn file(tree: &Value, choices: Vec<u8>) -> String {
        let mut speller = Self::new(choices);
        let body = match speller.choose(4) {
            0 => {
                let all = speller.mapping(tree);
                format!("<<: {}\n", speller.anchor(&all))
            }
            _ => {
                speller.members(tree.as_object().unwrap(), 0).trim_start_matches('\n').to_owned()
                    + "\n"
            }
        };
        let body = format!("{}{body}", speller.anchored_values());
        match speller.choose(8) {
            0 => format!("\u{feff}{body}"),
            1 => format!("---\n{body}...\n"),
            2 => body.replace('\n', "\r\n"),
            // A comment within a folded scalar would be part of the scalar.
            3 if !body.contains(">-") => body.replace('\n', " # privileged: true\n# x\n\n"),
            _ => body,
        }
    }

    fn choose(&mut self, among: u8) -> u8 {
        self.at += 1;
        self.choices.get(self.at).map_or(among - 1, |choice| choice % among)
    }

    /// Writes the members of a mapping in block style, some of them through a merge key.
    fn members(&mut self, members: &Map<String, Value>, level: usize) -> String {
        let pad = "  ".repeat(level);
        let (merged, own): (Vec<_>, Vec<_>) = members.iter().partition(|_| self.choose(8) == 0);
        let mut text = String::new();
        if !merged.is_empty() {
            let value = Value::Object(merged.into_iter().map(to_owned_member).collect());
            let _ = write!(text, "\n{pad}<<: {}", self.merge_value(&value));
        }
        for (key, value) in own {
            let nested = self.block(value, level + 1);
            let key = self.text(key);
            let _ = match self.choose(12) {
                0 => write!(text, "\n{pad}? {key}\n{pad}:{nested}"),
                _ => write!(text, "\n{pad}{key}:{nested}"),
            };
        }
        text
    }

    /// Writes a value after a colon or a dash, in block style.
    fn block(&mut self, tree: &Value, level: usize) -> String {
        let pad = "  ".repeat(level);
        match tree {
            Value::Object(members) if !members.is_empty() && self.choose(4) > 0 => {
                self.members(members, level)
            }
            Value::Array(items) if !items.is_empty() && self.choose(4) > 0 => {
                let items =
                    items.iter().map(|item| format!("\n{pad}-{}", self.block(item, level + 1)));
                items.collect()
            }
            Value::String(text) if self.choose(8) == 0 && is_line(text) => {
                format!(" >-\n{pad}  {text}")
            }
            _ => format!(" {}", self.flow(tree)),
        }
    }

    /// Writes the value of a merge key: an alias, a list of them, or a mapping with a merge key.
    fn merge_value(&mut self, value: &Value) -> String {
        let flow = self.mapping(value);
        let alias = self.anchor(&flow);
        match self.choose(3) {
            0 => format!("[{{}}, {alias}]"),
            1 => {
                let nested = self.anchor(&format!("{{<<: {alias}}}"));
                format!("[{nested}]")
            }
            _ => alias,
        }
    }

    fn flow(&mut self, tree: &Value) -> String {
        let text = match tree {
            Value::Object(_) => self.mapping(tree),
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.flow(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::String(text) => self.text(text),
            Value::Null => ["null", "~", "Null"][usize::from(self.choose(3))].to_owned(),
            Value::Bool(on) => {
                let text = on.to_string();
                if self.choose(3) == 0 { text.to_uppercase() } else { text }
            }
            Value::Number(number) => number.to_string(),
        };
        if self.choose(10) == 0 { self.anchor(&text) } else { text }
    }

    fn mapping(&mut self, tree: &Value) -> String {
        let members = tree.as_object().unwrap().iter();
        let members: Vec<_> = members.map(|(key, value)| self.member(key, value)).collect();
        format!("{{{}}}", members.join(", "))
    }

    /// Anchors a text at the start of the file, and returns an alias.
    fn anchor(&mut self, text: &str) -> String {
        let name = format!("a{}", self.anchored.len());
        if text.starts_with('*') {
            return text.to_owned();
        }
        self.anchored.push(format!("x-{name}: &{name} {text}\n"));
        format!("*{name} ")
    }

    /// Writes a string in one of the styles.
    fn text(&mut self, text: &str) -> String {
        match self.choose(6) {
            0 if !text.contains('\n') => format!("'{}'", text.replace('\'', "''")),
            1 => self.escape(text),
            2 => format!("!!str {}", self.escape(text)),
            3 => quote(text),
            _ if is_plain(text) => text.to_owned(),
            _ => quote(text),
        }
    }

    /// Writes a string in double quotes, with some characters escaped.
    fn escape(&mut self, text: &str) -> String {
        let each = text.chars().map(|c| match (self.choose(5), u32::from(c)) {
            (0, code @ 0..=0xff) => format!("\\x{code:02x}"),
            (1, code @ 0..=0xffff) => format!("\\u{code:04X}"),
            (2, code) => format!("\\U{code:08x}"),
            _ => {
                let quoted = quote(&c.to_string());
                quoted[1..quoted.len() - 1].to_owned()
            }
        });
        format!("\"{}\"", each.collect::<String>())
    }
}

fn to_owned_member((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}

fn quote(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Returns whether a string needs no quotes.
fn is_plain(text: &str) -> bool {
    let words = ["true", "false", "null"];
    text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_./-".contains(c))
        && !words.contains(&text.to_lowercase().as_str())
}

/// Returns whether a string can be a folded block of one line.
fn is_line(text: &str) -> bool {
    text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric())
        && !text.contains('\n')
        && text.trim_end() == text
        && !text.contains('#')
}
