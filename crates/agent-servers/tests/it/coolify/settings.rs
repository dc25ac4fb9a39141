//! The variables of the server.

use covibe_agent_servers::coolify::CoolifyContext;
use covibe_agent_servers::environment_settings::Variables;
use covibe_domain::Secret;
use serde_json::json;

use super::World;
use crate::tool_calls::Caller;

fn read(values: &[(&str, &str)]) -> (Option<CoolifyContext>, Result<Vec<String>, Vec<String>>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let lookup = |name: &str| {
        let found = values.iter().find(|(given, _)| *given == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let mut variables = Variables::new(&lookup);
    let context = CoolifyContext::read(&mut variables);
    (context, variables.finish())
}

#[tokio::test]
async fn the_coolify_address_is_accepted_with_or_without_the_api_path() {
    let world = World::new().await;
    for suffix in ["", "/", "/api/v1", "/api/v1/"] {
        let url = format!("{}{suffix}", world.simulator.url);
        let token = world.simulator.token.expose();
        let (context, problems) = read(&[("COOLIFY_API_URL", &url), ("COOLIFY_API_TOKEN", token)]);
        assert_eq!(problems, Ok(Vec::new()));
        let caller = Caller {
            context: context.unwrap(),
            registry: covibe_agent_servers::tool_registry::coolify(),
            token: Secret::new(token),
        };
        caller.answer("list_projects", json!({})).await;
    }
}

#[test]
fn missing_or_malformed_variables_are_named_without_their_values() {
    let (context, problems) = read(&[]);
    assert!(context.is_none());
    let problems = problems.unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].starts_with("COOLIFY_API_URL is not set"), "{problems:?}");
    assert!(problems[1].starts_with("COOLIFY_API_TOKEN is not set"), "{problems:?}");
    let (context, problems) = read(&[
        ("COOLIFY_API_URL", "https://ada:hunter2@coolify.test"),
        ("COOLIFY_API_TOKEN", "1|\u{e9}hunter2"),
    ]);
    assert!(context.is_none());
    let problems = problems.unwrap_err();
    assert!(!problems.is_empty() && !format!("{problems:?}").contains("hunter2"), "{problems:?}");
    let odd = [("COOLIFY_API_URL", "https://coolify.test"), ("COOLIFY_API_TOKEN", "1|x hunter2")];
    let (_, problems) = read(&odd);
    assert!(problems.unwrap_err()[0].starts_with("COOLIFY_API_TOKEN"));
}

#[test]
fn the_debug_output_contains_no_coolify_token() {
    let set =
        [("COOLIFY_API_URL", "https://coolify.test"), ("COOLIFY_API_TOKEN", "1|hunter2hunter2")];
    let (context, _) = read(&set);
    assert!(!format!("{:?}", context.unwrap()).contains("hunter2"));
}
