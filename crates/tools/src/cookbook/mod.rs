//! The cookbook's source: `recipes.md` and the prompts that use it.

mod prompts;

use covibe_operation::cookbook::{Cookbook, Source, sections};
use covibe_workspace::Registry;

const SOURCE: Source = Source { recipes: include_str!("recipes.md"), prompts: &prompts::PROMPTS };

/// Returns the cookbook for these tools.
pub fn cookbook(registry: &Registry) -> Cookbook {
    Cookbook::new(registry, SOURCE)
}

/// Returns the names of the recipes.
pub(crate) fn recipes() -> impl Iterator<Item = &'static str> {
    sections(SOURCE.recipes).1.map(|(slug, _, _)| slug)
}

#[cfg(test)]
mod tests;
