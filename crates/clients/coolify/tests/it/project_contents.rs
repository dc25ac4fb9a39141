//! The contents of a project: all kinds, each with the members that are used.

use covibe_coolify::{Cause, Contents, NewComposeService};
use covibe_domain::entities::Flavor;
use covibe_sandbox::coolify::Version;

use crate::simulated_coolify::{World, options, world};

const FILE: usize = 250 * 1024;

fn long(number: usize) -> NewComposeService {
    let content = "x".repeat(FILE);
    let compose = format!("services: {{web: {{image: nginx}}}}\nx-long: '{content}'\n");
    NewComposeService { compose, ..World::compose_service(&format!("long-{number}")) }
}

/// Coolify answers each file twice: 20 MiB here, where an answer may else have 8.
#[tokio::test(flavor = "multi_thread")]
async fn contents_with_many_long_compose_files_are_read() {
    let world = world(options(Version::V4_3)).await;
    for number in 0..40 {
        world.client.create_compose_service(&world.placement(), &long(number)).await.unwrap();
    }
    let listed = world.contents().await;
    assert_eq!(listed.services.len(), 40);
    for one in &listed.services {
        assert!(one.generated().is_none() && one.compose().is_some());
        assert!((FILE..FILE + 200).contains(&one.file_length()), "{}", one.file_length());
    }
}

#[tokio::test]
async fn contents_have_the_databases_of_each_flavor_that_environments_list() {
    for version in Version::ALL {
        let world = world(options(version)).await;
        for flavor in Flavor::ALL {
            let new = World::database(&format!("db-{flavor}"));
            world.client.create_database(&world.placement(), *flavor, &new).await.unwrap();
        }
        let contents = world.contents().await;
        assert_eq!(contents.databases.len(), Flavor::ALL.len() - Contents::UNLISTED.len());
        for each in &contents.databases {
            let flavor = each.flavor.unwrap();
            assert_eq!(each.name, format!("db-{flavor}"));
            assert!(each.internal_url.is_some() && !Contents::UNLISTED.contains(&flavor));
        }
    }
}

#[tokio::test]
async fn contents_combine_all_requested_environments() {
    let world = world(options(Version::V4_3)).await;
    world.site().await;
    world.client.create_environment(&world.project, "staging").await.unwrap();
    let mut at = world.placement();
    at.environment = "staging".to_owned();
    world.client.create_compose_service(&at, &World::compose_service("stack")).await.unwrap();
    let both = ["production".to_owned(), "staging".to_owned()];
    let contents = world.client.contents(&world.project, &both).await.unwrap();
    assert_eq!((contents.applications.len(), contents.services.len()), (1, 1));
    // Contents of other environments are not taken for these.
    let error = world.client.contents(&world.project, &["gone".to_owned()]).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Operator(_)), "{error:?}");
}
