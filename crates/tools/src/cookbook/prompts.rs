//! The prompts that MCP offers.

use covibe_operation::cookbook::{Argument, Prompt};

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
            placeholder: "<what>",
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
            placeholder: "<app-uuid>",
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
            placeholder: "<repo>",
        }],
        task: "Bring the code of the repository <repo> on line in this workspace by the recipe. Leave out what the code does not need; what stands in angle brackets is yours to fill in. When it works, tell the user its URL.",
        recipes: &["first-app"],
    },
];
