//! The blocks for the settings of clients, read by the parsers of their formats.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use saphyr_parser::{Event, Parser};
use serde_json::{Value, json};

use crate::server_process::{Machine, VARIABLES, run, text};

const SERVERS: [&str; 5] = ["coolify", "gitea", "workspace", "platform", "agent"];

/// Returns the block that is printed for a client, and sees that it has no value of a variable.
fn print_block(machine: &Machine, server: &str, client: &str) -> String {
    let mut command = machine.program(&[server, "--print-config", client]);
    command
        .env("AGENT_RUNNER_TOKEN", "t0123456789012345678901234567890")
        .env("DEPLOY_KEY", "k3y-of-a-command");
    let ran = run(command.env("WORKSPACE_ENV", "DEPLOY_KEY"));
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(text(&ran.stderr).lines().count(), 1, "{ran:?}");
    let told = text(&ran.stdout) + &text(&ran.stderr);
    let values = VARIABLES.iter().map(|(_, value)| *value).filter(|value| *value != "ada");
    for value in values.chain(["t0123456789012345678901234567890", "k3y-of-a-command"]) {
        assert!(!told.contains(value), "{server} {client}: {told}");
    }
    text(&ran.stdout)
}

/// Returns the entry of a server in a file of JSON, and sees that it starts this program.
fn entry(machine: &Machine, server: &str, client: &str, member: &str) -> Value {
    let block: Value = serde_json::from_str(&print_block(machine, server, client)).expect("JSON");
    let entry = block[member][format!("vibn-{server}")].clone();
    let program = Path::new(entry["command"].as_str().expect("a path"));
    assert!(program.is_absolute() && program.is_file(), "{entry}");
    assert_eq!(entry["args"], json!([server]));
    // The members that the documentation of each of these clients names.
    let members: Vec<_> =
        entry.as_object().expect("an object").keys().map(String::as_str).collect();
    let with_type = ["type", "command", "args", "env"];
    let expected = if client == "claude-desktop" { &with_type[1..] } else { &with_type };
    assert_eq!(members, expected, "{client}");
    entry
}

#[test]
fn configurations_of_cursor_and_claude_code_reference_variables_by_name() {
    let machine = Machine::new();
    for server in SERVERS {
        entry(&machine, server, "cursor", "mcpServers");
        entry(&machine, server, "claude-code", "mcpServers");
    }
    let cursor = entry(&machine, "gitea", "cursor", "mcpServers");
    assert_eq!(cursor["env"]["GITEA_API_TOKEN"], "${env:GITEA_API_TOKEN}");
    assert_eq!(cursor["type"], "stdio");
    let claude = entry(&machine, "gitea", "claude-code", "mcpServers");
    let expected = json!({ "GITEA_API_URL": "${GITEA_API_URL}", "GITEA_API_TOKEN": "${GITEA_API_TOKEN}",
                           "GITEA_USERNAME": "${GITEA_USERNAME}" });
    assert_eq!((&claude["env"], &claude["type"]), (&expected, &json!("stdio")));
}

#[test]
fn the_claude_desktop_configuration_has_placeholders_for_variables() {
    let machine = Machine::new();
    for server in SERVERS {
        entry(&machine, server, "claude-desktop", "mcpServers");
    }
    let entry = entry(&machine, "coolify", "claude-desktop", "mcpServers");
    let expected = json!({ "COOLIFY_API_URL": "<COOLIFY_API_URL>", "COOLIFY_API_TOKEN": "<COOLIFY_API_TOKEN>" });
    assert_eq!(entry["env"], expected);
}

#[test]
fn the_vs_code_configuration_prompts_for_its_variables_and_masks_secrets() {
    let machine = Machine::new();
    for server in SERVERS {
        let entry = entry(&machine, server, "vscode", "servers");
        assert_eq!(entry["type"], "stdio");
        let block: Value =
            serde_json::from_str(&print_block(&machine, server, "vscode")).expect("JSON");
        let inputs = block["inputs"].as_array().unwrap();
        let asked = |value: &Value| {
            inputs
                .iter()
                .any(|input| *value == format!("${{input:{}}}", input["id"].as_str().unwrap()))
        };
        let env = entry["env"].as_object().unwrap();
        assert!(env.values().all(asked), "{block}");
        for input in inputs {
            assert_eq!(input["type"], "promptString");
            let is_secret = |name: &str| name.ends_with("token") || name.ends_with("key");
            if is_secret(input["id"].as_str().unwrap()) {
                assert_eq!(input["password"], true, "{input}");
            }
        }
    }
}

