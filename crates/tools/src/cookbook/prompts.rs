//! Prompts: recipes with their blanks filled in.

use std::sync::LazyLock;

use covibe_domain::Failure;
use covibe_domain::names::shown;
use regex::Regex;
use serde_json::{Map, Value};

use super::Cookbook;

/// A prompt that is offered.
#[derive(Clone, Copy, Debug)]
pub struct Prompt {
    /// Its name.
    pub name: &'static str,
    /// What people see.
    pub title: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What it takes; all of it is required.
    pub arguments: &'static [Argument],
    /// What it begins with; arguments stand in angle brackets.
    task: &'static str,
    /// The recipes that it quotes.
    recipes: &'static [&'static str],
}

/// An argument of a prompt.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub description: &'static str,
    /// What it may be.
    pattern: &'static str,
    /// The blank in recipes that it fills.
    blank: &'static str,
}

/// Every prompt, sorted by name.
pub(super) const PROMPTS: [Prompt; 3] = [
    Prompt {
        name: "deploy_third_party",
        title: "Run somebody else's software",
        description: "Run third-party software from its image or compose file.",
        arguments: &[Argument {
            name: "what",
            description: "The software, like Directus 11 or an image.",
            pattern: r"^[A-Za-z0-9][A-Za-z0-9 ._:/@+-]{0,99}$",
            blank: "<what>",
        }],
        task: "Run <what> in this workspace: choose the way by the first recipe, then follow the second one. What stands in angle brackets is yours to fill in. When it works, tell the user its URL.",
        recipes: &["which-source", "third-party-app"],
    },
    Prompt {
        name: "diagnose_app",
        title: "Find out why an app does not work",
        description: "Find out why an app does not work, and repair it.",
        arguments: &[Argument {
            name: "uuid",
            description: "The app's uuid, as apps_list tells it.",
            pattern: r"^[a-z0-9]{7,36}$",
            blank: "<app-uuid>",
        }],
        task: "Find out why the app <app-uuid> does not work, and repair it as far as these recipes go. What stands in angle brackets is yours to fill in. Change one thing at a time, and tell the user what it was.",
        recipes: &["diagnose", "keeps-restarting", "build-fails"],
    },
    Prompt {
        name: "first_app",
        title: "Bring own code on line",
        description: "Bring own code on line: repository, database, sign-in, app.",
        arguments: &[Argument {
            name: "repo",
            description: "The repository's name, there or to be made.",
            pattern: r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$",
            blank: "<repo>",
        }],
        task: "Bring the code of the repository <repo> on line in this workspace by the recipe. Leave out what the code does not need; what stands in angle brackets is yours to fill in. When it works, tell the user its URL.",
        recipes: &["first-app"],
    },
];

impl Prompt {
    /// The text of the prompt with these arguments.
    pub(super) fn text(
        &self,
        cookbook: &Cookbook,
        given: &Map<String, Value>,
    ) -> Result<String, Failure> {
        let unknown = |name: &&String| self.arguments.iter().all(|known| known.name != **name);
        if let Some(stray) = given.keys().find(unknown) {
            let stray = shown(stray, 64);
            return Err(Failure::invalid(format!("Unknown argument `{stray}`.")).hint(self.takes()));
        }
        let mut text = self.task.to_owned();
        for slug in self.recipes {
            let recipe = cookbook.recipe(slug).map(super::Recipe::document).unwrap_or_default();
            text = format!("{text}\n\n{}", recipe.trim_end());
        }
        for argument in self.arguments {
            let value = argument.value(given).ok_or_else(|| {
                let message = format!("`{}` is missing, or not what it may be.", argument.name);
                Failure::invalid(message).hint(self.takes())
            })?;
            text = text.replace(argument.blank, value);
        }
        Ok(text)
    }

    /// What the prompt takes, in words.
    fn takes(&self) -> String {
        let each = |argument: &Argument| {
            let Argument { name, description, pattern, .. } = argument;
            format!("{name}: {description} ({pattern})")
        };
        self.arguments.iter().map(each).collect::<Vec<_>>().join("; ")
    }
}

impl Argument {
    /// What was given for it, when it may be that.
    fn value<'a>(&self, given: &'a Map<String, Value>) -> Option<&'a str> {
        static PATTERNS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
            let patterns = PROMPTS.iter().flat_map(|prompt| prompt.arguments);
            patterns.filter_map(|it| Some((it.pattern, Regex::new(it.pattern).ok()?))).collect()
        });
        let value = given.get(self.name)?.as_str()?;
        let pattern = PATTERNS.iter().find(|(pattern, _)| *pattern == self.pattern);
        pattern.filter(|(_, pattern)| pattern.is_match(value)).map(|_| value)
    }
}
