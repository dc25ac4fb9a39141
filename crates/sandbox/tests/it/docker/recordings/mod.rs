//! The simulated engine against what a real one answered.
//!
//! `crates/sandbox/tests/recordings/docker.json` holds the calls; `examples/record_docker.rs` records them.
//! Each is sent to the simulator, which has containers in the same states.

mod step;

use std::path::Path;

use covibe_sandbox::coolify::Condition;
use covibe_sandbox::docker::{Arrangement, ForeignContainer};
use serde_json::json;

use self::step::{Names, RecordedAnswer, Recording};
use super::{Host, raw_socket_calls};

/// A member that only the real engine has is no difference: a client must not rely on one that the
/// simulator lacks.
fn differences(real: &RecordedAnswer, simulated: &RecordedAnswer) -> Vec<String> {
    let mut found = Vec::new();
    let lower = |text: &Option<String>| text.as_deref().map(str::to_lowercase);
    for (what, differ) in [
        ("status", real.status != simulated.status),
        ("message", lower(&real.message) != lower(&simulated.message)),
        ("streams", real.streams != simulated.streams),
        ("code", real.code != simulated.code),
    ] {
        if differ {
            found.push(format!("{what}: {real:?} recorded, {simulated:?} simulated"));
        }
    }
    for (place, kinds) in &simulated.shape {
        match real.shape.get(place) {
            None => found.push(format!("{place}: only simulated")),
            Some(known) if known == "null" => {}
            Some(known) if !kinds.split('|').all(|kind| kind == "null" || known.contains(kind)) => {
                found.push(format!("{place}: {known:?} recorded, {kinds:?} simulated"));
            }
            Some(_) => {}
        }
    }
    found
}

/// Starts a host that has what the recorded one had.
async fn host() -> (Host, Names) {
    let host = Host::start().await;
    let mut names = Names::new();
    let volume = [("recorded_data".to_owned(), "/data".to_owned())];
    for (name, condition) in [
        ("exited", Condition::Exited),
        ("restarting", Condition::Restarting),
        ("running", Condition::Running),
        ("paused", Condition::Running),
        ("bare", Condition::Running),
    ] {
        host.arrange(
            name,
            Arrangement {
                exit_code: Some(if name == "exited" { 3 } else { 7 }),
                paused: name == "paused",
                no_shell: name == "bare",
                ..Arrangement::default()
            },
        );
        let app = host.app(name, "acme/box:1", condition).await;
        names.insert(name.to_owned(), host.only_container(&app).await);
    }
    host.engine.set(ForeignContainer {
        name: "holder".to_owned(),
        image: "acme/box:1".to_owned(),
        labels: [("recorded".to_owned(), "yes".to_owned())].into(),
        volumes: volume.into(),
        ..ForeignContainer::default()
    });
    let holder = host.inspect("holder").await["Id"].as_str().unwrap().to_owned();
    names.insert("holder".to_owned(), holder);
    (host, names)
}

#[tokio::test]
async fn the_simulated_engine_answers_like_a_recorded_real_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/docker.json");
    let recording: Recording = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let (host, mut names) = host().await;
    let mut found = Vec::new();
    for step in &recording.steps {
        let simulated = step.carry_out(&host.socket, &mut names).await;
        let real = step.since_25.as_ref().unwrap_or(&step.seen);
        for difference in differences(real, &simulated) {
            found.push(format!("{} {} {}\n    {difference}", step.method, step.path, step.request));
        }
    }
    assert!(found.is_empty(), "{} differ:\n{}", found.len(), found.join("\n"));
}

#[test]
fn an_unknown_member_or_another_status_counts_as_a_difference() {
    let of = |text: &str| {
        serde_json::from_value::<RecordedAnswer>(serde_json::from_str(text).unwrap()).unwrap()
    };
    let real = of(r#"{"status":200,"shape":{".":"object",".a":"null|text"}}"#);
    let like = of(r#"{"status":200,"shape":{".":"object",".a":"text"}}"#);
    assert!(differences(&real, &like).is_empty());
    let unlike = of(r#"{"status":404,"shape":{".":"object",".a":"number",".b":"text"}}"#);
    assert_eq!(differences(&real, &unlike).len(), 3);
    assert_eq!(json!(like)["status"], 200);
}
