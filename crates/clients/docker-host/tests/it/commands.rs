//! Commands in containers, on the local socket and over SSH.

use std::time::Duration;

use covibe_docker_host::{
    CommandEnd, DRAIN_LIMIT, DockerHost, Error, Exec, NotStarted, Settings, Status, Stream,
};
use covibe_testkit_docker::{Docker, Recipe};

use crate::fixture::{command, engine, local, only_container, run, uuid, ways};

#[tokio::test]
async fn a_command_has_the_same_result_by_each_kind_of_connection() {
    let engine = engine!();
    for (host, _sshd) in ways(engine) {
        exit_codes(engine, &host).await;
        outputs(engine, &host).await;
    }
}

async fn exit_codes(engine: &Docker, host: &DockerHost) {
    let uuid = uuid();
    let _container = Recipe::new(&uuid, &uuid).run(engine);
    let id = only_container(host, &uuid).await;
    for (script, code) in [("true", 0), ("exit 42", 42), ("exit 127", 127), ("kill -9 $$", 137)] {
        let done = run(host, &id, &["sh", "-c", script]).await.unwrap();
        assert_eq!(
            (done.code, done.ended, done.not_started),
            (Some(code), CommandEnd::Exited, None),
            "{script}"
        );
    }
    for (argv, code) in [(["no-such-program"], 127), (["/etc"], 126)] {
        let done = run(host, &id, &argv).await.unwrap();
        assert_eq!((done.code, done.stdout), (Some(code), vec![]), "{argv:?}");
        let why = if code == 127 { NotStarted::NoProgram } else { NotStarted::Other };
        assert_eq!(done.not_started, Some(why), "{argv:?}");
    }
    let exec = || command(&["true"]);
    let user = |name: &str| Exec { user: Some(name.to_owned()), ..exec() };
    let nowhere = Exec { workdir: Some("/nowhere".to_owned()), ..exec() };
    for (exec, why) in [
        (user("nobody-here"), NotStarted::NoUser),
        (user("0:no-group"), NotStarted::NoUser),
        (nowhere, NotStarted::NoWorkdir),
    ] {
        let done = host.exec(&id, exec, |_, _| {}).await.unwrap();
        assert_eq!((done.code, done.not_started), (Some(126), Some(why)), "{why:?}");
        assert_eq!((done.stdout, done.stderr), (vec![], vec![]), "{why:?}");
    }
}

async fn outputs(engine: &Docker, host: &DockerHost) {
    let uuid = uuid();
    let _container = Recipe::new(&uuid, &uuid).run(engine);
    let id = only_container(host, &uuid).await;
    let script = r"printf 'a\000\377b'; printf 'c\376' >&2; id -u; pwd; echo $NAME";
    let exec = Exec {
        env: vec![("NAME".to_owned(), "it's \"x\"".to_owned())],
        user: Some("app".to_owned()),
        workdir: Some("/tmp".to_owned()),
        ..command(&["sh", "-c", script])
    };
    let mut seen = [0, 0];
    let done = host
        .exec(&id, exec, |stream, bytes| seen[usize::from(stream == Stream::Stderr)] += bytes.len())
        .await
        .unwrap();
    assert_eq!(done.stdout, b"a\0\xffb1000\n/tmp\nit's \"x\"\n");
    assert_eq!(done.stderr, b"c\xfe");
    assert_eq!((seen, done.omitted), ([done.stdout.len(), 2], 0));
    let cut = host.exec(&id, Exec { max_bytes: 10, ..command(&["seq", "1000"]) }, |_, _| {}).await;
    let cut = cut.unwrap();
    assert_eq!((&cut.stdout[..], cut.omitted, cut.code), (&b"1\n2\n3\n4\n5\n"[..], 3883, Some(0)));
}

#[tokio::test]
async fn a_container_without_a_shell_runs_programs_directly() {
    let engine = engine!();
    let uuid = uuid();
    let _container = Recipe::new(&uuid, &uuid).without_shell().run(engine);
    let host = local(&engine.socket());
    let id = only_container(&host, &uuid).await;
    let shell = run(&host, &id, &["sh", "-lc", "echo x"]).await.unwrap();
    let none = Some(NotStarted::NoProgram);
    assert_eq!((shell.code, shell.not_started, shell.stdout), (Some(127), none, vec![]));
    let direct = run(&host, &id, &["/busybox", "echo", "x"]).await.unwrap();
    assert_eq!((direct.code, direct.stdout), (Some(0), b"x\n".to_vec()));
    let text = run(&host, &id, &["/not-executable"]).await.unwrap();
    assert_eq!((text.code, text.not_started), (Some(126), Some(NotStarted::Other)));
}

#[tokio::test]
async fn a_command_in_a_paused_stopped_or_missing_container_is_an_error() {
    let engine = engine!();
    let uuid = uuid();
    let container = Recipe::new(&uuid, &uuid).run(engine);
    let host = local(&engine.socket());
    let id = only_container(&host, &uuid).await;
    engine.pause(&container.id);
    assert_eq!(run(&host, &id, &["true"]).await, Err(Error::NotRunning(Status::Paused)));
    engine.cli(&["unpause", &container.id]);
    engine.cli(&["stop", "--time", "0", &container.id]);
    assert_eq!(run(&host, &id, &["true"]).await, Err(Error::NotRunning(Status::Exited)));
    drop(container);
    assert_eq!(run(&host, &id, &["true"]).await, Err(Error::NoContainer));
}

