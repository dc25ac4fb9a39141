//! The lists of tools: their names, which only grow, and what clients hold against them.

use covibe_agent_servers::coolify::CoolifyContext;
use covibe_agent_servers::gitea::GiteaContext;
use covibe_agent_servers::platform::PlatformContext;
use covibe_agent_servers::tool_registry;
use covibe_agent_servers::workspace::WorkspaceContext;
use covibe_domain::Failure;
use covibe_operation::{Part, Registry};
use serde_json::{Value, json};

use crate::server_process::Machine;

const COOLIFY: [&str; 7] = [
    "deploy",
    "deploy_app",
    "get_app_status",
    "get_logs",
    "list_all_apps",
    "list_applications",
    "list_projects",
];

const GITEA: [&str; 6] = [
    "close_issue",
    "create_issue",
    "list_all_issues",
    "list_issues",
    "list_repos",
    "read_repo_file",
];

const WORKSPACE: [&str; 8] = [
    "execute_command",
    "find_files",
    "git_commit_and_push",
    "list_directory",
    "read_file",
    "replace_in_file",
    "search_code",
    "write_file",
];

const PLATFORM: [&str; 7] = [
    "finalize_prd",
    "get_prd",
    "get_skill",
    "list_memory",
    "list_skills",
    "save_memory",
    "web_search",
];

const AGENT: [&str; 2] = ["get_job_status", "spawn_agent"];

const SERVERS: [(&str, &[&str]); 5] = [
    ("coolify", &COOLIFY),
    ("gitea", &GITEA),
    ("workspace", &WORKSPACE),
    ("platform", &PLATFORM),
    ("agent", &AGENT),
];

/// The context of a job. Only its type matters.
#[derive(Debug)]
struct Nothing;

fn nothing<T>() -> Result<T, Failure> {
    Err(Failure::unready("There is nothing."))
}

impl Part<CoolifyContext> for Nothing {
    fn part(&self) -> Result<&CoolifyContext, Failure> {
        nothing()
    }
}

impl Part<GiteaContext> for Nothing {
    fn part(&self) -> Result<&GiteaContext, Failure> {
        nothing()
    }
}

impl Part<WorkspaceContext> for Nothing {
    fn part(&self) -> Result<&WorkspaceContext, Failure> {
        nothing()
    }
}

impl Part<PlatformContext> for Nothing {
    fn part(&self) -> Result<&PlatformContext, Failure> {
        nothing()
    }
}

fn names<Cx>(registry: &Registry<Cx>) -> Vec<&'static str> {
    registry.tools().map(|tool| tool.spec.name).collect()
}

#[test]
fn the_registries_contain_exactly_the_expected_tools() {
    assert_eq!(names(&tool_registry::coolify()), COOLIFY);
    assert_eq!(names(&tool_registry::gitea()), GITEA);
    assert_eq!(names(&tool_registry::workspace()), WORKSPACE);
    assert_eq!(names(&tool_registry::platform()), PLATFORM);
    assert_eq!(names(&tool_registry::agent()), AGENT);
    let of_job = tool_registry::job::<Nothing>();
    let mut expected = [&COOLIFY[..], &GITEA, &WORKSPACE, &PLATFORM].concat();
    expected.sort_unstable();
    assert_eq!(names(&of_job), expected);
    assert_eq!(of_job.tools().count(), 28);
}

#[test]
fn each_server_lists_exactly_its_expected_tools() {
    let machine = Machine::new();
    for (server, expected) in SERVERS {
        let tools = machine.connect(server).tools();
        let names: Vec<_> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
        assert_eq!(names, *expected, "{server}");
    }
}

#[test]
fn every_tool_has_a_title_and_its_annotations() {
    let machine = Machine::new();
    for (server, _) in SERVERS {
        for tool in machine.connect(server).tools() {
            assert!(!tool["title"].as_str().unwrap().is_empty(), "{tool}");
            assert!(!tool["description"].as_str().unwrap().is_empty(), "{tool}");
            assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{tool}");
            for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
                assert!(tool["annotations"][hint].is_boolean(), "{hint}: {tool}");
            }
        }
    }
}

/// The bytes that a model reads of a tool, on average. The output schema and the annotations are for programs.
const MAX_TOOL: usize = 540;

#[test]
fn the_tool_lists_stay_below_the_size_limits() {
    let machine = Machine::new();
    let (mut all, mut count) = (0, 0);
    for (server, _) in SERVERS {
        let tools = machine.connect(server).tools();
        let read = |tool: &Value| {
            let parts = ["name", "description", "inputSchema"]
                .map(|name| (name.to_owned(), tool[name].clone()));
            Value::Object(parts.into_iter().collect()).to_string().len()
        };
        let sizes: Vec<_> =
            tools.iter().map(|tool| (tool["name"].to_string(), read(tool))).collect();
        let sum = sizes.iter().map(|(_, size)| size).sum::<usize>();
        // `agent` has two tools; one of them has as many parameters as most servers in all.
        assert!(server == "agent" || sum <= MAX_TOOL * sizes.len(), "{server}: {sizes:?}");
        (all, count) = (all + sum, count + sizes.len());
    }
    assert!(all <= MAX_TOOL * count, "{} bytes a tool", all / count);
}

/// Returns whether a schema has a word that some client refuses.
fn has_refused_word(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => {
            let is_refused =
                |word: &str| ["oneOf", "anyOf", "allOf", "const", "$ref"].contains(&word);
            let types = members.get("type").is_some_and(Value::is_array);
            types || members.iter().any(|(word, value)| is_refused(word) || has_refused_word(value))
        }
        Value::Array(items) => items.iter().any(has_refused_word),
        _ => false,
    }
}

#[test]
fn the_schemas_use_only_keywords_that_every_client_accepts() {
    let machine = Machine::new();
    for (server, _) in SERVERS {
        for tool in machine.connect(server).tools() {
            for schema in ["inputSchema", "outputSchema"] {
                assert!(!has_refused_word(&tool[schema]), "{server}: {tool}");
            }
        }
    }
}

/// Clients hold the structured content of a failure, too, against the schema of the tool's answer.
#[test]
fn every_failure_matches_the_output_schema_of_each_tool() {
    let machine = Machine::new();
    let details = json!({ "mayHaveHappened": true, "retryAfterSeconds": 1 });
    let failure =
        json!({ "error": "x", "hint": "x", "details": details, "code": "x", "retryable": true });
    for (server, _) in SERVERS {
        for tool in machine.connect(server).tools() {
            let schema: &Value = &tool["outputSchema"];
            let validator = jsonschema::validator_for(schema).expect("a schema");
            assert!(validator.is_valid(&failure), "{}: {schema}", tool["name"]);
        }
    }
}
