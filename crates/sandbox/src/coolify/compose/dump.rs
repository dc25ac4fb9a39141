//! YAML as Coolify stores every compose file: without comments, anchors and merges.

use super::yaml::Yaml;

impl Yaml {
    /// Writes the document in block style, indented by two.
    pub(super) fn dump(&self) -> String {
        self.lines().join("\n") + "\n"
    }

    fn lines(&self) -> Vec<String> {
        match self {
            Self::Scalar(..) => vec![self.inline()],
            Self::List(items) => items.iter().flat_map(|item| item.lines_after("-")).collect(),
            Self::Map(members) => {
                let key = |key: &String| Self::Scalar(key.clone(), false).inline() + ":";
                members.iter().flat_map(|(name, value)| value.lines_after(&key(name))).collect()
            }
        }
    }

    /// Writes the value after its key or hyphen, or below it.
    fn lines_after(&self, head: &str) -> Vec<String> {
        // PHP has one kind of empty array.
        let is_empty = !matches!(self, Self::Scalar(..))
            && self.items().is_empty()
            && self.members().is_empty();
        let (head, below) = match self {
            _ if is_empty => (format!("{head} {{  }}"), Vec::new()),
            Self::Scalar(text, false) if is_block(text) => {
                let lines = text.trim_end_matches('\n').split('\n').map(str::to_owned);
                (format!("{head} |{}", chomping(text)), lines.collect())
            }
            Self::Scalar(..) => (format!("{head} {}", self.inline()), Vec::new()),
            Self::List(_) | Self::Map(_) => (head.to_owned(), self.lines()),
        };
        let below = below.into_iter().map(|line| format!("  {line}").trim_end().to_owned());
        std::iter::once(head).chain(below).collect()
    }

    fn inline(&self) -> String {
        match self {
            _ if self.is_null() => "null".to_owned(),
            Self::Scalar(text, true) => text.clone(),
            Self::Scalar(text, false) if is_safe(text) => text.clone(),
            Self::Scalar(text, false) if text.contains(char::is_control) => {
                serde_json::Value::from(text.as_str()).to_string()
            }
            Self::Scalar(text, false) => format!("'{}'", text.replace('\'', "''")),
            Self::List(_) | Self::Map(_) => String::new(),
        }
    }
}

/// Returns whether a text is written as a block of its lines.
fn is_block(text: &str) -> bool {
    text.trim_end().contains('\n')
        && !text.starts_with(char::is_whitespace)
        && !text.chars().any(|c| c.is_control() && c != '\n')
}

/// Returns the block's chomping indicator: a text keeps one line break at its end, or none.
fn chomping(text: &str) -> &'static str {
    if text.ends_with('\n') { "" } else { "-" }
}

/// Returns whether a text needs no quotes.
fn is_safe(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || "_./$-".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/')
        && text.chars().all(word)
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_parses_to_the_same_document() {
        let file = "# c\nx-a: &a {k: 'v: 1'}\nservices:\n  web:\n    <<: *a\n    ports: ['80:80', 443]\n    \
                    command: |\n      one\n      two\n    none: {}\n    empty:\n    entry: \"a\\tb\"\n";
        let read = Yaml::parse(file).unwrap();
        let text = read.dump();
        assert!(!text.contains(['#', '&', '*']), "{text}");
        let again = Yaml::parse(&text).unwrap();
        assert_eq!(again.dump(), text);
        let web = again.get("services").and_then(|services| services.get("web")).unwrap();
        assert_eq!(web.get("k").unwrap().text(), Some("v: 1"));
        assert_eq!(web.get("command").unwrap().text(), Some("one\ntwo\n"));
        assert_eq!(web.get("entry").unwrap().text(), Some("a\tb"));
        assert_eq!(web.get("ports").unwrap().items()[0].text(), Some("80:80"));
        assert!(text.contains("none: {  }\n") && text.contains("empty: null\n"), "{text}");
    }
}
