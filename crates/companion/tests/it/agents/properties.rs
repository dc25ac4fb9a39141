//! The properties of every configuration: setup twice is setup once, undo gives every byte back, and nothing foreign changes.

use covibe_companion::Agent;
use covibe_companion::agents::edit::{JsonFile, TomlFile};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::Value;

use super::Machine;
use super::configuration_strategies::{hooks, object, render, servers, style, toml};

/// Sets up twice and takes it back.
fn check(machine: &Machine, agents: &[Agent]) -> Result<(), TestCaseError> {
    let before = machine.tree();
    machine.set_up(agents);
    let once = machine.tree();
    let (plan, _) = machine.set_up(agents);
    prop_assert!(plan.changes.is_empty(), "{}", plan.diff());
    prop_assert_eq!(&machine.tree(), &once);
    machine.undo();
    prop_assert_eq!(machine.tree(), before);
    Ok(())
}

fn value(text: &str) -> Value {
    JsonFile::parse(text.as_bytes()).unwrap().value()
}

proptest! {
    #![proptest_config(Config { cases: 96, ..Config::default() })]

    #[test]
    fn undo_restores_json_files_of_any_style(
        mut content in object(), servers in servers(), hooks in hooks(), style in style(),
    ) {
        let machine = Machine::new();
        content.extend(servers.map(|it| ("mcpServers".to_owned(), it)));
        let text = render(&content, &style);
        prop_assert_eq!(&value(&text), &Value::Object(content.clone()), "the generator is right");
        machine.write(".claude.json", &text);
        machine.write(".cursor/mcp.json", &text);
        machine.write(".gemini/settings.json", &text);
        content.extend(hooks.map(|it| ("hooks".to_owned(), it)));
        let text = render(&content, &style);
        machine.write(".claude/settings.json", &text);
        machine.write(".cursor/hooks.json", &text);
        check(&machine, &[Agent::ClaudeCode, Agent::Cursor, Agent::Gemini])?;
    }

    #[test]
    fn setup_keeps_the_values_of_foreign_json_members(
        mut content in object(), servers in servers(), style in style(),
    ) {
        let machine = Machine::new();
        content.extend(servers.map(|it| ("mcpServers".to_owned(), it)));
        let text = render(&content, &style);
        machine.write(".cursor/mcp.json", &text);
        let (plan, _) = machine.set_up(&[Agent::Cursor]);
        prop_assert_eq!(plan.refused, vec![]);
        let after = machine.read(".cursor/mcp.json");
        // An entry that is replaced loses what was in it.
        let is_replaced = content.get("mcpServers").is_some_and(|it| it.get("covibe").is_some());
        for comment in ["// \"mine\": {", "/* a , comment */", "// after"] {
            let is_kept = text.matches(comment).count() <= after.matches(comment).count();
            prop_assert!(is_kept || is_replaced, "{}\n{}", text, after);
        }
        let mut after = value(&after);
        let mut before = Value::Object(content);
        for value in [&mut before, &mut after] {
            value["mcpServers"].as_object_mut().map(|it| it.shift_remove("covibe"));
            if value["mcpServers"].as_object().is_none_or(serde_json::Map::is_empty) {
                value.as_object_mut().unwrap().shift_remove("mcpServers");
            }
        }
        prop_assert_eq!(after, before);
    }

    #[test]
    fn undo_restores_toml_files_of_any_style_and_setup_keeps_their_values(text in toml()) {
        let machine = Machine::new();
        machine.write(".codex/config.toml", &text);
        let is_valid = TomlFile::parse(text.as_bytes()).is_ok();
        let before = TomlFile::parse(text.as_bytes()).map(|file| file.value());
        let (plan, _) = machine.set_up(&[Agent::Codex]);
        prop_assert_eq!(plan.refused.is_empty(), is_valid);
        if let Ok(mut before) = before {
            let mut after = TomlFile::parse(machine.read(".codex/config.toml").as_bytes()).unwrap().value();
            for value in [&mut before, &mut after] {
                value["mcp_servers"].as_object_mut().map(|it| it.shift_remove("covibe"));
                if value["mcp_servers"].as_object().is_none_or(serde_json::Map::is_empty) {
                    value.as_object_mut().unwrap().shift_remove("mcp_servers");
                }
            }
            prop_assert_eq!(after, before);
        }
        machine.undo();
        prop_assert_eq!(machine.read(".codex/config.toml"), text);
    }

    #[test]
    fn undo_restores_instruction_files_of_any_content(text in "(# [a-z]{0,5}(\r\n|\n)?){0,4}[ \t\na-z]{0,9}") {
        let machine = Machine::new();
        machine.write(".claude/CLAUDE.md", &text);
        check(&machine, &[Agent::ClaudeCode])?;
    }
}