#[tokio::test]
async fn a_command_with_ten_gigabytes_of_output_is_killed_in_bounded_memory() {
    let engine = engine!();
    let uuid = uuid();
    let container = Recipe::new(&uuid, &uuid).run(engine);
    let host = local(&engine.socket());
    let id = only_container(&host, &uuid).await;
    let before = resident();
    let mut most = 0;
    let argv = ["head", "-c", "10000000000", "/dev/zero"];
    let mut passed: u64 = 0;
    // As long as a busy engine may take for the output that is read.
    let exec = Exec { timeout: Duration::from_mins(2), ..command(&argv) };
    let done = host.exec(&id, exec, |_, bytes| {
        passed += u64::try_from(bytes.len()).unwrap();
        most = most.max(resident().saturating_sub(before));
    });
    let done = done.await.unwrap();
    assert_eq!(
        (done.stdout.len(), done.ended, done.timed_out),
        (1 << 20, CommandEnd::Killed, false)
    );
    assert!(done.omitted > DRAIN_LIMIT && passed > DRAIN_LIMIT, "{}", done.omitted);
    assert!(most < 64 << 20, "{most} bytes more than before");
    assert_eq!(container.processes(), ["/bin/busybox sleep 3600"]);
}

#[tokio::test]
async fn a_canceled_command_is_ended_with_its_children_and_keeps_its_output() {
    let engine = engine!();
    let uuid = uuid();
    let container = Recipe::new(&uuid, &uuid).run(engine);
    let host = local(&engine.socket());
    let id = only_container(&host, &uuid).await;
    // The second closes its output and runs on.
    for (text, output) in [
        ("trap '' TERM; echo begun; sleep 4323 & sleep 4323", "begun\n"),
        ("echo begun; exec >&- 2>&-; sleep 4323", "begun\n"),
    ] {
        let exec = command(&["sh", "-c", text]);
        let cancel = exec.cancel.clone();
        let done = host.exec(&id, exec, |_, _| cancel.cancel()).await.unwrap();
        assert_eq!((done.code, done.ended), (Some(137), CommandEnd::Killed), "{text}");
        assert_eq!((done.canceled, done.timed_out, done.cut), (true, false, false), "{text}");
        assert_eq!(String::from_utf8_lossy(&done.stdout), output);
        assert_eq!(container.processes(), ["/bin/busybox sleep 3600"]);
    }
    let exec = command(&["sh", "-c", "echo begun; exit 3"]);
    let cancel = exec.cancel.clone();
    let done = host.exec(&id, exec, |_, _| ()).await.unwrap();
    cancel.cancel();
    assert_eq!((done.code, done.canceled), (Some(3), false));
}

/// The resident memory of this process in bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[tokio::test]
async fn a_thousand_concurrent_commands_are_mostly_refused_at_once() {
    let engine = engine!();
    let uuid = uuid();
    let _container = Recipe::new(&uuid, &uuid).run(engine);
    let address = format!("unix://{}", engine.socket().display()).parse().unwrap();
    let settings = Settings { max_waiting: 8, ..Settings::new(address) };
    let host = DockerHost::new(settings).unwrap();
    let id = only_container(&host, &uuid).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let (host, id) = (host.clone(), id.clone());
        calls.spawn(async move { run(&host, &id, &["true"]).await });
    }
    let outcomes = calls.join_all().await;
    let done = outcomes.iter().filter(|it| it.as_ref().is_ok_and(|it| it.code == Some(0))).count();
    let busy = outcomes.iter().filter(|it| matches!(it, Err(Error::Busy { .. }))).count();
    // One that is done early makes room for another.
    assert!(done + busy == 1000 && (8 + 8..100).contains(&done), "{done} done, {busy} refused");
    assert_eq!(run(&host, &id, &["true"]).await.unwrap().code, Some(0));
}

#[tokio::test]
async fn background_calls_do_not_wait_for_running_commands() {
    let engine = engine!();
    let uuid = uuid();
    let _container = Recipe::new(&uuid, &uuid).run(engine);
    let address = format!("unix://{}", engine.socket().display()).parse().unwrap();
    let settings = Settings { max_sessions: 2, max_waiting: 0, ..Settings::new(address) };
    let host = DockerHost::new(settings).unwrap();
    let id = only_container(&host, &uuid).await;
    let mut commands = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let (started, has_started) = tokio::sync::oneshot::channel::<()>();
        let (host, id, mut started) = (host.clone(), id.clone(), Some(started));
        let told = move |_: Stream, _: &[u8]| drop(started.take());
        let command = command(&["sh", "-c", "echo x; sleep 1001"]);
        commands.spawn(async move { host.exec(&id, command, told).await });
        let _ = has_started.await;
    }
    assert!(matches!(host.running().await, Err(Error::Busy { .. })));
    let running = host.in_background().running().await.unwrap();
    assert!(running.iter().any(|one| one.uuid == uuid));
}

#[tokio::test]
async fn a_finished_command_is_reported_without_waiting_for_queued_ones() {
    let engine = engine!();
    let uuid = uuid();
    let _container = Recipe::new(&uuid, &uuid).run(engine);
    let address = format!("unix://{}", engine.socket().display()).parse().unwrap();
    let settings = Settings { max_sessions: 1, max_waiting: 1, ..Settings::new(address) };
    let host = DockerHost::new(settings).unwrap();
    let id = only_container(&host, &uuid).await;
    let (started, has_started) = tokio::sync::oneshot::channel::<()>();
    let mut started = Some(started);
    let told = move |_: Stream, _: &[u8]| drop(started.take());
    let first = host.exec(&id, command(&["sh", "-c", "echo x; sleep 0.3"]), told);
    let next = async {
        let _ = has_started.await;
        host.exec(&id, command(&["sleep", "1001"]), |_, _| {}).await
    };
    let done = tokio::select! {
        done = first => done.unwrap(),
        _ = next => panic!("it takes much longer"),
    };
    assert_eq!(done.container.map(|it| it.status), Some(Status::Running));
}
