//! Settings that are not usable.

use std::fs;

use covibe_agent_runner_core::agents::ToolNames;

use crate::world::World;

fn refusal_text(world: &World) -> String {
    for command in [&[][..], &["check"]] {
        let output = world.command().args(command).output().unwrap();
        assert_eq!(output.status.code(), Some(78), "{output:?}");
        if !command.is_empty() {
            return String::from_utf8(output.stderr).unwrap();
        }
    }
    unreachable!()
}

#[test]
fn a_runner_beyond_loopback_does_not_start_without_a_token() {
    let world = World::idle("").with("AGENT_RUNNER_BIND", "0.0.0.0:0");
    assert!(refusal_text(&world).starts_with("AGENT_RUNNER_TOKEN"));
    let short = world.with("AGENT_RUNNER_TOKEN", "0123456789abcdef0123456789abcde");
    let text = refusal_text(&short);
    assert!(text.starts_with("AGENT_RUNNER_TOKEN") && !text.contains("0123"), "{text}");
}

#[test]
fn each_problem_is_a_line() {
    let world = World::idle("[agents.x]\ncommand = []\n").with("GITEA_API_URL", "nowhere");
    let text = refusal_text(&world);
    assert!(text.contains("Agent x: command is empty."), "{text}");
    let world = World::idle("[agents.x]\ncommand = [\"a\"]\ntools = [\"no_such_tool\"]\n");
    assert!(refusal_text(&world).contains("`no_such_tool` is not a tool"));
    fs::remove_file(world.home().join("runner.toml")).unwrap();
    assert!(refusal_text(&world).contains("runner.toml cannot be read"));
}

#[test]
fn usable_settings_are_told_as_such() {
    let output = World::idle("").command().arg("check").output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn the_example_is_usable_as_far_as_its_tools_exist() {
    let world = World::idle("");
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/runner.toml");
    fs::copy(example, world.home().join("runner.toml")).unwrap();
    let output = world.command().arg("check").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let is_complete = ToolNames::from_registry().names().count() == 28;
    let is_fine =
        |line: &str| line.contains("usable") || !is_complete && line.contains("is not a tool");
    assert!(text.lines().all(is_fine), "{text}");
}
