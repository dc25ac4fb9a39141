//! Taking setup back.

use std::fs;

use covibe_companion::Agent;
use covibe_companion::agents::Transport;
use serde_json::json;

use super::Machine;

#[test]
fn undo_on_a_clean_machine_leaves_nothing() {
    let mut machine = Machine::new();
    fs::create_dir(machine.path("shop")).unwrap();
    machine.project = Some(machine.path("shop"));
    let before = machine.tree();
    machine.set_up(&Agent::ALL);
    assert!(machine.tree().len() > 20);
    machine.undo();
    assert_eq!(machine.tree(), before);
}

#[test]
fn undo_keeps_later_changes_of_others() {
    let machine = Machine::new();
    machine.write(".cursor/mcp.json", "{\n  // mine\n  \"mcpServers\": {}\n}\n");
    machine.write(".codex/config.toml", "# mine\nmodel = \"o\"\n");
    machine.write(".codex/AGENTS.md", "# Mine\n");
    machine.set_up(&[Agent::Codex, Agent::Cursor]);
    let text = machine.read(".cursor/mcp.json");
    let added = text
        .replace("\"mcpServers\": {", "\"mcpServers\": {\n    \"other\": { \"command\": \"x\" },");
    machine.write(".cursor/mcp.json", added);
    machine.write(
        ".codex/config.toml",
        machine.read(".codex/config.toml") + "\n[profiles.a]\nb = 1\n",
    );
    machine.write(".codex/AGENTS.md", machine.read(".codex/AGENTS.md") + "More\n");
    machine.undo();
    let text = machine.read(".cursor/mcp.json");
    assert!(
        text.contains("// mine") && text.contains("\"other\"") && !text.contains("covibe"),
        "{text}"
    );
    assert_eq!(
        machine.read(".codex/config.toml"),
        "# mine\nmodel = \"o\"\n\n[profiles.a]\nb = 1\n"
    );
    assert_eq!(machine.read(".codex/AGENTS.md"), "# Mine\nMore\n");
    assert!(!machine.path(".cursor/hooks.json").exists());
}

#[test]
fn undo_without_records_removes_our_entries() {
    let machine = Machine::new();
    machine.write(".cursor/mcp.json", "{\"mcpServers\": {\"a\": {\"command\": \"x\"}}}");
    machine.set_up(&[Agent::ClaudeCode, Agent::Codex, Agent::Cursor]);
    fs::remove_dir_all(machine.home.path("undo")).unwrap();
    machine.undo();
    assert_eq!(
        machine.json(".cursor/mcp.json"),
        json!({ "mcpServers": { "a": { "command": "x" } } })
    );
    for (path, content) in machine.tree() {
        let text = String::from_utf8(content.unwrap_or_default()).unwrap();
        assert!(!text.contains("covibe"), "{}: {text}", path.display());
    }
}

#[test]
fn undo_after_two_setups_with_different_options_restores_the_original() {
    let mut machine = Machine::new();
    machine.write(".claude.json", "{ \"numStartups\": 3 }");
    let before = machine.tree();
    machine.set_up(&[Agent::ClaudeCode]);
    machine.transport = Transport::Http;
    machine.set_up(&[Agent::ClaudeCode, Agent::Codex]);
    machine.undo();
    assert_eq!(machine.tree(), before);
}

#[test]
fn an_edit_between_two_setups_survives_undo() {
    let mut machine = Machine::new();
    machine.write(".claude.json", "{ \"numStartups\": 3 }");
    machine.set_up(&[Agent::ClaudeCode]);
    machine.write(".claude.json", machine.read(".claude.json").replace('3', "4"));
    machine.transport = Transport::Http;
    machine.set_up(&[Agent::ClaudeCode]);
    machine.undo();
    assert_eq!(machine.json(".claude.json"), json!({ "numStartups": 4 }));
}

#[test]
fn three_copies_of_a_file_are_kept_at_most() {
    let machine = Machine::new();
    let folder = machine.home.path("backups");
    machine.write(".codex/config.toml", "a = 1\n");
    machine.set_up(&[Agent::Codex]);
    let copies = || {
        let names = fs::read_dir(&folder).unwrap().map(|it| it.unwrap().file_name());
        let mut names: Vec<_> = names.map(|it| it.into_string().unwrap()).collect();
        names.retain(|name| name.contains("config.toml"));
        names.sort();
        names
    };
    assert_eq!(copies().len(), 1);
    let name = copies().remove(0);
    assert_eq!(fs::read_to_string(folder.join(&name)).unwrap(), "a = 1\n");
    let (prefix, _) = name.split_once(".covibe-backup-").unwrap();
    for year in ["2001", "2002", "2003"] {
        fs::write(folder.join(format!("{prefix}.covibe-backup-{year}")), "").unwrap();
    }
    machine.undo();
    assert_eq!(copies().len(), 3);
    assert!(!copies().contains(&format!("{prefix}.covibe-backup-2001")));
}

#[test]
fn undo_removes_an_older_unrecorded_entry_of_ours() {
    let machine = Machine::new();
    machine.write(
        ".cursor/mcp.json",
        r#"{"mcpServers": {"covibe": {"command": "/old/.covibe/bin/covibe-mcp", "timeout": 9}}, "a": 1}"#,
    );
    machine.set_up(&[Agent::Cursor]);
    let entry = machine.json(".cursor/mcp.json")["mcpServers"]["covibe"].clone();
    assert_eq!(entry["timeout"], 9, "what others added to it stays");
    assert!(entry["command"].as_str().unwrap().ends_with("/ada/.covibe/bin/covibe-mcp"));
    machine.undo();
    assert_eq!(machine.json(".cursor/mcp.json"), json!({ "a": 1 }));
}

#[test]
fn undo_removes_a_changed_file_that_has_nothing_foreign_left() {
    let mut machine = Machine::new();
    let before = machine.tree();
    machine.set_up(&[Agent::Cursor]);
    machine.write(".cursor/mcp.json", machine.read(".cursor/mcp.json") + "\n");
    machine.write(
        ".cursor/hooks.json",
        machine.read(".cursor/hooks.json").replace("\"stop\"", "\"Stop\""),
    );
    machine.transport = Transport::Http;
    machine.set_up(&[Agent::Cursor]);
    machine.undo();
    assert_eq!(machine.tree(), before);
}
