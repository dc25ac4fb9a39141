//! The prompts of MCP.

use covibe_operation::cookbook::{Argument, Prompt};

/// The task of a prompt, with the rule that holds for each.
macro_rules! task {
    ($task:literal) => {
        concat!($task, " Treat the API key like a password: never print or commit it.")
    };
}

/// Every prompt, sorted by name.
pub(super) const PROMPTS: [Prompt; 3] = [
    Prompt {
        name: "deploy_third_party",
        title: "Run third-party software",
        description: "Run third-party software from its image or compose file.",
        arguments: &[Argument {
            name: "what",
            description: "The software, like Directus 11, or its image.",
            pattern: r"^[A-Za-z0-9][A-Za-z0-9 ._:/@+-]{0,99}$",
            placeholder: "<what>",
        }],
        task: task!(
            "Run <what> in this workspace: choose the source with the first recipe, then follow the second one. Replace the placeholders in angle brackets. When it works, tell the user its URL."
        ),
        recipes: &["which-source", "third-party-app"],
    },
    Prompt {
        name: "diagnose_app",
        title: "Diagnose an app",
        description: "Find out why an app does not work, and fix it.",
        arguments: &[Argument {
            name: "uuid",
            description: "The app's uuid from apps_list.",
            pattern: r"^[a-z0-9]{7,36}$",
            placeholder: "<app-uuid>",
        }],
        task: task!(
            "Find out why the app <app-uuid> does not work, and fix it with these recipes. Replace the placeholders in angle brackets. Change one thing at a time, and tell the user what you changed."
        ),
        recipes: &["diagnose", "keeps-restarting", "build-fails"],
    },
    Prompt {
        name: "first_app",
        title: "Deploy your own code",
        description: "Deploy your own code: repository, database, auth provider, app.",
        arguments: &[Argument {
            name: "repo",
            description: "The repository's name; it may not exist yet.",
            pattern: r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$",
            placeholder: "<repo>",
        }],
        task: task!(
            "Deploy the code of the repository <repo> in this workspace with the recipe. Skip what the code does not need. Replace the placeholders in angle brackets. When it works, tell the user its URL."
        ),
        recipes: &["first-app"],
    },
];
