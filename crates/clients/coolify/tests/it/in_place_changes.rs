//! Keys, projects and clone URLs that are changed where they are, and removed.

use covibe_coolify::{Cause, Conflict, Effect, NewRepositoryApplication, Volumes};
use covibe_domain::Secret;
use covibe_sandbox::coolify::Version;

use crate::simulated_coolify::{CLONE_URL, World, clone_url, options, world};

#[tokio::test]
async fn a_private_key_is_replaced_in_place() {
    for version in Version::ALL {
        let world = world(options(version)).await;
        let [old, new] = [(); 2].map(|()| covibe_crypto::keypair("mark-bot").unwrap());
        let uuid = world.client.create_private_key("mark", "d", &old.private).await.unwrap();
        for _ in 0..2 {
            world.client.update_private_key(&uuid, "renewed", "d", &new.private).await.unwrap();
        }
        let kept = world.client.private_key(&uuid).await.unwrap().unwrap();
        assert_eq!(kept.name, "renewed");
        assert_eq!(kept.public_key.as_deref(), new.public.strip_suffix(" mark-bot"));
        assert_eq!(
            world
                .client
                .private_keys()
                .await
                .unwrap()
                .iter()
                .filter(|key| key.uuid == uuid)
                .count(),
            1
        );
        world.client.create_private_key("old", "", &old.private).await.unwrap();
        let taken =
            world.client.update_private_key(&uuid, "a", "", &old.private).await.unwrap_err();
        assert_eq!(taken.cause, Cause::Conflict(Conflict::Exists));
    }
}

#[tokio::test]
async fn removing_missing_keys_and_projects_succeeds() {
    let world = world(options(Version::V4_3)).await;
    let key = covibe_crypto::keypair("mark-bot").unwrap().private;
    let key = world.client.create_private_key("mark", "", &key).await.unwrap();
    let project = world.client.create_project("vibn-ws-new", "").await.unwrap();
    assert!(world.client.find_project(&project).await.unwrap().is_some());
    for _ in 0..2 {
        world.client.delete_private_key(&key).await.unwrap();
        world.client.delete_project(&project).await.unwrap();
    }
    assert!(world.client.private_key(&key).await.unwrap().is_none());
    assert!(world.client.find_project(&project).await.unwrap().is_none());
}

#[tokio::test]
async fn a_project_with_resources_is_not_deleted() {
    let world = world(options(Version::V4_3)).await;
    world.site().await;
    let full = world.client.delete_project(&world.project).await.unwrap_err();
    assert_eq!((full.cause, full.effect), (Cause::Conflict(Conflict::NotEmpty), Effect::None));
    assert!(world.client.find_project(&world.project).await.unwrap().is_some());
}

#[tokio::test]
async fn creating_an_existing_environment_succeeds_without_a_duplicate() {
    let world = world(options(Version::V4_3)).await;
    for name in ["staging", "staging", "production"] {
        world.client.create_environment(&world.project, name).await.unwrap();
    }
    let environments = world.client.project(&world.project).await.unwrap().environments;
    let mut names: Vec<_> = environments.iter().map(|other| other.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["production", "staging"]);
    let unknown = "zzzzzzzzzzzzzzzzzzzzzzzz".parse().unwrap();
    let missing = world.client.create_environment(&unknown, "production").await.unwrap_err();
    assert!(missing.is_not_found());
}

#[tokio::test]
async fn the_clone_url_of_an_application_is_replaced() {
    for version in Version::ALL {
        let world = world(options(version)).await;
        let uuid = world.site().await;
        let renewed = clone_url(&CLONE_URL.replace("0123456789abcdef", "fedcba9876543210"));
        world.client.set_git_repository(&uuid, &renewed).await.unwrap();
        let listed = world.contents().await;
        let app = listed.applications.iter().find(|app| app.uuid == uuid).unwrap();
        let url = app.git_url().unwrap();
        assert!(url.equals(renewed.secret()) && !url.equals(&Secret::new(CLONE_URL)));
        assert!(url.names("vibn-mark", "my-site"));
        assert_ne!(url.password(), Some(Secret::new("0123456789abcdef0123456789abcdef01234567")));
    }
}

#[tokio::test]
async fn an_image_application_has_no_clone_url() {
    let world = world(options(Version::V4_3)).await;
    let new = World::image_application("image", "nginx:alpine");
    let uuid = world.client.create_image_application(&world.placement(), &new).await.unwrap();
    assert!(world.client.application(&uuid).await.unwrap().git_url().is_none());
}

#[tokio::test]
async fn an_app_that_is_cloned_over_ssh_keeps_its_key_and_its_url_has_no_secret() {
    for version in Version::ALL {
        let world = world(options(version)).await;
        let pair = covibe_crypto::keypair("site").unwrap();
        let key = world.client.create_private_key("site", "d", &pair.private).await.unwrap();
        let new = NewRepositoryApplication {
            private_key: Some(key.clone()),
            ..World::repository_application("site")
        };
        let app =
            world.client.create_repository_application(&world.placement(), &new).await.unwrap();
        for url in ["git@git.test:vibn-mark/my-site.git", "git@10.0.0.1:2222/vibn-mark/my-site.git"]
        {
            world.client.set_git_repository(&app, &clone_url(url)).await.unwrap();
            let read = world.client.application(&app).await.unwrap();
            let present = read.git_url().unwrap();
            assert!(
                present.equals(&Secret::new(url)) && present.names("vibn-mark", "my-site"),
                "{url}"
            );
            assert!(!present.has_password());
        }
        let used = world.client.delete_private_key(&key).await.unwrap_err();
        assert!(matches!(used.cause, Cause::Refused(_)), "{used:?}");
        world.client.delete_application(&app, Volumes::Keep).await.unwrap();
        while world.client.find_application(&app).await.unwrap().is_some() {}
        world.client.delete_private_key(&key).await.unwrap();
    }
}
