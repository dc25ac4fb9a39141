//! The cookbook over MCP, of both eras, and as a page.

use std::path::Path;

use covibe_testkit_http::{Agent, AgentAnswer, World};
use serde_json::{Value, json};

/// A request of both eras; the answers.
async fn request_in_both_eras(agent: &Agent, method: &str, params: Value) -> [AgentAnswer; 2] {
    [agent.rpc(method, &params).await, agent.rpc_modern(method, &params).await]
}

fn error(answer: &AgentAnswer) -> Value {
    let body = answer.json();
    assert!(body["error"]["message"].is_string(), "{}", answer.text);
    body["error"].clone()
}

#[tokio::test]
async fn recipes_are_listed_and_read_as_mcp_resources() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for answer in request_in_both_eras(agent, "resources/list", json!({})).await {
        let result = &answer.json()["result"];
        let list = result["resources"].as_array().expect("a list");
        let uris: Vec<_> = list.iter().map(|it| it["uri"].as_str().expect("a URI")).collect();
        assert!(uris.is_sorted() && uris.len() > 10, "{uris:?}");
        assert!(uris.contains(&"covibe://cookbook/index") && result.get("nextCursor").is_none());
        for one in list {
            assert_eq!(one["mimeType"], "text/markdown", "{one}");
            assert!(one["title"].is_string() && one["name"].is_string(), "{one}");
            for answer in
                request_in_both_eras(agent, "resources/read", json!({ "uri": one["uri"] })).await
            {
                let contents = &answer.json()["result"]["contents"];
                assert_eq!(contents.as_array().map(Vec::len), Some(1), "{}", answer.text);
                assert_eq!(contents[0]["uri"], one["uri"]);
                assert_eq!(contents[0]["mimeType"], "text/markdown");
                let text = contents[0]["text"].as_str().expect("a text");
                assert!(text.starts_with("# "), "{text}");
                assert_eq!(one["size"], json!(text.len()), "{one}");
            }
        }
    }
    let page = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/troubleshooting.md"),
    );
    let read = agent
        .rpc("resources/read", &json!({ "uri": "covibe://cookbook/keeps-restarting" }))
        .await
        .json();
    let text = read["result"]["contents"][0]["text"].as_str().expect("a text").to_owned();
    let body = text.split_once("\n\n").expect("a body").1;
    assert!(page.expect("the page").contains(body), "it is the same text");
}

#[tokio::test]
async fn recipes_are_served_as_public_markdown_pages() {
    let world = World::embedded().await;
    let described = world.mark.agent.compact("workspace.describe", &json!({})).await.expect("it");
    let recipes = described["recipes"].as_array().expect("a list").clone();
    assert!(recipes.len() > 10, "{described}");
    let stranger = world.mark.agent.with_key(None);
    for recipe in &recipes {
        let name = recipe.as_str().expect("a name");
        let page = stranger.send("GET", &format!("/api/cookbook/{name}"), &[], None).await;
        assert_eq!((page.status, &page.headers["content-type"][..13]), (200, "text/markdown"));
        let params = json!({ "uri": format!("covibe://cookbook/{name}") });
        let resource = world.mark.agent.rpc("resources/read", &params).await.json();
        assert_eq!(resource["result"]["contents"][0]["text"], page.text, "the same over MCP");
    }
    for path in ["/api/cookbook", "/api/cookbook/index"] {
        let index = stranger.send("GET", path, &[], None).await;
        assert!(
            recipes.iter().all(|it| index.text.contains(it.as_str().expect("a name"))),
            "{path}"
        );
    }
    let unknown = stranger.send("GET", "/api/cookbook/bad-gatewy", &[], None).await;
    let expected = json!({ "error": "Unknown recipe `bad-gatewy`.",
                           "hint": "Did you mean `bad-gateway`?" });
    assert_eq!((unknown.status, unknown.json()), (404, expected));
    let written = stranger.send("POST", "/api/cookbook/index", &[], None).await;
    assert_eq!(written.status, 405, "{}", written.text);
}

