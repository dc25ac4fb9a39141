//! The table of clients. `@name@`, `@url@` and `@key@` stand for the server's name, its address and
//! the name of the key's variable, `@allow-http@` for the argument with which a bridge accepts an
//! address without TLS.

/// An MCP client.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// The word for it on the command line.
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
    /// Where the key comes from.
    pub key: KeySource,
    /// Where the form goes.
    pub place: FormTarget,
    /// A further remark.
    pub note: Option<&'static str>,
    pub(super) template: &'static str,
}

/// Where a client gets the key from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// From an environment variable.
    Variable,
    /// The client asks for it and stores it.
    Prompt,
    /// From the file itself.
    Pasted,
}

/// Where a form goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormTarget {
    /// It is a command.
    Shell,
    /// It belongs in this file.
    File(&'static str),
    /// It is entered in the client.
    Text,
}

/// The clients, the most used ones first.
pub const CLIENTS: [Client; 11] = [
    Client {
        id: "claude-code",
        title: "Claude Code",
        key: KeySource::Variable,
        place: FormTarget::Shell,
        note: Some("It writes `.mcp.json`, which contains no key and can be committed."),
        template: "claude mcp add --scope project --transport http @name@ @url@ \
                   --header 'Authorization: Bearer ${@key@}'",
    },
    Client {
        id: "codex",
        title: "Codex",
        key: KeySource::Variable,
        place: FormTarget::Shell,
        note: None,
        template: "codex mcp add @name@ --url @url@ --bearer-token-env-var @key@",
    },
    Client {
        id: "cursor",
        title: "Cursor",
        key: KeySource::Variable,
        place: FormTarget::File(".cursor/mcp.json"),
        note: Some("Start Cursor from a terminal that has the variable."),
        template: r#"{
  "mcpServers": {
    "@name@": {
      "url": "@url@",
      "headers": { "Authorization": "Bearer ${env:@key@}" }
    }
  }
}"#,
    },
    Client {
        id: "vscode",
        title: "VS Code",
        key: KeySource::Prompt,
        place: FormTarget::File(".vscode/mcp.json"),
        note: Some("VS Code does not expand environment variables in headers."),
        template: r#"{
  "inputs": [
    { "id": "vibn-api-key", "type": "promptString", "description": "Co-Vibe API key", "password": true }
  ],
  "servers": {
    "@name@": {
      "type": "http",
      "url": "@url@",
      "headers": { "Authorization": "Bearer ${input:vibn-api-key}" }
    }
  }
}"#,
    },
    Client {
        id: "gemini",
        title: "Gemini CLI",
        key: KeySource::Variable,
        place: FormTarget::File(".gemini/settings.json"),
        note: None,
        template: r#"{
  "mcpServers": {
    "@name@": {
      "httpUrl": "@url@",
      "headers": { "Authorization": "Bearer ${@key@}" }
    }
  }
}"#,
    },
    Client {
        id: "copilot",
        title: "GitHub Copilot CLI",
        key: KeySource::Variable,
        place: FormTarget::File("~/.copilot/mcp-config.json"),
        note: None,
        template: r#"{
  "mcpServers": {
    "@name@": {
      "type": "http",
      "url": "@url@",
      "headers": { "Authorization": "Bearer ${@key@}" },
      "tools": ["*"]
    }
  }
}"#,
    },
    Client {
        id: "opencode",
        title: "opencode",
        key: KeySource::Variable,
        place: FormTarget::File("opencode.json"),
        note: None,
        template: r#"{
  "$schema": "https://opencode.ai/config.json",
  "mcp": {
    "@name@": {
      "type": "remote",
      "url": "@url@",
      "oauth": false,
      "headers": { "Authorization": "Bearer {env:@key@}" }
    }
  }
}"#,
    },
    Client {
        id: "windsurf",
        title: "Windsurf",
        key: KeySource::Variable,
        place: FormTarget::File("~/.codeium/windsurf/mcp_config.json"),
        note: Some("Start Windsurf from a terminal that has the variable."),
        template: r#"{
  "mcpServers": {
    "@name@": {
      "serverUrl": "@url@",
      "headers": { "Authorization": "Bearer ${env:@key@}" }
    }
  }
}"#,
    },
    Client {
        id: "zed",
        title: "Zed",
        key: KeySource::Pasted,
        place: FormTarget::File("~/.config/zed/settings.json"),
        note: None,
        template: r#"{
  "context_servers": {
    "@name@": {
      "url": "@url@",
      "headers": { "Authorization": "Bearer vibn_sk_…" }
    }
  }
}"#,
    },
    Client {
        id: "claude-desktop",
        title: "Claude Desktop",
        key: KeySource::Pasted,
        place: FormTarget::File("claude_desktop_config.json"),
        note: Some(
            "Open the file with Settings, Developer, Edit Config. The bridge needs Node.js 18 or \
             newer.",
        ),
        template: r#"{
  "mcpServers": {
    "@name@": {
      "command": "npx",
      "args": ["-y", "mcp-remote", "@url@", @allow-http@"--header", "Authorization:${AUTHORIZATION}"],
      "env": { "AUTHORIZATION": "Bearer vibn_sk_…" }
    }
  }
}"#,
    },
    Client {
        id: "generic",
        title: "Any other client",
        key: KeySource::Pasted,
        place: FormTarget::Text,
        note: None,
        template: "Transport: streamable HTTP\nURL: @url@\nHeader: Authorization: Bearer vibn_sk_…",
    },
];
