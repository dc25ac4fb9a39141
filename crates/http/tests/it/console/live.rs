//! What runs, and a deployment's log as it grows.

use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::Options;
use serde_json::json;

use super::{Site, is_sound};

/// How long deployments stay queued, and then in progress, unless the test moves the clock.
const PACE: Duration = Duration::from_hours(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_followed_until_the_deployment_ends() {
    let mut options = Options::default();
    options.coolify.pace = PACE;
    let Some(site) = Site::with(options).await else { return };
    let agent = &site.world.mark.agent;
    let params = json!({ "image": "nginx:1.27", "name": "shop", "instantDeploy": false });
    let app = agent.compact("apps.create", &params).await.unwrap();
    let deployment = agent.compact("apps.deploy", &json!({ "uuid": app["uuid"] })).await.unwrap();
    let mut page = site.admin_page().await;
    page.follow("nav.nav a[href='/console/live']").await;
    page.follow("main tbody a").await;
    assert_eq!(page.text("h1").await, "shop");
    is_sound(&mut page).await;
    page.follow("main tbody a[href*='deployments']").await;
    page.wait_for("document.querySelector('[data-log-state]').textContent === 'Following'").await;
    is_sound(&mut page).await;
    assert!(page.path().await.ends_with(deployment["uuid"].as_str().expect("a deployment")));
    site.world.coolify.advance(PACE * 10);
    page.wait_for("document.querySelector('[data-log-state]').textContent === 'Ended: finished'")
        .await;
    assert!(page.text("#log").await.contains("Rolling update completed."));
    is_sound(&mut page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_fails_hides_nothing_else() {
    let Some(site) = Site::open().await else { return };
    site.world.coolify.arm(Fault::new(Name::Status).status(500).times(u32::MAX));
    let mut page = site.admin_page().await;
    page.goto(&site.url("/console/live")).await;
    // What was read before the fault is kept for two seconds.
    while !page.has("main [role=alert]").await {
        page.goto(&site.url("/console/live")).await;
    }
    let text = page.text("main").await;
    assert!(text.contains("No domains yet"), "{text}");
    is_sound(&mut page).await;
}
