//! Lists, short and very long.

use covibe_sandbox::coolify::{Neighbours, Options};
use serde_json::json;

use super::{World, options};
use crate::tool_calls::guard;

#[tokio::test]
async fn applications_are_listed_with_their_projects() {
    let world = World::new().await;
    let (shop, blog) = (world.project("Shop").await, world.project("Blog").await);
    let app = world.app(&shop, "web", &["https://shop.test", "https://www.shop.test"]).await;
    world.app(&blog, "blog", &[]).await;
    let projects = world.caller.answer("list_projects", json!({})).await;
    // A simulated Coolify has something of others from the beginning.
    assert_eq!((&projects["projects"][0]["name"], &projects["total"]), (&json!("Blog"), &json!(3)));
    let listed = world.caller.answer("list_applications", json!({ "project_uuid": shop })).await;
    assert_eq!(listed["total"], 1);
    let web = &listed["applications"][0];
    assert_eq!((&web["uuid"], &web["project"]), (&json!(app), &json!("Shop")));
    assert_eq!(web["domains"], json!(["shop.test", "www.shop.test"]));
    let all = world.caller.answer("list_all_apps", json!({})).await;
    let listed = all["applications"].as_array().unwrap();
    for (name, project) in [("blog", "Blog"), ("web", "Shop")] {
        assert!(listed.iter().any(|it| it["name"] == name && it["project"] == project), "{all}");
    }
    assert_eq!(all["truncated"], false);
}

#[tokio::test]
async fn long_lists_of_apps_and_projects_are_cut_and_marked_truncated() {
    let neighbours = Neighbours { applications: 400, ..Neighbours::default() };
    let world = World::with(Options { neighbours, ..options() }, guard(None, None)).await;
    let all = world.caller.answer("list_all_apps", json!({})).await;
    let count = all["applications"].as_array().unwrap().len();
    assert_eq!((&all["total"], &all["truncated"]), (&json!(401), &json!(true)));
    assert!((50..401).contains(&count) && all["hint"].is_string(), "{count}");
    let projects = world.caller.answer("list_projects", json!({})).await;
    assert_eq!(projects["total"], 201);
    let status =
        world.caller.answer("get_app_status", json!({ "app_name": "neighbours-app-399" })).await;
    assert_eq!(status["application"]["name"], "neighbours-app-399");
}

#[tokio::test]
async fn an_application_with_300_domains_is_listed_with_ten() {
    let world = World::new().await;
    let project = world.project("Shop").await;
    let urls: Vec<_> =
        (0..300).map(|at| format!("https://host-{at}.a-long-domain-name.test")).collect();
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    for name in ["one", "two", "three"] {
        let app = world.app(&project, name, &[]).await;
        let domains = urls.iter().map(|url| url.replace("host", name)).collect();
        let patch = covibe_coolify::ApplicationPatch {
            domains: Some(domains),
            ..covibe_coolify::ApplicationPatch::default()
        };
        world.client.update_application(&app, &patch).await.unwrap();
    }
    let all = world.caller.answer("list_all_apps", json!({})).await;
    let listed = all["applications"].as_array().unwrap();
    let domains =
        |name: &str| listed.iter().find(|it| it["name"] == name).unwrap()["domains"].clone();
    for name in ["one", "two", "three"] {
        assert_eq!(domains(name).as_array().unwrap().len(), 10);
    }
}
