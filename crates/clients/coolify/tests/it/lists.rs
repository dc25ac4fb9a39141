//! Lists of the team that one tenant makes long.

use covibe_coolify::NewComposeService;
use covibe_sandbox::coolify::Version;

use crate::world::{World, options, world};

const FILE: usize = 250 * 1024;

fn long(number: usize) -> NewComposeService {
    let content = "x".repeat(FILE);
    let compose = format!("services: {{web: {{image: nginx}}}}\nx-long: '{content}'\n");
    NewComposeService { compose, ..World::compose_service(&format!("long-{number}")) }
}

/// Coolify answers each file twice: 20 MiB here, where an answer may else have 8.
#[tokio::test(flavor = "multi_thread")]
async fn long_files_make_no_list_unreadable() {
    let world = world(options(Version::V4_3)).await;
    for number in 0..40 {
        world.client.create_compose_service(&world.at(), &long(number)).await.unwrap();
    }
    let listed = world.client.services().await.unwrap();
    let of_ours: Vec<_> = listed.iter().filter(|one| one.name.starts_with("long-")).collect();
    assert_eq!(of_ours.len(), 40);
    for one in of_ours {
        assert_eq!(one.compose(), None, "the file is not kept");
        assert!((FILE..FILE + 200).contains(&one.file_length()), "{}", one.file_length());
    }
}
