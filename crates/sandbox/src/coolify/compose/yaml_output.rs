//! YAML as Coolify stores every compose file: without comments, anchors and merges.

use super::yaml_parser::Yaml;

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

/// Returns whether a text needs no quotes (symfony/yaml 7, `Inline::dump` and `Escaper`). It does not
/// quote numbers that only YAML 1.1 or Go know, such as `0b11`.
fn is_safe(text: &str) -> bool {
    let is_reserved = matches!(
        text.to_ascii_lowercase().as_str(),
        "" | "null" | "~" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    let is_special = |c: char| c.is_whitespace() || "'\":{}[],&*#?".contains(c);
    let starts_special = text.starts_with(|c: char| c.is_whitespace() || "-?|<>=!%@`".contains(c));
    !is_reserved && !text.contains(is_special) && !starts_special && !is_number(text)
}

/// Returns whether PHP or symfony take a text for a number or a date.
fn is_number(text: &str) -> bool {
    let is_of_float = |b: u8| b.is_ascii_digit() || b"+-.eE".contains(&b);
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let digits = text.replace('_', "");
    let date: Vec<_> = text.split('-').map(|part| (part.len(), part.parse::<u32>())).collect();
    text.bytes().all(is_of_float) && text.parse::<f64>().is_ok()
        || hex.is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit() || b == b'_'))
        || text.starts_with(|c: char| c.is_ascii_digit())
            && digits.bytes().all(|b| b.is_ascii_digit())
        || matches!(date[..], [(4, Ok(_)), (1 | 2, Ok(_)), (1 | 2, Ok(_))])
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
        assert!(!is_safe("3000") && !is_safe("0x1F") && is_safe("0b11") && is_safe("10s"));
        assert!(text.contains("none: {  }\n") && text.contains("empty: null\n"), "{text}");
    }
}