#[tokio::test]
async fn lists_of_prompts_and_resources_are_private_and_unpaged() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for method in ["prompts/list", "resources/list", "resources/templates/list"] {
        let modern = agent.rpc_modern(method, &json!({})).await.json();
        let result = &modern["result"];
        assert_eq!(result["cacheScope"], "private", "{method}: {modern}");
        assert!(result["ttlMs"].as_u64().is_some_and(|ttl| ttl > 0), "{method}: {modern}");
        for answer in request_in_both_eras(agent, method, json!({ "cursor": "x" })).await {
            assert_eq!(error(&answer)["code"], -32602, "{method}: {}", answer.text);
        }
        for bad in [json!(null), json!("vibn_sk_wrong")] {
            let stranger = agent.with_key(bad.as_str());
            for answer in request_in_both_eras(&stranger, method, json!({})).await {
                assert_eq!(answer.status, 401, "{method}: {}", answer.text);
            }
        }
    }
    for answer in request_in_both_eras(agent, "resources/templates/list", json!({})).await {
        assert_eq!(answer.json()["result"]["resourceTemplates"], json!([]), "{}", answer.text);
    }
    let read =
        agent.rpc_modern("resources/read", &json!({ "uri": "covibe://cookbook/index" })).await;
    assert_eq!(read.json()["result"]["cacheScope"], "private", "{}", read.text);
}

#[tokio::test]
async fn discovery_declares_prompts_and_resources() {
    let world = World::embedded().await;
    let answer = world.mark.agent.rpc_modern("server/discover", &json!({})).await.json();
    let declared = &answer["result"]["capabilities"];
    assert_eq!(*declared, json!({ "prompts": {}, "resources": {}, "tools": {} }), "{answer}");
}

#[tokio::test]
async fn reading_an_unknown_resource_fails_with_its_uri_and_a_hint() {
    let world = World::embedded().await;
    for uri in
        ["covibe://cookbook/keeps-restart", "covibe://cookbook/", "file:///etc/passwd", "", "x"]
    {
        for answer in
            request_in_both_eras(&world.mark.agent, "resources/read", json!({ "uri": uri })).await
        {
            if answer.status == 400 {
                // A header may not be empty.
                continue;
            }
            let error = error(&answer);
            assert_eq!(
                (&error["code"], &error["data"]["uri"]),
                (&json!(-32602), &json!(uri)),
                "{error}"
            );
            assert!(error["data"]["hint"].is_string(), "{error}");
        }
    }
    for params in [json!({}), json!({ "uri": 7 })] {
        let answer = world.mark.agent.rpc("resources/read", &params).await;
        assert_eq!(error(&answer)["code"], -32602, "{}", answer.text);
    }
}

#[tokio::test]
async fn prompts_insert_their_arguments_and_refuse_invalid_ones() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for answer in request_in_both_eras(agent, "prompts/list", json!({})).await {
        let list = answer.json()["result"]["prompts"].as_array().expect("a list").clone();
        let names: Vec<_> = list.iter().map(|it| it["name"].as_str().expect("a name")).collect();
        assert_eq!(names, ["deploy_third_party", "diagnose_app", "first_app"]);
        for prompt in &list {
            let argument = &prompt["arguments"][0];
            assert_eq!(
                (prompt["arguments"].as_array().map(Vec::len), &argument["required"]),
                (Some(1), &json!(true))
            );
            let name = argument["name"].as_str().expect("a name");
            let arguments = json!({ name: "abcdefg7" });
            let params = json!({ "name": prompt["name"], "arguments": arguments });
            for answer in request_in_both_eras(agent, "prompts/get", params).await {
                let result = &answer.json()["result"];
                assert_eq!(result["messages"].as_array().map(Vec::len), Some(1), "{}", answer.text);
                assert_eq!(result["messages"][0]["role"], "user");
                let text = result["messages"][0]["content"]["text"].as_str().expect("a text");
                assert!(text.contains("abcdefg7") && text.contains("\"tool\":\"apps."), "{text}");
                assert!(text.contains("never print or commit it"), "{text}");
                assert!(text.len() < 16 * 1024 && result["description"].is_string());
            }
        }
    }
    for (name, arguments) in [
        ("diagnose_app", json!({})),
        ("diagnose_app", json!({ "uuid": "x y" })),
        ("diagnose_app", json!({ "uuid": "abcdefg7", "more": "x" })),
        ("deploy_third_party", json!({ "what": "a\nb" })),
        ("no_such_prompt", json!({})),
    ] {
        for answer in request_in_both_eras(
            agent,
            "prompts/get",
            json!({ "name": name, "arguments": arguments }),
        )
        .await
        {
            let error = error(&answer);
            assert_eq!(error["code"], -32602, "{name} {arguments}: {error}");
            assert!(error["data"]["hint"].is_string(), "{name} {arguments}: {error}");
        }
    }
}
