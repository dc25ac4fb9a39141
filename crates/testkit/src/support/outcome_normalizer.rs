//! Outcomes without what differs from run to run: ids, times, passwords, names of workspaces.

use std::collections::HashMap;

use regex::{Captures, Regex};
use serde_json::Value;

/// Replaces what differs, the same thing by the same word each time.
pub struct Normalizer {
    rules: Vec<(Regex, &'static str)>,
    slug: String,
    seen: HashMap<String, String>,
}

impl Normalizer {
    /// For the outcomes of one workspace.
    pub fn for_workspace(slug: &str) -> Self {
        let rule = |pattern: &str, word| (Regex::new(pattern).expect("a pattern"), word);
        let rules = vec![
            rule(r"\b\d{4}-\d\d-\d\dT[0-9:.]+Z", "time"),
            rule(r"\b[0-9a-f]{40}\b", "hash"),
            rule(r"(?-u:\b)[a-z0-9]{24}\b", "uuid"),
            rule(r#"://[^:/@\s"]*:[^@\s"]+@"#, "userinfo"),
            // Of the frames around what others wrote.
            rule(r"\b[0-9a-f]{12}\b", "frame"),
        ];
        Self { rules, slug: slug.to_owned(), seen: HashMap::new() }
    }

    /// The value in plain words.
    pub fn value(&mut self, value: &Value) -> Value {
        let mut text = value.to_string();
        for (rule, word) in &self.rules {
            let seen = &mut self.seen;
            let replace = |found: &Captures<'_>| match *word {
                word @ ("time" | "frame") => format!("‹{word}›"),
                word => {
                    let name = format!("‹{word} {}›", seen.len());
                    seen.entry(found[0].to_owned()).or_insert(name).clone()
                }
            };
            text = rule.replace_all(&text, replace).into_owned();
        }
        let text = text.replace(&self.slug, "‹slug›");
        serde_json::from_str(&text).expect("still JSON")
    }
}

#[test]
fn equal_values_of_different_runs_are_normalized_to_the_same_text() {
    let value = |slug: &str, id: &str| {
        let url = format!("postgres://u:p{slug}@{id}:5432/db");
        serde_json::json!([id, id, url, format!("x.{slug}.test"), "2026-11-20T08:00:00.1Z"])
    };
    let one = Normalizer::for_workspace("one").value(&value("one", "abcdefghijklmnopqrstuv23"));
    let two = Normalizer::for_workspace("two").value(&value("two", "zbcdefghijklmnopqrstuv23"));
    assert_eq!(one, two);
    let other = Normalizer::for_workspace("two").value(&value("other", "zbcdefghijklmnopqrstuv23"));
    assert_ne!(one, other);
}
