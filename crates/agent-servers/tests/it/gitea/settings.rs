//! The variables of the server.

use covibe_agent_servers::environment_settings::Variables;
use covibe_agent_servers::gitea::GiteaContext;
use covibe_agent_servers::tool_registry;
use serde_json::json;

use super::World;
use crate::tool_calls::Caller;

fn read(values: &[(&str, &str)]) -> (Option<GiteaContext>, Result<Vec<String>, Vec<String>>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let lookup = |name: &str| {
        let found = values.iter().find(|(given, _)| *given == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let mut variables = Variables::new(&lookup);
    let context = GiteaContext::read(&mut variables);
    (context, variables.finish())
}

#[tokio::test]
async fn the_gitea_address_is_accepted_with_or_without_the_api_path() {
    let world = World::new().await;
    for suffix in ["", "/api/v1", "/api/v1/"] {
        let url = format!("{}{suffix}", world.simulator.url);
        let token = world.caller.token.expose();
        let set = [
            ("GITEA_API_URL", url.as_str()),
            ("GITEA_API_TOKEN", token),
            ("GITEA_USERNAME", "ada"),
        ];
        let (context, problems) = read(&set);
        assert_eq!(problems, Ok(Vec::new()));
        let (context, token) = (context.unwrap(), world.caller.token.clone());
        let caller = Caller { context, registry: tool_registry::gitea(), token };
        caller.answer("list_repos", json!({})).await;
    }
}

#[test]
fn missing_or_malformed_variables_are_named_without_their_values() {
    let (context, problems) = read(&[]);
    assert!(context.is_none());
    let problems = problems.unwrap_err();
    let names = ["GITEA_API_URL", "GITEA_API_TOKEN", "GITEA_USERNAME"];
    assert_eq!(problems.len(), 3);
    assert!(
        problems.iter().zip(names).all(|(problem, name)| problem.starts_with(name)),
        "{problems:?}"
    );
    let odd = [
        ("GITEA_API_URL", "https://git.test"),
        ("GITEA_API_TOKEN", "hunter2"),
        ("GITEA_USERNAME", "ada/../root"),
    ];
    let (context, problems) = read(&odd);
    assert!(context.is_none());
    let problems = problems.unwrap_err();
    assert!(
        problems[0].starts_with("GITEA_USERNAME") && !problems[0].contains("root"),
        "{problems:?}"
    );
}

#[test]
fn the_debug_output_contains_no_gitea_token() {
    let set = [
        ("GITEA_API_URL", "https://git.test"),
        ("GITEA_API_TOKEN", "hunter2hunter2"),
        ("GITEA_USERNAME", "ada"),
    ];
    let text = format!("{:?}", read(&set).0.unwrap());
    // The name and the token as the Basic method encodes them, too.
    assert!(!text.contains("hunter2") && !text.contains("YWRhOmh1bnRlcjI"), "{text}");
}
