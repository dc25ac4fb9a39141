//! A device is approved, signed in and signed out.

use serde_json::{Value, json};

use super::{PASSWORD, Site, is_sound, submit};

impl Site {
    /// Has a device ask, and returns what it got.
    async fn device(&self, machine: &str) -> Value {
        let body = json!({ "machine_name": machine, "agents": ["claude-code", "codex"] });
        let agent = self.world.mark.agent.with_key(None);
        let started = agent.json("POST", "/api/setup/device", &body).await;
        assert_eq!(started.status, 200, "{}", started.text);
        started.json()
    }

    async fn poll(&self, device: &Value) -> Value {
        let agent = self.world.mark.agent.with_key(None);
        let body = json!({ "device_code": device["device_code"] });
        agent.json("POST", "/api/setup/device/poll", &body).await.json()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_is_signed_in_approves_a_device() {
    let Some(site) = Site::open().await else { return };
    let device = site.device("mias-laptop").await;
    let mut page = site.admin_page().await;
    let address = device["verification_uri_complete"].as_str().expect("an address");
    page.goto(address).await;
    let (shown, code) = (page.text("main").await, device["user_code"].as_str().unwrap());
    for text in [code, "mias-laptop", "Claude Code, Codex", "127.0.0.1"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    is_sound(&mut page).await;
    page.follow("button[value=approve]").await;
    assert_eq!(page.text("h1").await, "Device approved");
    is_sound(&mut page).await;
    let delivered = site.poll(&device).await;
    assert_eq!(delivered["workspace"], "mark", "{delivered}");
    assert_eq!(delivered["tokens"].as_array().map(Vec::len), Some(2), "{delivered}");
    // The code works once.
    page.goto(address).await;
    assert_eq!(page.text("h1").await, "This code does not work");
    assert_eq!(page.troubles().await.len(), 1, "only its status");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_code_is_kept_during_the_sign_in() {
    let Some(site) = Site::open().await else { return };
    let user = site.admin(&site.world.mark, "mia@northwind.example").await;
    site.with_password(&user).await;
    let device = site.device("<b>mias-laptop</b>").await;
    let mut page = site.browser.page().await;
    page.goto(device["verification_uri_complete"].as_str().unwrap()).await;
    assert!(page.path().await.starts_with("/auth/sign-in?returnTo="));
    let person = [("email", "mia@northwind.example"), ("password", PASSWORD)];
    submit(&mut page, &person, "main button").await;
    assert_eq!(page.text("h1").await, "Approve this device?");
    assert!(page.text("main").await.contains("<b>mias-laptop</b>"));
    is_sound(&mut page).await;
    page.follow("button[value=deny]").await;
    assert_eq!(page.text("h1").await, "Device denied");
    let polled = site.poll(&device).await;
    assert_eq!(polled["error"], "access_denied", "{polled}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_code_can_be_typed_without_case_and_hyphen() {
    let Some(site) = Site::open().await else { return };
    let device = site.device("mias-laptop").await;
    let mut page = site.admin_page().await;
    page.goto(&site.url("/setup/authorize")).await;
    is_sound(&mut page).await;
    let typed = device["user_code"].as_str().unwrap().to_lowercase().replace('-', "");
    submit(&mut page, &[("code", &typed)], "main button").await;
    assert_eq!(page.text("h1").await, "Approve this device?");
    page.goto(&site.url("/setup/authorize?code=BBBB-BBBB")).await;
    assert_eq!(page.text("h1").await, "This code does not work");
}
