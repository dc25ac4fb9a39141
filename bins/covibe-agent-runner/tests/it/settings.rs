//! Settings that are not usable.

use std::fs;

use crate::test_runner::World;

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
fn a_runner_that_binds_beyond_loopback_requires_a_long_token() {
    let world = World::idle("").with("AGENT_RUNNER_BIND", "0.0.0.0:0");
    assert!(refusal_text(&world).starts_with("AGENT_RUNNER_TOKEN"));
    let short = world.with("AGENT_RUNNER_TOKEN", "0123456789abcdef0123456789abcde");
    let text = refusal_text(&short);
    assert!(text.starts_with("AGENT_RUNNER_TOKEN") && !text.contains("0123"), "{text}");
}

#[test]
fn problems_of_the_configuration_are_reported_one_a_line() {
    let world = World::idle("[agents.x]\ncommand = []\n").with("GITEA_API_URL", "nowhere");
    let text = refusal_text(&world);
    assert!(text.contains("Agent x: command is empty."), "{text}");
    let world = World::idle("[agents.x]\ncommand = [\"a\"]\ntools = [\"no_such_tool\"]\n");
    assert!(refusal_text(&world).contains("`no_such_tool` is not a tool"));
    fs::remove_file(world.home().join("runner.toml")).unwrap();
    assert!(refusal_text(&world).contains("runner.toml cannot be read"));
}

#[test]
fn the_check_command_accepts_usable_settings() {
    let output = World::idle("").command().arg("check").output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn the_check_command_warns_of_a_writable_folder_with_settings_of_an_agents_program() {
    let world = World::idle("[agents.x]\ncommand = [\"a\"]\nwritable = [\"~/.claude\"]\n");
    let output = world.command().arg("check").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    let folder = world.path(".claude").display().to_string();
    let warned = |line: &str| line.starts_with("WARN: Agent x: ") && line.contains(&folder);
    assert!(text.lines().any(warned), "{text}");
}
