//! Trouble on the way to a host: the right failure, and the next call works.

use std::time::Duration;

use covibe_docker_host::{Access, CommandEnd, DockerHost, Error, Settings, Stream, Trouble};
use covibe_testkit_docker::{Recipe, Sshd, SshdOptions};
use tokio::sync::oneshot;

use crate::fixture::{
    command, engine, only_container, run, settings, ssh_host, ssh_server, uuid, ways,
};

#[tokio::test]
async fn the_version_reports_how_the_host_is_reached() {
    let engine = engine!();
    for (host, sshd) in ways(engine) {
        let access = host.version().await.unwrap().access;
        match sshd.map(|sshd| sshd.is_gated()) {
            None => assert_eq!(access, Access::Local),
            Some(false) => assert_eq!(access, Access::DialStdio),
            Some(true) => assert!(matches!(access, Access::Gate { kill: true, .. }), "{access:?}"),
        }
    }
}

#[tokio::test]
async fn a_gate_refuses_volumes_and_networks_outside_of_resources() {
    let engine = engine!();
    for (host, sshd) in ways(engine) {
        if sshd.as_ref().is_some_and(Sshd::is_gated) {
            assert_eq!(host.remove_volume("coolify-db").await, Err(Error::Refused));
            assert_eq!(host.network("coolify").await, Err(Error::Refused));
            assert_eq!(host.users_of("coolify-db").await, Err(Error::Refused));
            assert_eq!(host.volumes(&uuid()).await, Ok(vec![]));
        }
    }
}

#[tokio::test]
async fn a_rejected_ssh_key_is_reported() {
    let engine = engine!();
    let (own, other) = (ssh_server!(engine), ssh_server!(engine));
    let settings = Settings { key_file: Some(other.key_file()), ..settings(&own) };
    let host = DockerHost::new(settings).unwrap();
    assert_eq!(host.version().await, Err(Error::NotConnected(Trouble::KeyRefused)));
}

#[tokio::test]
async fn a_changed_or_unknown_host_key_is_never_accepted() {
    let engine = engine!();
    let mut sshd = ssh_server!(engine);
    let host = ssh_host(&sshd);
    host.version().await.unwrap();
    sshd.stop();
    sshd.change_host_key();
    sshd.resume();
    // The connection that is gone may be noticed first.
    let changed = Error::NotConnected(Trouble::HostKeyChanged);
    let first = host.version().await.unwrap_err();
    assert!(first == changed || first == Error::Lost, "{first:?}");
    assert_eq!(host.version().await, Err(changed.clone()));
    assert!(!changed.to_string().contains("127.0.0.1") && !changed.may_have_happened());
    let other = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&other, "[127.0.0.1]:1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==").unwrap();
    let settings = Settings { known_hosts: Some(other.path().to_owned()), ..settings(&sshd) };
    let host = DockerHost::new(settings).unwrap();
    assert_eq!(host.version().await, Err(Error::NotConnected(Trouble::HostKeyUnknown)));
}

#[tokio::test]
async fn a_missing_ssh_server_or_engine_is_reported() {
    let engine = engine!();
    let mut sshd = ssh_server!(engine);
    sshd.stop();
    let host = ssh_host(&sshd);
    let unreachable = Error::NotConnected(Trouble::Unreachable);
    assert_eq!(host.version().await, Err(unreachable.clone()));
    // It is not tried again at once.
    sshd.resume();
    assert_eq!(host.version().await, Err(unreachable));
    let nowhere =
        SshdOptions { docker: Some("/nowhere/docker.sock".into()), ..SshdOptions::default() };
    let Some(sshd) = Sshd::start(&nowhere) else { return };
    assert_eq!(ssh_host(&sshd).version().await, Err(Error::NotConnected(Trouble::NoEngine)));
}

#[tokio::test]
async fn losing_the_connection_during_a_command_ends_the_command() {
    let engine = engine!();
    let sshd = ssh_server!(engine);
    let uuid = uuid();
    let container = Recipe::new(&uuid, &uuid).run(engine);
    let host = ssh_host(&sshd);
    let id = only_container(&host, &uuid).await;
    let (ready, is_ready) = oneshot::channel::<()>();
    let mut ready = Some(ready);
    let running = tokio::spawn({
        let (host, id) = (host.clone(), id.clone());
        let on_output = move |_: Stream, _: &[u8]| drop(ready.take());
        async move { host.exec(&id, command(&["sh", "-c", "echo x; sleep 1001"]), on_output).await }
    });
    let _ = is_ready.await;
    sshd.kill_connections();
    assert_eq!(running.await.unwrap(), Err(Error::LostDuring(CommandEnd::Killed)));
    assert_eq!(container.processes(), ["/bin/busybox sleep 3600"]);
    assert_eq!(run(&host, &id, &["true"]).await.unwrap().code, Some(0));
}

#[tokio::test]
async fn a_call_on_a_frozen_connection_times_out_and_the_next_one_works() {
    let engine = engine!();
    let sshd = ssh_server!(engine);
    let settings = Settings { call_timeout: Duration::from_secs(6), ..settings(&sshd) };
    let host = DockerHost::new(settings).unwrap();
    answers(&host).await;
    sshd.freeze_connections();
    let frozen = host.version().await;
    assert_eq!(frozen, Err(Error::TimedOut));
    answers(&host).await;
}

/// Asks until the host answers: on a busy machine, connecting takes longer than the call's deadline.
async fn answers(host: &DockerHost) {
    for _ in 0..20 {
        match host.version().await {
            Ok(_) => return,
            Err(failed) => assert_eq!(failed, Error::TimedOut),
        }
    }
    panic!("the host does not answer");
}

#[tokio::test]
async fn commands_beyond_the_hosts_limit_of_sessions_wait_and_succeed() {
    let engine = engine!();
    let sshd = ssh_server!(engine);
    let uuid = uuid();
    let _container = Recipe::new(&uuid, &uuid).run(engine);
    let host = ssh_host(&sshd);
    let id = only_container(&host, &uuid).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (host, id) = (host.clone(), id.clone());
        calls.spawn(async move { run(&host, &id, &["echo", "x"]).await });
    }
    for done in calls.join_all().await {
        assert_eq!(done.unwrap().stdout, b"x\n");
    }
}
