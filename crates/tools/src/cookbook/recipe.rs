//! A recipe: a part of the page, as far as the tools that it names exist.

use serde_json::Value;

use crate::registry::Registry;

/// A recipe, ready to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The last part of its URI.
    pub slug: String,
    /// The symptom.
    pub title: String,
    /// What follows the title, in Markdown.
    pub body: String,
}

/// The source's text before its first recipe, and the recipes as they are written.
pub(super) fn parts(source: &str) -> (&str, impl Iterator<Item = (&str, &str, &str)>) {
    let mut parts = source.split("\n## ");
    let preface = parts.next().unwrap_or_default();
    let recipes = parts.map(|part| {
        let (head, body) = part.split_once('\n').unwrap_or((part, ""));
        let (slug, title) = head.split_once(" · ").unwrap_or((head, head));
        (slug, title, body)
    });
    (preface, recipes)
}

impl Recipe {
    /// The recipe that is written like this, for the tools that there are.
    pub(super) fn new(registry: &Registry, (slug, title, body): (&str, &str, &str)) -> Self {
        let mut lines: Vec<String> = Vec::new();
        for line in present(registry, body) {
            match call(line) {
                Some(call) => lines.extend(call.written()),
                // What is left out leaves its blank lines behind.
                None if line.is_empty() && lines.last().is_none_or(String::is_empty) => {}
                None => lines.push(line.to_owned()),
            }
        }
        let body = lines.join("\n").trim().to_owned();
        Self { slug: slug.to_owned(), title: title.to_owned(), body }
    }

    /// The recipe as a document of its own.
    pub(super) fn document(&self) -> String {
        format!("# {}\n\n{}\n", self.title, self.body)
    }
}

/// The lines that are there with these tools: those between `@if` and `@end` only where each tool
/// after it exists (after `@if-parameter`: where the tool has that parameter), those after `@else`
/// only where not.
fn present<'a>(registry: &Registry, body: &'a str) -> impl Iterator<Item = &'a str> {
    let exists = |tool: &str| registry.find(tool).is_some();
    let takes = |tool: &str, parameter: &str| {
        registry.find(tool).is_some_and(|tool| tool.input["properties"].get(parameter).is_some())
    };
    let mut open: Vec<bool> = Vec::new();
    let mut lines = Vec::new();
    for line in body.lines() {
        let mut words = line.split(' ');
        match words.next() {
            Some("@if") => open.push(words.all(exists)),
            Some("@if-parameter") => {
                let (tool, parameter) = (words.next(), words.next());
                open.push(takes(tool.unwrap_or_default(), parameter.unwrap_or_default()));
            }
            Some("@else") => open.iter_mut().rev().take(1).for_each(|holds| *holds = !*holds),
            Some("@end") => drop(open.pop()),
            _ if open.iter().all(|holds| *holds) => lines.push(line),
            _ => {}
        }
    }
    lines.into_iter()
}

/// A call as the source has it: `@call tool {"its":"parameters"}`.
pub(super) struct Call<'a> {
    indent: &'a str,
    pub(super) tool: &'a str,
    pub(super) params: &'a str,
}

/// The call that a line is.
pub(super) fn call(line: &str) -> Option<Call<'_>> {
    let (indent, rest) = line.split_once("@call ")?;
    let (tool, params) = rest.split_once(' ')?;
    indent.trim().is_empty().then_some(Call { indent, tool, params })
}

impl Call<'_> {
    /// The call in both spellings.
    fn written(&self) -> [String; 4] {
        let Self { indent, tool, params } = self;
        let name = Value::from(*tool);
        [
            format!("{indent}```text"),
            format!("{indent}MCP      {} {params}", tool.replace('.', "_")),
            format!(r#"{indent}compact  {{"tool":{name},"params":{params}}}"#),
            format!("{indent}```"),
        ]
    }
}
