//! Keys: minted, shown once, revoked.

use covibe_testkit_http::Agent;
use serde_json::json;

use super::{Site, is_sound};

async fn status(agent: &Agent) -> u16 {
    agent.json("GET", "/api/workspaces/mark/keys", &json!({})).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_works_until_it_is_revoked() {
    let Some(site) = Site::open().await else { return };
    let mut page = site.admin_page().await;
    page.goto(&site.url("/console/settings/keys")).await;
    page.fill("input[name=name]", "Mia's laptop <b>").await;
    page.choose("select[name=agent]", "codex").await;
    page.follow("form[action='/console/settings/keys/mint'] button").await;
    is_sound(&mut page).await;
    let token = page.text("#token").await;
    assert!(token.starts_with("vibn_sk_"), "a key");
    let agent = site.world.mark.agent.with_key(Some(&token));
    assert_eq!(status(&agent).await, 200);

    page.goto(&site.url("/console/settings/keys")).await;
    assert!(!page.text("body").await.contains(&token), "a key is shown once");
    assert!(page.text("main").await.contains("Mia's laptop <b>"));
    let row = "tr:has(th:first-child) form[data-confirm*='laptop'] button";
    page.click(row).await;
    page.wait_for("document.querySelector('dialog[open]')").await;
    page.follow("dialog .danger").await;
    assert_eq!(page.path().await, "/console/settings/keys");
    assert!(page.text("[role=status].notice").await.contains("revoked"));
    is_sound(&mut page).await;
    assert_eq!(status(&agent.reconnected()).await, 401);
    page.goto(&site.url("/console/settings/keys")).await;
    assert!(!page.has_element("[role=status].notice").await, "what was done is told once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_refused_keeps_what_was_entered() {
    let Some(site) = Site::open().await else { return };
    let mut page = site.admin_page().await;
    page.goto(&site.url("/console/settings/keys")).await;
    page.evaluate("document.querySelector('select[name=days]').options[0].value = 'soon'").await;
    page.fill("input[name=name]", "laptop").await;
    page.choose("select[name=days]", "soon").await;
    page.follow("form[action='/console/settings/keys/mint'] button").await;
    assert!(page.text("[role=alert]").await.contains("Choose when the key expires."));
    assert_eq!(page.evaluate("document.querySelector('#name').value").await, "laptop");
    assert!(page.troubles().await.iter().all(|trouble| trouble.starts_with("status 400")));
}
