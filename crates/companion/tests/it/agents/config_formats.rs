//! The format of each agent, as its program reads it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use covibe_companion::Agent;
use covibe_companion::agents::{Level, Transport, inspect};
use serde_json::{Value, json};

use super::{Machine, SKILL};

fn bridge(machine: &Machine) -> String {
    machine.home.program("covibe-mcp").display().to_string()
}

#[test]
fn each_agent_gets_its_entry_in_its_own_form() {
    let machine = Machine::new();
    let (plan, applied) = machine.set_up(&Agent::ALL);
    assert_eq!((plan.refused, applied.refused), (vec![], vec![]));
    let program = bridge(&machine);
    let args = |agent: &str| json!(["--agent", agent]);
    for (file, pointer, entry) in [
        (
            ".claude.json",
            "/mcpServers",
            json!({ "type": "stdio", "command": program, "args": args("claude-code") }),
        ),
        (".cursor/mcp.json", "/mcpServers", json!({ "command": program, "args": args("cursor") })),
        (
            ".config/Code/User/mcp.json",
            "/servers",
            json!({ "type": "stdio", "command": program, "args": args("vscode") }),
        ),
        (
            ".gemini/settings.json",
            "/mcpServers",
            json!({ "command": program, "args": args("gemini") }),
        ),
        (
            ".gemini/config/mcp_config.json",
            "/mcpServers",
            json!({ "command": program, "args": args("antigravity") }),
        ),
        (
            ".junie/mcp/mcp.json",
            "/mcpServers",
            json!({ "command": program, "args": args("junie") }),
        ),
        (
            ".codeium/windsurf/mcp_config.json",
            "/mcpServers",
            json!({ "command": program, "args": args("windsurf") }),
        ),
        (
            ".config/devin/mcp_config.json",
            "/mcpServers",
            json!({ "command": program, "args": args("devin") }),
        ),
        (
            ".config/zed/settings.json",
            "/context_servers",
            json!({ "command": program, "args": args("zed") }),
        ),
        (
            ".config/opencode/opencode.json",
            "/mcp",
            json!({ "type": "local", "command": [program, "--agent", "opencode"] }),
        ),
    ] {
        assert_eq!(
            machine.json(file).pointer(pointer),
            Some(&json!({ "covibe": entry })),
            "{file}"
        );
        let mode = fs::metadata(machine.path(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file} may get secrets of others");
    }
    assert_eq!(
        machine.read(".codex/config.toml"),
        format!(
            "[mcp_servers.covibe]\ncommand = \"{program}\"\nargs = [\"--agent\", \"codex\"]\nenv_vars = [\"COVIBE_MCP_TOKEN\", \"COVIBE_HOME\"]\n"
        )
    );
}

#[test]
fn claude_code_codex_and_cursor_get_hooks_with_a_stable_command() {
    let machine = Machine::new();
    machine.set_up(&[Agent::ClaudeCode, Agent::Codex, Agent::Cursor]);
    let hook = |agent: &str| {
        format!("\"{}\" hook {agent}", machine.home.program("covibe-local").display())
    };
    let claude = machine.json(".claude/settings.json");
    assert_eq!(
        claude["hooks"]["PostToolUse"],
        json!([{
            "matcher": "Edit|Write|MultiEdit|NotebookEdit|Bash",
            "hooks": [{ "type": "command", "command": hook("claude-code"), "timeout": 5, "async": true }],
        }])
    );
    assert_eq!(
        names(&claude["hooks"]),
        ["SessionStart", "UserPromptSubmit", "PostToolUse", "Stop", "StopFailure", "SessionEnd"]
    );
    let codex = machine.json(".codex/hooks.json");
    let command = json!({ "type": "command", "command": hook("codex"), "timeout": 5 });
    assert_eq!(codex["hooks"]["Stop"], json!([{ "hooks": [command] }]));
    let cursor = machine.json(".cursor/hooks.json");
    assert_eq!(cursor["version"], 1);
    assert_eq!(cursor["hooks"]["afterFileEdit"], json!([{ "command": hook("cursor") }]));
    assert_eq!(
        names(&cursor["hooks"]),
        [
            "sessionStart",
            "beforeSubmitPrompt",
            "afterFileEdit",
            "afterShellExecution",
            "stop",
            "sessionEnd"
        ]
    );
}

fn names(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn instructions_and_the_skill_are_written_where_agents_read_them() {
    let machine = Machine::new();
    machine.write(".claude/CLAUDE.md", "# Mine\n");
    machine.set_up(&[Agent::ClaudeCode, Agent::Codex, Agent::Cursor]);
    let text = machine.read(".claude/CLAUDE.md");
    assert!(
        text.starts_with("# Mine\n\n<!-- covibe:begin -->\n") && text.ends_with("covibe:end -->\n")
    );
    assert!(machine.read(".codex/AGENTS.md").contains("covibe://cookbook/index"));
    for folder in [".claude/skills", ".agents/skills"] {
        assert_eq!(machine.read(&format!("{folder}/deploy-with-co-vibe/SKILL.md")), SKILL);
    }
    assert!(!machine.path(".cursor/rules").exists(), "Cursor has no rules of users");
}

#[test]
fn claude_code_uses_http_with_a_headers_helper() {
    let mut machine = Machine::new();
    machine.set_up(&[Agent::ClaudeCode]);
    machine.transport = Transport::Http;
    machine.set_up(&[Agent::ClaudeCode]);
    let helper = format!(
        "\"{}\" mcp-headers --agent claude-code",
        machine.home.program("covibe-local").display()
    );
    assert_eq!(
        machine.json(".claude.json")["mcpServers"]["covibe"],
        json!({ "type": "http", "url": "https://co-vibe.example.com/api/mcp", "headersHelper": helper })
    );
}

#[test]
fn repository_files_contain_neither_user_paths_nor_secrets() {
    for transport in [Transport::Stdio, Transport::Http] {
        let mut machine = Machine::new();
        machine.transport = transport;
        let project = machine.path("shop");
        fs::create_dir(&project).unwrap();
        machine.project = Some(project.clone());
        machine.set_up(&[Agent::ClaudeCode, Agent::Codex, Agent::Cursor, Agent::Vscode]);
        for file in [
            ".mcp.json",
            ".cursor/mcp.json",
            ".cursor/rules/covibe.mdc",
            ".vscode/mcp.json",
            ".codex/config.toml",
        ] {
            let text = machine.read(&format!("shop/{file}"));
            assert!(!text.contains("ada") && !text.contains("vibn_sk_"), "{file}: {text}");
        }
        let cursor = machine.json("shop/.cursor/mcp.json");
        assert_eq!(cursor["mcpServers"]["covibe"]["command"], "${userHome}/.covibe/bin/covibe-mcp");
        assert!(!project.join(".claude/settings.json").exists(), "hooks of users would run twice");
    }
}

#[test]
fn the_doctor_reports_missing_and_wrong_entries() {
    let machine = Machine::new();
    let levels = |machine: &Machine, agent| {
        let report = inspect(agent, &machine.places, &machine.home, &machine.origin);
        let found = report.findings.iter().map(|it| (it.id.clone(), it.level));
        assert!(report.findings.iter().all(|it| it.level == Level::Ok || it.fix.is_some()));
        found.collect::<Vec<_>>()
    };
    let is = |id: &str, level| (id.to_owned(), level);
    assert_eq!(
        levels(&machine, Agent::Codex),
        [is("codex.entry", Level::Fail), is("codex.hooks", Level::Warn)]
    );
    machine.set_up(&[Agent::Codex, Agent::ClaudeCode]);
    assert_eq!(levels(&machine, Agent::Codex)[0].1, Level::Fail, "the programs are not there");
    for name in ["covibe-mcp", "covibe-local"] {
        let path = machine.home.program(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    assert_eq!(
        levels(&machine, Agent::Codex),
        [is("codex.entry", Level::Ok), is("codex.hooks", Level::Ok)]
    );
    let settings = machine.read(".claude/settings.json");
    machine
        .write(".claude/settings.json", settings.replacen('{', "{\"disableAllHooks\": true,", 1));
    machine.write(".claude.json", "{ broken");
    assert_eq!(
        levels(&machine, Agent::ClaudeCode),
        [is("claude-code.config", Level::Fail), is("claude-code.hooks", Level::Warn)]
    );
}
