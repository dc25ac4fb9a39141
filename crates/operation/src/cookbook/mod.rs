//! The cookbook: remedies for problems, for agents and for people.
//!
//! One Markdown source holds the recipes from which MCP's resources, its prompts and a page for
//! people are computed. Passages about tools that do not exist are left out, and appear as soon as
//! the tool does.

mod prompt;
mod recipe;

use std::fmt::Write as _;
use std::sync::LazyLock;

use covibe_domain::Failure;
use covibe_domain::names::displayable;
use serde_json::{Map, Value};

use crate::parameter_check::nearest;
use crate::registry::Registry;

pub use prompt::{Argument, Prompt};
pub use recipe::{Call, Recipe, call, sections};

/// The prefix of the URIs of recipes.
const ROOT: &str = "covibe://cookbook/";

/// The path of the recipes over HTTP, before the last segment.
pub const PATH: &str = "/api/cookbook/";

/// The last segment of the URI of the list of recipes.
pub const INDEX: &str = "index";

/// Returns a reference to a recipe for a text: its URI for MCP, and its path for other callers.
pub fn reference(slug: &str) -> String {
    format!("{ROOT}{slug} (over HTTP: GET {PATH}{slug})")
}

/// The source of a cookbook.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The recipes in Markdown: sections with a heading `## slug · Title`.
    pub recipes: &'static str,
    /// The prompts, sorted by name.
    pub prompts: &'static [Prompt],
}

/// A cookbook that is computed when it is first read, from the declarations of the tools.
pub type LazyCookbook = LazyLock<Cookbook, Box<dyn FnOnce() -> Cookbook + Send>>;

/// The cookbook for the tools of a registry.
#[derive(Clone, Debug)]
pub struct Cookbook {
    preface: String,
    recipes: Vec<Recipe>,
    pages: Vec<Page>,
    prompts: &'static [Prompt],
}

/// One page of the cookbook, which MCP serves as a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The URI.
    pub uri: String,
    /// The last segment of the URI.
    pub name: String,
    /// The title.
    pub title: String,
    /// The text, in Markdown.
    pub text: String,
}

impl Cookbook {
    /// Creates the cookbook for these tools.
    pub fn new<Cx>(registry: &Registry<Cx>, source: Source) -> Self {
        let (preface, recipes) = sections(source.recipes);
        let mut recipes: Vec<_> = recipes.map(|part| Recipe::new(registry, part)).collect();
        recipes.sort_by(|a, b| a.slug.cmp(&b.slug));
        let preface = preface.trim().to_owned();
        let title = "What to do when something does not work";
        let mut pages = vec![page(INDEX, title, index(&preface, &recipes))];
        pages.extend(recipes.iter().map(|it| page(&it.slug, &it.title, it.document())));
        pages.sort_by(|a, b| a.uri.cmp(&b.uri));
        Self { preface, recipes, pages, prompts: source.prompts }
    }

    /// Returns the pages, sorted by URI.
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// Returns the recipes, sorted by slug.
    pub fn recipes(&self) -> &[Recipe] {
        &self.recipes
    }

    /// Returns the prompts, sorted by name.
    pub fn prompts(&self) -> &'static [Prompt] {
        self.prompts
    }

    /// Returns the text of a prompt with its arguments filled in.
    ///
    /// # Errors
    ///
    /// Not found for an unknown prompt; invalid for an argument that is unknown, missing or does
    /// not match its pattern.
    pub fn prompt(&self, name: &str, arguments: &Map<String, Value>) -> Result<String, Failure> {
        let prompt = self.prompts.iter().find(|prompt| prompt.name == name);
        let prompt = prompt.ok_or_else(|| {
            let known = self.prompts.iter().map(|prompt| prompt.name);
            unknown_item("prompt", name, nearest(name, known), "prompts/list lists them.")
        })?;
        let recipes = prompt.recipes.iter().filter_map(|slug| self.recipe(slug));
        let text = recipes.fold(prompt.task.to_owned(), |text, recipe| {
            format!("{text}\n\n{}", recipe.document().trim_end())
        });
        prompt.fill(text, arguments)
    }

    /// Returns the failure for the URI of an unknown page.
    pub fn unknown_page(&self, uri: &str) -> Failure {
        let near = nearest(uri, self.pages.iter().map(|page| page.uri.as_str()));
        unknown_item("resource", uri, near, "resources/list lists them.")
    }

    /// Returns the failure for an unknown last segment of a page's path.
    pub fn unknown_name(&self, name: &str) -> Failure {
        let near = nearest(name, self.pages.iter().map(|page| page.name.as_str()));
        unknown_item("recipe", name, near, "GET /api/cookbook lists them.")
    }

    /// Returns the whole cookbook as one page for people.
    pub fn markdown(&self) -> String {
        let mut text = format!("# Troubleshooting\n\n{}\n", self.preface);
        text.push_str(
            "\nAgents read each recipe at its URI with MCP's `resources/read`, over HTTP at \
             `GET /api/cookbook/{recipe}`, and in\nthe prompts `deploy_third_party`, `diagnose_app` \
             and `first_app`. This page is generated by \
             `covibe-server tools --format cookbook`.\n",
        );
        for Recipe { slug, title, body } in &self.recipes {
            let _infallible = write!(text, "\n## {title}\n\n`{ROOT}{slug}`\n\n{body}\n");
        }
        text
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

fn page(slug: &str, title: &str, text: String) -> Page {
    Page { uri: format!("{ROOT}{slug}"), name: slug.to_owned(), title: title.to_owned(), text }
}

fn unknown_item(what: &str, name: &str, near: Option<&str>, list: &str) -> Failure {
    let failure = Failure::not_found(format!("Unknown {what} `{}`.", displayable(name, 100)));
    match near {
        Some(near) => failure.hint(format!("Did you mean `{near}`?")),
        None => failure.hint(list),
    }
}
