//! Lists that are longer than one answer.

use covibe_testkit_http::World;
use serde_json::{Value, json};

use crate::support::{CallStyle, Estate, tool};

/// The largest answer, in bytes of JSON.
const BUDGET: usize = 32 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_comes_in_pages_that_leave_nothing_out() {
    let world = World::embedded().await;
    let mark = Estate::create(&world, &world.mark, "a").await;
    let names: Vec<_> = (0..90).map(|number| format!("LONG_{number:02}")).collect();
    let set = |name: &String| json!({ "key": name, "value": "v".repeat(900) });
    let envs: Vec<_> = names.iter().map(set).collect();
    let params = json!({ "uuid": mark.app, "envs": envs });
    mark.agent.compact("apps.envs.upsert", &params).await.expect("written");
    let list = tool(&world, "apps.envs.list");
    for via in CallStyle::ALL {
        let mut seen = Vec::new();
        let mut params = json!({ "uuid": mark.app });
        loop {
            let page = via.call(&mark.agent, &list, &params).await.result("a page");
            assert!(page.to_string().len() <= BUDGET, "{}", page.to_string().len());
            let envs = page["envs"].as_array().expect("variables");
            let keys = envs.iter().filter(|env| env["isPreview"] == false);
            seen.extend(keys.filter_map(|env| env["key"].as_str()).map(str::to_owned));
            match page.get("next") {
                Some(next) => params["next"] = next.clone(),
                None => break,
            }
        }
        seen.retain(|key| key.starts_with("LONG_"));
        assert_eq!(seen, names, "{via:?}");
        assert_ne!(params.get("next"), None, "it took more than one page");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_next_cursor_is_answered_404_by_every_list() {
    let world = World::embedded().await;
    let mark = Estate::create(&world, &world.mark, "a").await;
    let pages = world.dispatcher.registry().operations();
    for list in pages.filter(|tool| tool.input["properties"].get("next").is_some()) {
        let mut params = crate::support::parameter_samples::params(list, &mark, "never-made");
        params["next"] = json!("zzzz2345zzzz");
        for via in CallStyle::for_tool(list) {
            let told = via.call(&mark.agent, list, &params).await;
            assert_eq!(told.status, 404, "{}: {}", list.spec.name, told.answer.text);
            let error = told.failure()["error"].clone();
            assert!(error.as_str().is_some_and(|text| text.contains("next")), "{error}");
            assert_ne!(told.failure()["hint"], Value::Null);
        }
    }
}
