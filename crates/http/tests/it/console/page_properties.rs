//! Properties of every page: the people for whom it works, the sizes, and the speed.

use std::time::Instant;

use covibe_console::paths;
use covibe_testkit_browser::ViewSettings;
use serde_json::json;

use super::{Site, is_sound};

const PAGES: [&str; 9] = [
    paths::OVERVIEW,
    paths::CODE,
    paths::LIVE,
    paths::ACTIVITY,
    paths::AUDIT,
    paths::KEYS,
    paths::AGENTS,
    paths::PEOPLE,
    paths::PROFILE,
];

#[tokio::test(flavor = "multi_thread")]
async fn every_console_page_passes_the_page_checks_at_all_widths_and_in_dark_mode() {
    let Some(site) = Site::open().await else { return };
    let agent = &site.world.mark.agent;
    let params = json!({ "image": "nginx:1.27", "name": "shop", "instantDeploy": false });
    agent.compact("apps.create", &params).await.unwrap();
    agent.compact("repos.create", &json!({ "name": "pages" })).await.unwrap();
    agent
        .compact("databases.create", &json!({ "name": "orders", "type": "postgresql" }))
        .await
        .unwrap();
    let mut page = site.admin_page().await;
    for path in PAGES {
        let begun = Instant::now();
        page.goto(&site.url(path)).await;
        let took = page.evaluate("performance.getEntriesByType('navigation')[0].responseEnd").await;
        eprintln!("{path}: answered in {took} ms, loaded in {:?}", begun.elapsed());
        assert!(!page.has_element("main .notice.bad").await, "{path}: {}", page.text("main").await);
        for (width, is_dark) in [(320, true), (768, false), (1440, true), (1440, false)] {
            page.set_view(ViewSettings { width, is_dark, is_still: true }).await;
            is_sound(&mut page).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn navigation_marks_the_current_page() {
    let Some(site) = Site::open().await else { return };
    let mut page = site.admin_page().await;
    for (link, path) in
        [("Code", "/console/code"), ("Live", "/console/live"), ("Audit", "/console/audit")]
    {
        page.follow(&format!("nav.nav a[href='{path}']")).await;
        assert_eq!(page.text("nav.nav [aria-current=page]").await, link);
        assert!(page.evaluate("document.title").await.as_str().unwrap().contains(link));
    }
    page.assert_clean().await;
}
