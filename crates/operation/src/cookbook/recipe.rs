//! A recipe: a section of the source, without passages about tools that do not exist.

use serde_json::Value;

use crate::registry::Registry;

/// A recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The last part of its URI.
    pub slug: String,
    /// The symptom.
    pub title: String,
    /// The text after the title, in Markdown.
    pub body: String,
}

/// Splits the source into the text before the first recipe and the recipes: slug, title and body.
pub fn sections(source: &str) -> (&str, impl Iterator<Item = (&str, &str, &str)>) {
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
    /// Creates a recipe from its section, for the tools of the registry.
    pub(super) fn new<Cx>(
        registry: &Registry<Cx>,
        (slug, title, body): (&str, &str, &str),
    ) -> Self {
        let mut lines: Vec<String> = Vec::new();
        for line in present(registry, body) {
            match call(line) {
                Some(call) => lines.extend(call.rendered()),
                // A passage that is left out leaves its blank lines behind.
                None if line.is_empty() && lines.last().is_none_or(String::is_empty) => {}
                None => lines.push(line.to_owned()),
            }
        }
        let body = lines.join("\n").trim().to_owned();
        Self { slug: slug.to_owned(), title: title.to_owned(), body }
    }

    /// Returns the recipe as a document of its own.
    pub(super) fn document(&self) -> String {
        format!("# {}\n\n{}\n", self.title, self.body)
    }
}

/// Returns the lines that apply to these tools. Lines between `@if` and `@end` apply if each tool
/// named after `@if` exists (after `@if-parameter`: if the tool has that parameter); lines after
/// `@else` apply otherwise.
fn present<'a, Cx>(registry: &Registry<Cx>, body: &'a str) -> impl Iterator<Item = &'a str> {
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

/// A call in the source: `@call tool {"its":"parameters"}`.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    indent: &'a str,
    /// The tool's dotted name.
    pub tool: &'a str,
    /// The parameters, as JSON.
    pub params: &'a str,
}

/// Parses a line that is a call.
pub fn call(line: &str) -> Option<Call<'_>> {
    let (indent, rest) = line.split_once("@call ")?;
    let (tool, params) = rest.split_once(' ')?;
    indent.trim().is_empty().then_some(Call { indent, tool, params })
}

impl Call<'_> {
    /// Renders the call for MCP and for the compact envelope.
    fn rendered(&self) -> [String; 4] {
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
