//! An id of another kind is refused with the tool that returns the right ones.

use covibe_testkit::World;
use covibe_tools::{Allowed, registry_for};
use serde_json::{Value, json};

/// The first words of the patterns of ids.
const IDS: [&str; 7] = ["^[a-z0-9]{7,36}$", "^usr_", "^key_", "^ses_", "^inv_", "^lnk_", "^prj_"];

#[test]
fn an_invalid_id_is_refused_with_the_tool_that_returns_ids() {
    let registry = registry_for(Allowed::EVERYTHING);
    let names: Vec<_> = registry.operations().map(|tool| tool.spec.name).collect();
    let mut checked = Vec::new();
    for tool in registry.operations() {
        for (name, member) in tool.input["properties"].as_object().into_iter().flatten() {
            let pattern = member["pattern"].as_str().unwrap_or_default();
            if !IDS.iter().any(|id| pattern.starts_with(id)) {
                continue;
            }
            let mut params = json!({ name.as_str(): "hello" });
            let refused = tool.check(&mut params).expect_err("hello is no id");
            let fields =
                &refused.details.get("fields").cloned().unwrap_or_default()[name.as_str()][0];
            let told = fields.as_str().unwrap_or(&refused.message);
            let listed =
                told.split_once(", as ").and_then(|(_, rest)| rest.split_once(" returns it"));
            let (list, _) = listed.unwrap_or_else(|| panic!("{} {name}: {told}", tool.spec.name));
            assert!(names.contains(&list), "{told}");
            checked.push(format!("{}.{name}", tool.spec.name));
        }
    }
    for id in ["deployments.logs.uuid", "deployments.cancel.uuid", "projects.get.projectId"] {
        assert!(checked.iter().any(|it| it == id), "{id}: {checked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_place_of_a_deployments_uuid_is_refused_with_the_tool_that_returns_it() {
    let world = World::embedded().await;
    for tool in ["deployments.logs", "deployments.cancel"] {
        let refused = world.mark.agent.compact_raw(tool, &json!({ "uuid": "hello" })).await;
        let told: Value = refused.json();
        assert_eq!(refused.status, 400, "{}", refused.text);
        let error = told["error"].as_str().expect("a text");
        assert!(error.contains("a deployment's uuid, as apps.deployments returns it"), "{error}");
    }
    let absent = json!({ "uuid": "zzzzzzzzzzzzzzzzzzzzzzzz" });
    let refused = world.mark.agent.compact_raw("deployments.logs", &absent).await;
    assert_eq!(refused.status, 404, "{}", refused.text);
    assert!(
        refused.text.contains("Use apps.deployments to find the right uuid."),
        "{}",
        refused.text
    );
}
