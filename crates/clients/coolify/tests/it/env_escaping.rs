//! The form in which a variable arrives unchanged: against the simulator, and against Docker
//! Compose.

use std::collections::HashMap;
use std::process::Command;

use covibe_coolify::{EnvForm, EnvWrite, alterations, exact_form};
use covibe_domain::Secret;
use covibe_sandbox::coolify::{Collection, Version};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::simulated_coolify::{World, options, world};

/// The maximum number of variables of one request.
const CHUNK: usize = 400;

/// Returns a variable that Coolify writes in this form.
fn write(key: &str, value: &str, form: EnvForm) -> EnvWrite {
    let has_lines = value.contains('\n');
    EnvWrite {
        key: key.parse().unwrap(),
        value: Secret::new(value),
        is_preview: false,
        is_literal: form == EnvForm::Quoted && !has_lines,
        is_multiline: form == EnvForm::Quoted && has_lines,
        is_shown_once: false,
        is_buildtime: None,
    }
}

/// Writes these variables of a new service.
async fn write_variables(world: &World, name: &str, envs: &[EnvWrite]) {
    let new = World::compose_service(name);
    let uuid = world.client.create_compose_service(&world.placement(), &new).await.unwrap();
    for chunk in envs.chunks(CHUNK) {
        world.client.upsert_service_envs(&uuid, chunk).await.unwrap();
    }
}

/// Returns the items of a service in a collection.
fn listed_items(world: &World, collection: Collection, name: &str) -> Vec<String> {
    let prefix = format!("{name}/");
    let lines = world.simulator.names(collection);
    lines.iter().filter_map(|line| line.strip_prefix(&prefix)).map(str::to_owned).collect()
}

/// Values near the border of what arrives.
fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,12}",
        "[a$' \"#`\\\\{}\t\n\r\u{a0}]{0,6}",
        "[{\\[][a-z\"': ,$#0-9\\\\]{0,12}[}\\]]",
    ]
    .prop_filter("a reference to a shared variable is not sent", |value| !value.contains("{{"))
}

#[tokio::test]
async fn variables_in_their_exact_form_arrive_unchanged_in_the_simulator() {
    let world = world(options(Version::V4_3)).await;
    let mut runner = TestRunner::deterministic();
    let draw = |_| values().new_tree(&mut runner).unwrap().current();
    let drawn: Vec<String> = (0..3_000).map(draw).collect();
    for (name, form) in [("plain", EnvForm::Plain), ("quoted", EnvForm::Quoted)] {
        let exact = drawn.iter().filter(|value| alterations(value, form).is_empty());
        let expected: HashMap<_, _> =
            exact.enumerate().map(|(at, value)| (format!("K{at}"), value.clone())).collect();
        assert!(expected.len() > 300, "{form:?}: {}", expected.len());
        let envs: Vec<_> = expected.iter().map(|(key, value)| write(key, value, form)).collect();
        write_variables(&world, name, &envs).await;
        let lines = listed_items(&world, Collection::ContainerVariables, name);
        let arrived: HashMap<_, _> = lines.iter().filter_map(|line| line.split_once('=')).collect();
        for (key, value) in &expected {
            assert_eq!(arrived.get(key.as_str()), Some(&value.as_str()), "{form:?}");
        }
    }
}

/// Returns the program of Docker Compose 2 or newer, with its first arguments.
fn docker_compose() -> Option<Vec<&'static str>> {
    [vec!["docker", "compose"], vec!["docker-compose"]].into_iter().find(|program| {
        let mut command = Command::new(program[0]);
        let output = command.args(&program[1..]).args(["version", "--short"]).output();
        // Version 1 reads `.env` in another way.
        output.is_ok_and(|told| told.status.success() && !told.stdout.starts_with(b"1."))
    })
}

/// Returns the variables of a file `.env` as Docker Compose reads them, by key.
fn compose_variables(program: &[&str], env_file: &str) -> HashMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = "services: {app: {image: 'a:1', env_file: [.env]}}\n";
    std::fs::write(folder.path().join("docker-compose.yml"), file).unwrap();
    std::fs::write(folder.path().join(".env"), env_file).unwrap();
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).args(["config", "--format", "json"]).current_dir(folder.path());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let config: Value = serde_json::from_slice(&output.stdout).unwrap();
    let members = config["services"]["app"]["environment"].as_object().unwrap().clone();
    // `config` doubles each $, so that its output can be read as a file again.
    let single = |value: Value| value.as_str().unwrap_or_default().replace("$$", "$");
    members.into_iter().map(|(key, value)| (key, single(value))).collect()
}

/// Each printable ASCII character alone and in pairs, in the form that is chosen for it.
#[tokio::test]
async fn variables_in_their_exact_form_arrive_unchanged_through_docker_compose() {
    let Some(program) = docker_compose() else {
        eprintln!("Docker Compose 2 is not installed: its test is skipped.");
        return;
    };
    let world = world(options(Version::V4_3)).await;
    let printable = || (b' '..=b'~').map(char::from);
    let alone = printable().map(String::from);
    let pairs = printable().flat_map(|a| printable().map(move |b| format!("{a}{b}")));
    let mut expected = HashMap::new();
    let mut envs = Vec::new();
    for (at, value) in alone.chain(pairs).enumerate() {
        if let Some(form) = exact_form(&value) {
            let key = format!("K{at}");
            envs.push(write(&key, &value, form));
            expected.insert(key, value);
        }
    }
    // Those with ' or with a blank or \ at an end have no form.
    assert!(expected.len() > 8_500, "{}", expected.len());
    write_variables(&world, "envs", &envs).await;
    let files = listed_items(&world, Collection::EnvFiles, "envs");
    let arrived = compose_variables(&program, &files[0]);
    for (key, value) in &expected {
        assert_eq!(arrived.get(key), Some(value));
    }
    // The simulator reads the file as Docker Compose does.
    let lines = listed_items(&world, Collection::ContainerVariables, "envs");
    let simulated: HashMap<_, _> = lines
        .iter()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(simulated, arrived);
}
