//! Volumes, and files of containers.

use std::time::Duration;

use covibe_docker_host::{Conflict, Error};
use covibe_testkit_docker::Recipe;

use crate::fixture::{engine, local, only_container, run, uuid};

#[tokio::test]
async fn a_resources_volumes_are_listed_and_removed() {
    let engine = engine!();
    let (own, other) = (uuid(), uuid());
    let (mine, alike) = (format!("{own}_my-data"), format!("{own}0_data"));
    let label = |uuid: &str| format!("com.docker.compose.project={uuid}");
    engine.cli(&["volume", "create", "--label", &label(&own), &mine]);
    engine.cli(&["volume", "create", "--label", &label(&own), &alike]);
    engine.cli(&["volume", "create", "--label", &label(&other), &format!("{own}_x")]);
    let host = local(&engine.socket());
    let volumes = host.volumes(&own).await.unwrap();
    assert_eq!(volumes.iter().map(|v| v.name.as_str()).collect::<Vec<_>>(), [mine.as_str()]);
    assert_eq!(volumes[0].project.as_deref(), Some(own.as_str()));
    assert!(volumes[0].created_at.is_some());

    let mount = format!("{mine}:/data");
    let container = Recipe::new(&own, &own).option(["-v", &mount]).run(engine);
    let id = only_container(&host, &own).await;
    let filled = run(&host, &id, &["dd", "if=/dev/zero", "of=/data/f", "bs=1k", "count=100"]).await;
    assert_eq!(filled.unwrap().code, Some(0));
    let sizes = host.sizes().await.unwrap();
    let size = sizes.iter().find(|size| size.name == mine).unwrap();
    assert!(size.bytes >= Some(100 << 10) && size.users == 1, "{size:?}");

    host.stop(&id, Duration::ZERO).await.unwrap();
    let by = vec![own.clone()];
    assert_eq!(host.users_of(&mine).await.as_ref(), Ok(&by));
    let in_use = Error::Conflict(Conflict::VolumeInUse { by });
    assert_eq!(host.remove_volume(&mine).await, Err(in_use));
    drop(container);
    for _ in 0..2 {
        host.remove_volume(&mine).await.unwrap();
    }
    assert_eq!(host.volumes(&own).await, Ok(vec![]));
}

#[tokio::test]
async fn files_are_read_within_the_container_only() {
    let engine = engine!();
    let uuid = uuid();
    let _container = Recipe::new(&uuid, &uuid).run(engine);
    let host = local(&engine.socket());
    let id = only_container(&host, &uuid).await;
    // In the container, this link leads to its own file; on the host it would be the host's.
    let script = "echo of-the-container >/etc/hostname-of-test; ln -s /etc/hostname-of-test /data/x; \
                  ln -s /etc /data/y; head -c 100000 /dev/zero >/data/big";
    assert_eq!(run(&host, &id, &["sh", "-c", script]).await.unwrap().code, Some(0));
    host.stop(&id, Duration::ZERO).await.unwrap();
    let archive = host.archive(&id, "/data/y/hostname-of-test", 1 << 20).await.unwrap();
    assert!(archive.windows(16).any(|bytes| bytes == b"of-the-container"));
    assert_eq!(host.archive(&id, "/data/none", 1 << 20).await, Err(Error::NotFound));
    assert_eq!(host.archive(&id, "/data/big", 50_000).await, Err(Error::TooLarge));
    assert!(matches!(host.archive(&id, "data/x", 1 << 20).await, Err(Error::Invalid(_))));
    // What was left unread does not disturb the next call.
    assert!(host.archive(&id, "/data/x", 1 << 20).await.is_ok());
}
