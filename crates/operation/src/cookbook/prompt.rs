//! Prompts: recipes with their placeholders filled in.

use covibe_domain::Failure;
use covibe_domain::names::displayable;
use regex::Regex;
use serde_json::{Map, Value};

/// A prompt that MCP offers.
#[derive(Clone, Copy, Debug)]
pub struct Prompt {
    /// Its name.
    pub name: &'static str,
    /// Its title, which people see.
    pub title: &'static str,
    /// Its purpose.
    pub description: &'static str,
    /// The arguments, all of them required.
    pub arguments: &'static [Argument],
    /// The first paragraph; placeholders of arguments stand in angle brackets.
    pub task: &'static str,
    /// The slugs of the recipes that it quotes.
    pub recipes: &'static [&'static str],
}

/// An argument of a prompt.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Its meaning and form.
    pub description: &'static str,
    /// The regular expression that a value must match.
    pub pattern: &'static str,
    /// The placeholder in recipes that it fills.
    pub placeholder: &'static str,
}

impl Prompt {
    /// Fills the arguments into the text of the prompt, the task and its recipes.
    pub(super) fn fill(
        &self,
        mut text: String,
        given: &Map<String, Value>,
    ) -> Result<String, Failure> {
        let unknown = |name: &&String| self.arguments.iter().all(|known| known.name != **name);
        if let Some(name) = given.keys().find(unknown) {
            let name = displayable(name, 64);
            return Err(Failure::invalid(format!("Unknown argument `{name}`.")).hint(self.usage()));
        }
        for argument in self.arguments {
            let value = argument.value(given).ok_or_else(|| {
                let message = format!("`{}` is missing or invalid.", argument.name);
                Failure::invalid(message).hint(self.usage())
            })?;
            text = text.replace(argument.placeholder, value);
        }
        Ok(text)
    }

    /// Describes the arguments.
    fn usage(&self) -> String {
        let each = |argument: &Argument| {
            let Argument { name, description, pattern, .. } = argument;
            format!("{name}: {description} ({pattern})")
        };
        self.arguments.iter().map(each).collect::<Vec<_>>().join("; ")
    }
}

impl Argument {
    /// Returns the given value if it matches the pattern. A pattern that does not compile matches
    /// nothing; prompts are rare, so it is compiled each time.
    fn value<'a>(&self, given: &'a Map<String, Value>) -> Option<&'a str> {
        let value = given.get(self.name)?.as_str()?;
        Regex::new(self.pattern).ok()?.is_match(value).then_some(value)
    }
}
