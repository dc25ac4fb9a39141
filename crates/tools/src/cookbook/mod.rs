//! The cookbook's source: `recipes.md` and the prompts that use it.

mod prompts;
mod skill;

use std::sync::LazyLock;

use covibe_operation::cookbook::{Cookbook, Source, sections};
use covibe_workspace::Registry;

pub use skill::skill;

const SOURCE: Source = Source { recipes: include_str!("recipes.md"), prompts: &prompts::PROMPTS };

/// Returns the cookbook for these tools.
pub fn cookbook(registry: &Registry) -> Cookbook {
    Cookbook::new(registry, SOURCE)
}

/// The names of the recipes. Searching the source takes a tenth of a call's time.
static RECIPES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| sections(SOURCE.recipes).1.map(|(slug, _, _)| slug).collect());

/// Returns the names of the recipes.
pub(crate) fn recipes() -> &'static [&'static str] {
    &RECIPES
}

#[cfg(test)]
mod tests;
