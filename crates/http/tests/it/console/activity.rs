//! The activity of agents, as people see it.

use serde_json::json;

use super::{Site, is_sound};
use crate::audit::until;

#[tokio::test(flavor = "multi_thread")]
async fn the_activity_page_lists_and_filters_calls_of_agents_only() {
    let Some(site) = Site::open().await else { return };
    let agent = &site.world.mark.agent;
    agent.compact("apps.list", &json!({})).await.unwrap();
    agent.compact("apps.get", &json!({ "uuid": "zzzz2345zzzz2345zzzz2345" })).await.unwrap_err();
    until(&site.world, &site.world.mark, 2, |entry| entry.tool.starts_with("apps.")).await;
    let mut page = site.admin_page().await;
    page.goto(&site.url("/console/live")).await;
    until(&site.world, &site.world.mark, 1, |entry| entry.tool == "domains.list").await;
    page.goto(&site.url("/console")).await;
    let recent = page.text("main table").await;
    assert!(recent.contains("apps.get") && !recent.contains("domains.list"), "{recent}");
    page.goto(&site.url("/console/activity")).await;
    let all = page.text("main table").await;
    assert!(!all.contains("domains.list"), "only what agents do: {all}");
    assert!(all.contains("apps.list") && all.contains("apps.get"), "{all}");
    is_sound(&mut page).await;
    page.fill("#tool", "apps.get").await;
    page.follow("form[role=search] button").await;
    assert_eq!(page.path().await, "/console/activity?agent=&tool=apps.get&outcome=");
    let some = page.text("main table").await;
    assert!(!some.contains("apps.list") && some.contains("apps.get"), "{some}");
    page.choose("#outcome", "limited").await;
    page.follow("form[role=search] button").await;
    assert!(page.text("main").await.contains("No calls match"));
    is_sound(&mut page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_of_calls_is_split_into_pages() {
    let Some(site) = Site::open().await else { return };
    let agent = &site.world.mark.agent;
    for _ in 0..60 {
        agent.compact("projects.list", &json!({})).await.unwrap();
    }
    until(&site.world, &site.world.mark, 60, |entry| entry.tool == "projects.list").await;
    let mut page = site.admin_page().await;
    page.goto(&site.url("/console/activity?tool=projects.list")).await;
    assert_eq!(page.evaluate("document.querySelectorAll('tbody tr').length").await, 50);
    page.follow("a[rel=next]").await;
    assert_eq!(page.evaluate("document.querySelectorAll('tbody tr').length").await, 10);
    assert!(!page.has_element("a[rel=next]").await);
    is_sound(&mut page).await;
    page.follow("nav[aria-label=Pages] a").await;
    assert_eq!(page.path().await, "/console/activity?tool=projects.list");
}
