//! The tools as clients see them.

use covibe_agent_servers::tool_registry;
use covibe_domain::Access;
use serde_json::Value;

#[test]
fn the_seven_tools_declare_whether_they_change_something() {
    let tools = tool_registry::platform();
    let changing = |access: Access| access.changes();
    let declared: Vec<_> = tools
        .tools()
        .map(|tool| (tool.spec.name, changing(tool.spec.access), tool.spec.idempotent))
        .collect();
    assert_eq!(
        declared,
        [
            ("finalize_prd", true, true),
            ("get_prd", false, true),
            ("get_skill", false, true),
            ("list_memory", false, true),
            ("list_skills", false, true),
            ("save_memory", true, false),
            ("web_search", false, true),
        ]
    );
}

#[test]
fn parameter_limits_are_published_in_the_schemas() {
    let tools = tool_registry::platform();
    let bound = |tool: &str, pointer: &str| -> Value {
        let input = &tools.find(tool).unwrap().input;
        input.pointer(&format!("/properties/{pointer}")).cloned().unwrap_or(input.clone())
    };
    for (tool, pointer, expected) in [
        ("save_memory", "content/maxLength", 64 * 1024),
        ("save_memory", "tags/maxItems", 16),
        ("save_memory", "tags/items/maxLength", 64),
        ("finalize_prd", "title/maxLength", 100),
        ("finalize_prd", "content/maxLength", 100_000),
        ("web_search", "query/maxLength", 400),
        ("web_search", "count/maximum", 20),
        ("web_search", "count/minimum", 1),
    ] {
        assert_eq!(bound(tool, pointer), expected, "{tool} {pointer}");
    }
}
