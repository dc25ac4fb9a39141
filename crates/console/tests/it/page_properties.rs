//! Properties of every page, at every width, in both schemes.

use std::path::PathBuf;

use covibe_testkit_browser::{Browser, Page, ViewSettings};

use crate::{page_server, samples};

/// The narrowest phone, a tablet, and a wide screen.
const WIDTHS: [u32; 3] = [320, 768, 1440];

#[tokio::test]
async fn every_sample_page_is_accessible_and_clean_at_all_widths_and_in_dark_mode() {
    let Some(browser) = Browser::shared() else { return };
    let pages = samples::pages();
    let names: Vec<_> = pages.iter().map(|(name, _)| *name).collect();
    let origin = page_server::serve(pages).await;
    let mut page = browser.page().await;
    let mut findings = Vec::new();
    for (number, name) in names.into_iter().enumerate() {
        page.goto(&format!("{origin}/{name}")).await;
        // Colours don't depend on the width.
        let dark = (WIDTHS[number % WIDTHS.len()], true);
        for (width, is_dark) in WIDTHS.map(|width| (width, false)).into_iter().chain([dark]) {
            page.set_view(ViewSettings { width, is_dark, is_still: true }).await;
            let found = page.accessibility().await;
            findings.extend(
                found
                    .into_iter()
                    .map(|finding| format!("{name} {width} dark={is_dark}: {finding}")),
            );
            keep(&page, name, width, is_dark).await;
        }
        findings
            .extend(page.troubles().await.into_iter().map(|trouble| format!("{name}: {trouble}")));
    }
    assert!(findings.is_empty(), "{findings:#?}");
}

/// Keeps a picture where a contributor asks for it, to look at.
async fn keep(page: &Page, name: &str, width: u32, is_dark: bool) {
    let Some(folder) = std::env::var_os("COVIBE_TEST_PICTURES").map(PathBuf::from) else { return };
    let scheme = if is_dark { "dark" } else { "light" };
    let file = folder.join(format!("{name}-{width}-{scheme}.png"));
    std::fs::write(file, page.screenshot().await).expect("a picture");
}

#[tokio::test]
async fn names_of_calls_in_the_audit_do_not_wrap_on_a_desktop() {
    let Some(browser) = Browser::shared() else { return };
    let origin = page_server::serve(samples::pages()).await;
    let mut page = browser.page().await;
    page.goto(&format!("{origin}/audit")).await;
    page.set_view(ViewSettings { width: 1440, is_dark: false, is_still: true }).await;
    let broken = "[...document.querySelectorAll('tbody th .mono')]
        .filter((it) => it.getClientRects().length > 1).map((it) => it.textContent).join()";
    assert_eq!(page.evaluate(broken).await, "");
    assert!(page.has_element("tbody th .mono").await);
}

#[tokio::test]
async fn the_accessibility_checks_find_each_defect_of_a_faulty_page() {
    let Some(browser) = Browser::shared() else { return };
    let mut page = browser.page().await;
    let wrong = "<html><body><h1 id=a>One</h1><h3 id=a>Three</h3><input><button></button><img src='data:,'>\
                 <p style='color:%23999;background:%23aaa'>Faint</p><div style='width:3000px'>Wide</div>\
                 <a href='/x' style='outline:none'>Link</a><p aria-describedby=none>Text</p></body></html>";
    page.goto(&format!("data:text/html,{wrong}")).await;
    let found = page.accessibility().await;
    for rule in [
        "lang",
        "title",
        "one main",
        "heading order",
        "unique ids",
        "label",
        "name",
        "alt",
        "contrast",
        "scrolls sideways",
        "focus is not visible",
        "aria-describedby refers to none",
        "target of",
    ] {
        assert!(found.iter().any(|finding| finding.starts_with(rule)), "{rule}: {found:#?}");
    }
    page.evaluate("console.error('trouble')").await;
    assert!(page.troubles().await.iter().any(|trouble| trouble.contains("trouble")));
}

#[tokio::test]
async fn violations_of_the_content_security_policy_are_reported() {
    let Some(browser) = Browser::shared() else { return };
    let origin = page_server::serve(samples::pages()).await;
    let mut page = browser.page().await;
    page.goto(&format!("{origin}/overview")).await;
    page.assert_clean().await;
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">x</p><img src=\"http://198.51.100.7/a\">')").await;
    let troubles = page.troubles().await;
    assert!(troubles.iter().any(|trouble| trouble.contains("style-src")), "{troubles:?}");
    assert!(troubles.iter().any(|trouble| trouble.contains("img-src")), "{troubles:?}");
}
