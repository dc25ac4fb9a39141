//! Waiting for a container to start, by each way to a real engine.

use std::time::Duration;

use covibe_docker_host::{Error, StartWait};
use covibe_testkit_docker::{Recipe, Sshd};

use crate::fixture::{engine, ssh_host, uuid, ways};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn the_start_of_a_container_is_reported_at_once_and_only_once() {
    let engine = engine!();
    for (host, sshd) in ways(engine) {
        let host = host.in_background();
        let first = host.await_start(None, MINUTE).await;
        if sshd.as_ref().is_some_and(|sshd| !sshd.is_gated()) {
            assert_eq!(first, Err(Error::Refused));
            continue;
        }
        let first = first.unwrap();
        assert!(first.is_seen);
        // It starts before the next wait begins.
        let uuid = uuid();
        let _container = Recipe::new(&uuid, &uuid).run(engine);
        let mut seen = host.await_start(Some(&first.at), MINUTE).await.unwrap();
        assert!(seen.is_seen && host.running().await.unwrap().iter().any(|one| one.uuid == uuid));
        // Others may start meanwhile, each of which is reported once.
        for _ in 0..100 {
            seen = host.await_start(Some(&seen.at), Duration::from_secs(1)).await.unwrap();
            if !seen.is_seen {
                break;
            }
        }
        assert!(!seen.is_seen);
    }
}

#[tokio::test]
async fn a_wait_for_starts_yields_its_place_to_other_calls() {
    let engine = engine!();
    let Some(sshd) = Sshd::gated(engine) else { return };
    let host = ssh_host(&sshd).in_background();
    let StartWait { at, .. } = host.await_start(None, MINUTE).await.unwrap();
    let waiting = tokio::spawn({
        let host = host.clone();
        async move {
            let mut at = at;
            loop {
                at = host.await_start(Some(&at), MINUTE).await.unwrap().at;
            }
        }
    });
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        tokio::time::timeout(MINUTE / 4, host.running()).await.expect("a place").unwrap();
    }
    waiting.abort();
}
