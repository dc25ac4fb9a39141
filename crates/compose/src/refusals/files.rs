//! Problems of configs and secrets.

use super::refusals;

const USE_CONTENT: &str = "Put the file's text into content.";
const USE_VARIABLE: &str = "Use environment: NAME, and set the variable with apps.envs.upsert.";
const REMOVE_NAME: &str = "Remove it: the key is the name.";

refusals! {
    invalid missing_source: "the source is missing", "Name a config or secret that is declared at top level.";
    forbidden config_file: "reading a file of the host is not allowed", USE_CONTENT;
    forbidden external_config: "using a config from outside this app is not allowed", USE_CONTENT;
    forbidden config_name: "using a config from outside this app is not allowed", REMOVE_NAME;
    forbidden secret_file: "reading a file of the host is not allowed", USE_VARIABLE;
    forbidden external_secret: "using a secret from outside this app is not allowed", USE_VARIABLE;
    forbidden secret_name: "using a secret from outside this app is not allowed", REMOVE_NAME;
    forbidden secret_driver: "using a secret from outside this app is not allowed", USE_VARIABLE;
    invalid secret_content: "Docker Compose does not support content in secrets", USE_VARIABLE;
    invalid template_driver: "the key has no effect here", "Remove it.";
    invalid ambiguous_content: "the declaration needs exactly one source of content",
        "Give a config content or environment, and a secret environment.";
    invalid content_not_text: "the content is not a string", "Write it as a block: content: |";
}
