//! The operator's switch, and releases of Coolify that build another commit than the one that is set.

use covibe_sandbox::coolify::Version;
use covibe_testkit::{Options, RepositoryBuilds};
use serde_json::json;

use super::Site;

async fn site(version: Version, repository_builds: RepositoryBuilds) -> Site {
    let mut options =
        Options::default().with_settings(|it| it.repository_builds = repository_builds);
    options.coolify.version = version;
    Site::start_with(options).await
}

#[tokio::test(flavor = "multi_thread")]
async fn repository_apps_are_refused_if_the_operator_forbids_repository_builds() {
    let site = site(Version::V4_3, RepositoryBuilds::Off).await;
    let refused = site.call("apps.create", json!({ "repo": "site" })).await.expect_err("refused");
    let hint = refused["hint"].as_str().expect("a hint");
    assert!(hint.contains("COVIBE_ALLOW_REPOSITORY_BUILDS"), "{refused}");
    site.ok("apps.create", json!({ "image": "nginx:1.27", "name": "web" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repository_apps_are_refused_on_coolify_releases_that_ignore_commits() {
    for version in [Version::Beta473, Version::V4_1] {
        let refusing = site(version, RepositoryBuilds::Checked).await;
        let create = json!({ "repo": "site" });
        let refused = refusing.call("apps.create", create).await.expect_err("refused");
        let hint = refused["hint"].as_str().expect("a hint");
        assert!(hint.contains("4.2"), "{refused}");
        refusing.world.stop().await;
    }
    let accepting = site(Version::V4_3, RepositoryBuilds::Checked).await;
    accepting.ok("apps.create", json!({ "repo": "site" })).await;
}
