//! The cookbook's source: `recipes.md` and the prompts that use it.

mod prompts;

use covibe_operation::cookbook::{Cookbook, Source};
use covibe_workspace::Registry;

const SOURCE: Source = Source { recipes: include_str!("recipes.md"), prompts: &prompts::PROMPTS };

/// Returns the cookbook for these tools.
pub fn cookbook(registry: &Registry) -> Cookbook {
    Cookbook::new(registry, SOURCE)
}

#[cfg(test)]
mod tests;
