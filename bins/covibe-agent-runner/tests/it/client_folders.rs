//! The settings and the sign-in that the program of an agent has in a job.

use std::fs;

use covibe_agent_servers::confinement::Confinement;
use serde_json::{Value, json};

use crate::test_runner::{World, wait_until};

/// Shells that are treated as Claude Code and as Codex.
const AGENTS: &str = "[agents.claude]\ncommand = [\"sh\"]\nclient = \"claude-code\"\n\
                      variables = [\"ANTHROPIC_API_KEY\", \"CLAUDE_CONFIG_DIR\"]\n\
                      [agents.codex]\ncommand = [\"sh\"]\nclient = \"codex\"\n";

/// An agent, the variable with the folder of its settings, the user's own folder, and the sign-in there.
const CLIENTS: [(&str, &str, &str, &str, &str); 2] = [
    (
        "claude",
        "CLAUDE_CONFIG_DIR",
        ".claude",
        ".credentials.json",
        r#"{"claudeAiOauth":{"accessToken":"access-1","refreshToken":"renewal-1"}}"#,
    ),
    (
        "codex",
        "CODEX_HOME",
        ".codex",
        "auth.json",
        r#"{"tokens":{"access_token":"access-1","refresh_token":"renewal-1"}}"#,
    ),
];

/// A runner whose user has signed in to both programs.
fn signed_in() -> World {
    let world = World::idle(AGENTS);
    for (_, _, folder, file, sign_in) in CLIENTS {
        fs::create_dir(world.path(folder)).unwrap();
        fs::write(world.path(folder).join(file), sign_in).unwrap();
    }
    world
}

fn run(world: &World, agent: &str, script: &str) -> Value {
    world.wait_for_end(&world.run_with(script, &json!({ "agent": agent })))
}

#[test]
fn a_job_has_its_own_settings_and_a_sign_in_that_it_cannot_renew() {
    let mut world = signed_in();
    world.start();
    for (agent, variable, folder, file, _) in CLIENTS {
        let script = format!(
            "echo \"${variable}\"; cat \"${variable}/{file}\"; echo x > \"${variable}/settings\" && echo written"
        );
        let job = run(&world, agent, &script);
        let (id, output) = (job["jobId"].as_str().unwrap(), job["output"].as_str().unwrap());
        let own = world.job_path(id, "client");
        assert!(output.starts_with(&format!("{}\n", own.display())), "{output}");
        assert!(output.contains("access-1") && output.ends_with("written\n"), "{output}");
        assert!(!output.contains("renewal-1"), "{output}");
        wait_until(|| !own.exists(), "the sign-in of a job that ended is left");
        assert!(!world.path(folder).join("settings").exists(), "the user's settings were changed");
    }
}

#[test]
fn a_job_can_neither_read_nor_write_the_settings_of_its_user() {
    if !Confinement::is_supported() {
        return;
    }
    let mut world = signed_in();
    world.start();
    for (agent, _, folder, file, sign_in) in CLIENTS {
        let script = format!(
            "cat ~/{folder}/{file}; echo x > ~/{folder}/settings; rm -r ~/{folder}; echo ran"
        );
        let output = run(&world, agent, &script)["output"].to_string();
        assert!(output.contains("ran") && !output.contains("access-1"), "{output}");
        assert!(!world.path(folder).join("settings").exists(), "{output}");
        assert_eq!(fs::read_to_string(world.path(folder).join(file)).unwrap(), sign_in);
    }
}

#[test]
fn a_job_with_a_key_of_its_own_gets_no_sign_in() {
    let mut world = signed_in().with("ANTHROPIC_API_KEY", "k");
    world.start();
    let job = run(&world, "claude", "ls -A \"$CLAUDE_CONFIG_DIR\"; echo \"$ANTHROPIC_API_KEY\"");
    assert_eq!(job["output"], "k\n");
    // The other agent does not get this key.
    let job = run(&world, "codex", "ls -A \"$CODEX_HOME\"");
    assert_eq!(job["output"], "auth.json\n");
}

#[test]
fn the_sign_in_is_read_from_the_folder_that_the_runners_variable_names() {
    let mut world = signed_in();
    let other = world.path("other");
    fs::create_dir(&other).unwrap();
    let sign_in = r#"{"claudeAiOauth":{"accessToken":"access-2","refreshToken":"renewal-2"}}"#;
    fs::write(other.join(".credentials.json"), sign_in).unwrap();
    world = world.with("CLAUDE_CONFIG_DIR", &other.display().to_string());
    world.start();
    let job = run(&world, "claude", "cat \"$CLAUDE_CONFIG_DIR/.credentials.json\"");
    assert!(job["output"].as_str().unwrap().contains("access-2"), "{job}");
}
