//! The "Agent setup" page shows lines that work.

use covibe_domain::entities::Role;
use covibe_testkit_http::{Person, World};

use super::{Stranger, put_package};

const SETUP: &str = "/console/settings/agents";

#[tokio::test(flavor = "multi_thread")]
async fn the_setup_page_shows_no_install_commands_without_a_package() {
    let world = World::embedded().await;
    let mut ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
    let page = ada.get(SETUP).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("<code>cargo xtask package</code>"), "{}", page.text);
    for absent in ["/downloads/", "npm install", "npm exec", "/npm/"] {
        assert!(!page.text.contains(absent), "{absent}: {}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_setup_page_shows_commands_that_install_connect_and_check() {
    let world = World::embedded().await;
    put_package(&world, "2.4.0", b"tarball");
    let mut ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
    let page = ada.get(SETUP).await.text;
    let origin = Stranger::at(&world).origin;
    let install = format!("npm install --save-dev {origin}/downloads/co-vibe.tgz");
    let then = format!(
        " &amp;&amp; npm exec -- covibe-local setup --base-url {origin} \
         &amp;&amp; npm exec -- covibe-local doctor --base-url {origin}"
    );
    let scoped = "npm install --save-dev @co-vibe/local";
    for block in [
        install.clone(),
        format!("{install}{then}"),
        format!("@co-vibe:registry={origin}/npm/"),
        scoped.to_owned(),
        format!("{scoped}{then}"),
    ] {
        assert!(page.contains(&format!(">{block}</pre>")), "{block}: {page}");
    }
    assert!(page.contains("version 2.4.0") && !page.contains("covibe-local watch"), "{page}");
    assert!(page.contains("action=\"/console/settings/agents/connect\""), "it still mints keys");
    let fields = [("name", "laptop"), ("client", "cursor")];
    let minted = ada.submit_own(&world, &format!("{SETUP}/connect"), &fields).await;
    assert!(minted.status == 200 && minted.text.contains(&install), "{}", minted.text);
}
