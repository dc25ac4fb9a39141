//! The cookbook: what to do when something does not work, for agents and for people.
//!
//! One page, `recipes.md`, is the source of MCP's resources and prompts and of
//! `docs/troubleshooting.md`. What needs a tool that does not exist is left out of all of them, and
//! comes by itself with the tool.

mod prompts;
mod recipe;

use std::fmt::Write as _;

use covibe_domain::Failure;
use covibe_domain::names::shown;
use serde_json::{Map, Value};

use crate::params::nearest;
use crate::registry::Registry;

pub use prompts::{Argument, Prompt};
pub use recipe::Recipe;

const SOURCE: &str = include_str!("recipes.md");

/// Where the URIs of recipes begin.
const ROOT: &str = "covibe://cookbook/";

/// The last part of the URI of the list of recipes.
const INDEX: &str = "index";

/// The cookbook for the tools of a registry.
#[derive(Clone, Debug)]
pub struct Cookbook {
    preface: String,
    recipes: Vec<Recipe>,
    entries: Vec<Entry>,
}

/// One document of the cookbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its URI.
    pub uri: String,
    /// The last part of it.
    pub name: String,
    /// What it is about.
    pub title: String,
    /// Its text, in Markdown.
    pub text: String,
}

impl Cookbook {
    /// The cookbook for these tools.
    pub fn new(registry: &Registry) -> Self {
        let (preface, recipes) = recipe::parts(SOURCE);
        let mut recipes: Vec<_> = recipes.map(|part| Recipe::new(registry, part)).collect();
        recipes.sort_by(|a, b| a.slug.cmp(&b.slug));
        let preface = preface.trim().to_owned();
        let title = "What to do when something does not work";
        let mut entries = vec![entry(INDEX, title, index(&preface, &recipes))];
        entries.extend(recipes.iter().map(|it| entry(&it.slug, &it.title, it.document())));
        entries.sort_by(|a, b| a.uri.cmp(&b.uri));
        Self { preface, recipes, entries }
    }

    /// The documents, sorted by URI.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The prompts, sorted by name.
    pub fn prompts(&self) -> &'static [Prompt] {
        &prompts::PROMPTS
    }

    /// The text of a prompt with its blanks filled in.
    pub fn prompt(&self, name: &str, arguments: &Map<String, Value>) -> Result<String, Failure> {
        let prompt = self.prompts().iter().find(|prompt| prompt.name == name);
        let prompt = prompt.ok_or_else(|| {
            let known = self.prompts().iter().map(|prompt| prompt.name);
            unknown("prompt", name, nearest(name, known), "prompts/list lists them.")
        })?;
        prompt.text(self, arguments)
    }

    /// The answer to a URI that nothing has.
    pub fn unknown(&self, uri: &str) -> Failure {
        let near = nearest(uri, self.entries.iter().map(|entry| entry.uri.as_str()));
        unknown("resource", uri, near, "resources/list lists them.")
    }

    /// The whole of it as one page.
    pub fn page(&self) -> String {
        let mut page = format!("# Troubleshooting\n\n{}\n", self.preface);
        page.push_str(
            "\nAgents read each recipe under its URI by MCP's `resources/read`, and in the prompts \
             `deploy_third_party`,\n`diagnose_app` and `first_app`. This page is written by \
             `covibe-server tools --format cookbook`.\n",
        );
        for Recipe { slug, title, body } in &self.recipes {
            let _ok = write!(page, "\n## {title}\n\n`{ROOT}{slug}`\n\n{body}\n");
        }
        page
    }

    fn recipe(&self, slug: &str) -> Option<&Recipe> {
        self.recipes.iter().find(|recipe| recipe.slug == slug)
    }
}

fn index(preface: &str, recipes: &[Recipe]) -> String {
    let line = |recipe: &Recipe| format!("- {}: `{ROOT}{}`\n", recipe.title, recipe.slug);
    let list: String = recipes.iter().map(line).collect();
    format!("# Cookbook\n\n{preface}\n\n{list}")
}

fn entry(slug: &str, title: &str, text: String) -> Entry {
    Entry { uri: format!("{ROOT}{slug}"), name: slug.to_owned(), title: title.to_owned(), text }
}

fn unknown(what: &str, name: &str, near: Option<&str>, list: &str) -> Failure {
    let failure = Failure::not_found(format!("Unknown {what} `{}`.", shown(name, 100)));
    match near {
        Some(near) => failure.hint(format!("Did you mean `{near}`?")),
        None => failure.hint(list),
    }
}

#[cfg(test)]
mod tests;
