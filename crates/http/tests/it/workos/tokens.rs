//! Tokens of WorkOS that can't be trusted: foreign and expired keys, other audiences, other people.

use covibe_sandbox::workos::{Collection, TokenTrouble};

use super::workos_server::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_with_invalid_tokens_are_refused() {
    let scene = Scene::new().await;
    for trouble in TokenTrouble::ALL {
        // The issuer is checked only where one is configured.
        if trouble == TokenTrouble::Issuer {
            continue;
        }
        let mut browser = scene.browser();
        scene.set(&format!("{trouble:?}@example.com"), |settings| settings.trouble = Some(trouble));
        let back = scene.go(&mut browser, "/auth/sign-in").await;
        let seen = browser.go_back(&back).await;
        assert_eq!((seen.status, browser.session()), (401, None), "{trouble:?}: {}", seen.text);
        assert!(
            seen.text.contains("can&#39;t be trusted") || seen.text.contains("can't be trusted")
        );
    }
    assert!(!scene.workos.names(Collection::Sessions).is_empty(), "WorkOS had signed them in");
}