#[test]
fn the_codex_configuration_passes_variables_by_name_and_allows_long_calls() {
    let machine = Machine::new();
    for server in SERVERS {
        let block: toml::Table = print_block(&machine, server, "codex").parse().expect("TOML");
        let entry = &block["mcp_servers"][&format!("vibn-{server}")];
        assert!(Path::new(entry["command"].as_str().unwrap()).is_absolute());
        assert_eq!(entry["args"].as_array().unwrap()[0].as_str(), Some(server));
        let names: Vec<_> =
            entry["env_vars"].as_array().unwrap().iter().filter_map(|it| it.as_str()).collect();
        assert_eq!(
            names.contains(&"GITEA_API_TOKEN"),
            ["gitea", "workspace", "platform"].contains(&server)
        );
        assert_eq!(names.contains(&"DEPLOY_KEY"), server == "workspace");
        assert!(entry["tool_timeout_sec"].as_integer().unwrap() >= 300);
    }
}

/// Reads the scalars of a text of YAML by their paths; a list's items are numbered.
fn scalars(text: &str) -> BTreeMap<String, String> {
    enum At {
        Map(Option<String>),
        List(usize),
    }
    let (mut path, mut found): (Vec<At>, _) = (Vec::new(), BTreeMap::new());
    let place = |path: &[At]| {
        let parts = path.iter().map(|at| match at {
            At::Map(key) => key.clone().unwrap_or_default(),
            At::List(index) => index.to_string(),
        });
        parts.collect::<Vec<_>>().join(".")
    };
    let next = |path: &mut Vec<At>| match path.last_mut() {
        Some(At::Map(key)) => *key = None,
        Some(At::List(index)) => *index += 1,
        None => {}
    };
    for event in Parser::new_from_str(text) {
        match event.expect("YAML").0 {
            Event::MappingStart(..) => path.push(At::Map(None)),
            Event::SequenceStart(..) => path.push(At::List(0)),
            Event::MappingEnd | Event::SequenceEnd => {
                path.pop();
                next(&mut path);
            }
            Event::Scalar(value, ..) => {
                if let Some(At::Map(key @ None)) = path.last_mut() {
                    *key = Some(value.into_owned());
                } else {
                    found.insert(place(&path), value.into_owned());
                    next(&mut path);
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn the_goose_configuration_has_an_extension_with_the_names_of_its_variables() {
    let machine = Machine::new();
    for server in SERVERS {
        let found = scalars(&print_block(&machine, server, "goose"));
        let member = |name: &str| found.get(&format!("extensions.vibn-{server}.{name}"));
        assert_eq!(member("type").map(String::as_str), Some("stdio"), "{found:?}");
        assert_eq!(member("enabled").map(String::as_str), Some("true"), "{found:?}");
        assert_eq!(member("args.0").map(String::as_str), Some(server), "{found:?}");
        assert!(Path::new(member("cmd").unwrap()).is_absolute(), "{found:?}");
        let prefix = format!("extensions.vibn-{server}.");
        let members = found.keys().filter_map(|path| path.strip_prefix(&prefix)?.split('.').next());
        let members: BTreeSet<_> = members.filter(|it| *it != "env_keys").collect();
        let known = ["args", "cmd", "description", "enabled", "name", "timeout", "type"];
        assert!(members.into_iter().eq(known), "{found:?}");
        let names = found.iter().filter(|(path, _)| path.contains(".env_keys."));
        let names: Vec<_> = names.map(|(_, name)| name.as_str()).collect();
        assert_eq!(names.contains(&"COOLIFY_API_TOKEN"), server == "coolify", "{found:?}");
    }
}
