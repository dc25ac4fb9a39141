//! The behaviour that the script adds, and pages without it.

use covibe_testkit_browser::{Browser, Page, ViewSettings};

use crate::{page_server, samples};

async fn open(name: &str) -> Option<Page> {
    let browser = Browser::shared()?;
    let origin = page_server::serve(samples::pages()).await;
    let mut page = browser.page().await;
    page.goto(&format!("{origin}/{name}")).await;
    Some(page)
}

#[tokio::test]
async fn a_destructive_form_is_sent_only_after_confirmation() {
    let Some(mut page) = open("keys").await else { return };
    let revoke = "form[action$='key_aaaa/revoke'] button";
    page.click(revoke).await;
    page.wait_for("document.querySelector('dialog[open]')").await;
    assert!(page.text("dialog h2").await.contains("laptop"));
    assert_eq!(
        page.evaluate("document.activeElement.textContent").await,
        "Cancel",
        "the safe choice has the focus"
    );
    assert_eq!(page.accessibility().await, [""; 0]);
    page.press("Escape").await;
    page.wait_for("!document.querySelector('dialog')").await;
    assert_eq!(page.path().await, "/keys", "nothing was sent");
    page.click(revoke).await;
    page.wait_for("document.querySelector('dialog[open]')").await;
    page.follow("dialog .danger").await;
    assert_eq!(page.text("#sent").await, "/console/settings/keys/key_aaaa/revoke");
}

#[tokio::test]
async fn a_form_is_sent_without_scripts_too() {
    let Some(browser) = Browser::shared() else { return };
    let origin = page_server::serve(samples::pages()).await;
    let mut page = browser.page().await;
    page.allow_scripts(false).await;
    page.goto(&format!("{origin}/keys")).await;
    page.allow_scripts(true).await;
    assert!(
        !page.has_element("button[data-copy]:not([hidden])").await,
        "a button that does nothing is not shown"
    );
    page.follow("form[action$='key_aaaa/revoke'] button").await;
    assert_eq!(page.text("#sent").await, "/console/settings/keys/key_aaaa/revoke");
}

#[tokio::test]
async fn a_copy_button_copies_the_token_and_announces_it() {
    let Some(page) = open("keys-minted").await else { return };
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
        .await;
    page.click("button[data-copy=token]").await;
    page.wait_for("document.querySelector('button[data-copy=token]').textContent === 'Copied'")
        .await;
    let copied = page.evaluate("window.copied").await;
    assert_eq!(copied, format!("vibn_sk_{}", "x".repeat(48)));
    assert_eq!(page.text("#announcer").await.trim(), "Copied");
}

#[tokio::test]
async fn the_log_page_follows_the_stream_until_the_deployment_ends() {
    let Some(mut page) = open("deployment").await else { return };
    page.wait_for("document.querySelector('[data-log-state]').textContent.startsWith('Ended')")
        .await;
    assert_eq!(page.text("#log").await, "1/2 Building\n2/2 Starting <b>");
    assert_eq!(page.text("[data-log-state]").await, "Ended: finished");
    page.assert_clean().await;
}

#[tokio::test]
async fn a_menu_can_be_used_by_keyboard() {
    let Some(page) = open("overview").await else { return };
    page.press("Tab").await;
    assert_eq!(page.evaluate("document.activeElement.textContent").await, "Skip to content");
    for _ in 0..2 {
        page.press("Tab").await;
    }
    page.press("Enter").await;
    page.wait_for("document.querySelector('details.menu[open]')").await;
    page.press("Tab").await;
    assert_eq!(page.evaluate("document.activeElement.value").await, "storefront");
    assert!(page.has_element("details.menu[open]").await, "it stays open while the focus is in it");
    page.press("Escape").await;
    page.wait_for("!document.querySelector('details.menu[open]')").await;
    assert_eq!(
        page.evaluate("document.activeElement.tagName").await,
        "SUMMARY",
        "the focus stays at the menu"
    );
}

#[tokio::test]
async fn tables_become_cards_on_narrow_pages() {
    let Some(page) = open("live").await else { return };
    let display = "getComputedStyle(document.querySelector('tbody tr')).display";
    assert_eq!(page.evaluate(display).await, "table-row");
    page.set_view(ViewSettings { width: 320, is_dark: false, is_still: true }).await;
    assert_eq!(page.evaluate(display).await, "block");
    let label = "getComputedStyle(document.querySelector('tbody td'), '::before').content";
    assert_eq!(page.evaluate(label).await, "\"State\"");
}

#[tokio::test]
async fn nothing_is_animated_for_people_who_prefer_reduced_motion() {
    let Some(page) = open("live").await else { return };
    let moving = "document.getAnimations().length";
    assert_eq!(page.evaluate(moving).await, 0);
    page.set_view(ViewSettings { width: 1440, is_dark: false, is_still: false }).await;
    assert_ne!(page.evaluate(moving).await, 0, "what is under way moves otherwise");
}

#[tokio::test]
async fn times_are_shown_in_the_time_zone_of_the_browser() {
    let Some(page) = open("keys").await else { return };
    page.wait_for("document.querySelector('time').title === '2026-11-23 09:12 UTC'").await;
    assert!(!page.text("time").await.contains("UTC"));
}
