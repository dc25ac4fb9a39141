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
    /// The form of the link that it opens to add the server; `None` if it has none, or if the key would be in it.
    pub(super) link: Option<LinkForm>,
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

/// The form of a link that adds a server to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkForm {
    /// `cursor://anysphere.cursor-deeplink/mcp/install` with the server's entry in Base64 (Cursor's documentation, "MCP
    /// install links").
    Cursor,
    /// `vscode:mcp/install` with the server's entry, its name and its inputs as JSON (Visual Studio Code's MCP developer
    /// guide).
    VsCode,
}

/// The entry of clients that take the address and the headers of a server.
const URL_AND_HEADERS: &str = r#"{
  "mcpServers": {
    "@name@": {
      "url": "@url@",
      "headers": { "Authorization": "Bearer vibn_sk_…" }
    }
  }
}"#;

/// The entry of clients that send no headers of their own: a bridge, which they start, adds the key.
const BRIDGE: &str = r#"{
  "mcpServers": {
    "@name@": {
      "command": "npx",
      "args": ["-y", "mcp-remote", "@url@", @allow-http@"--header", "Authorization:${AUTHORIZATION}"],
      "env": { "AUTHORIZATION": "Bearer vibn_sk_…" }
    }
  }
}"#;

/// The clients, the most used ones first.
pub const CLIENTS: [Client; 18] = [
    Client {
        id: "claude-code",
        title: "Claude Code",
        key: KeySource::Variable,
        place: FormTarget::Shell,
        note: Some("The command writes `.mcp.json`, which contains no key and can be committed."),
        link: None,
        template: "claude mcp add --scope project --transport http @name@ @url@ \
                   --header 'Authorization: Bearer ${@key@}'",
    },
    Client {
        id: "codex",
        title: "Codex",
        key: KeySource::Variable,
        place: FormTarget::Shell,
        note: None,
        link: None,
        template: "codex mcp add @name@ --url @url@ --bearer-token-env-var @key@",
    },
    Client {
        id: "cursor",
        title: "Cursor",
        key: KeySource::Variable,
        place: FormTarget::File(".cursor/mcp.json"),
        note: Some("Start Cursor from a terminal that has the variable."),
        link: Some(LinkForm::Cursor),
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
        link: Some(LinkForm::VsCode),
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
        link: None,
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
        id: "antigravity",
        title: "Antigravity",
        key: KeySource::Pasted,
        place: FormTarget::File("~/.gemini/config/mcp_config.json"),
        note: Some(
            "The application, its editor and the command line (`agy`) share the file. An older \
             editor has its own file: open that under MCP Servers > Manage MCP Servers > View raw \
             config.",
        ),
        link: None,
        template: r#"{
  "mcpServers": {
    "@name@": {
      "serverUrl": "@url@",
      "headers": { "Authorization": "Bearer vibn_sk_…" }
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
        link: None,
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
        link: None,
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
        note: Some(
            "Start Windsurf from a terminal that has the variable. Newer versions are named Devin \
             Desktop, which has an entry of its own.",
        ),
        link: None,
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
        id: "devin",
        title: "Devin Desktop",
        key: KeySource::Pasted,
        place: FormTarget::File("~/.config/devin/mcp_config.json"),
        note: Some(
            "Devin Desktop was named Windsurf before. The command line (`devin`) shares the file. On \
             Windows, the file is in `%APPDATA%\\devin`.",
        ),
        link: None,
        template: URL_AND_HEADERS,
    },
    Client {
        id: "zed",
        title: "Zed",
        key: KeySource::Pasted,
        place: FormTarget::File("~/.config/zed/settings.json"),
        note: None,
        link: None,
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
        id: "junie",
        title: "Junie",
        key: KeySource::Pasted,
        place: FormTarget::File("~/.junie/mcp/mcp.json"),
        note: Some(
            "Junie uses the same file in JetBrains IDEs and on the command line. An older plugin, \
             which starts only local servers, needs the entry of JetBrains AI Assistant instead.",
        ),
        link: None,
        template: URL_AND_HEADERS,
    },
    Client {
        id: "jetbrains",
        title: "JetBrains AI Assistant",
        key: KeySource::Pasted,
        place: FormTarget::Text,
        note: Some(
            "Open the form under Settings > Tools > AI Assistant > Model Context Protocol (MCP) > Add > As JSON. \
             The bridge needs Node.js 18 or newer.",
        ),
        link: None,
        template: BRIDGE,
    },
    Client {
        id: "claude-desktop",
        title: "Claude Desktop",
        key: KeySource::Pasted,
        place: FormTarget::File("claude_desktop_config.json"),
        note: Some(
            "Open the file under Settings > Developer > Edit Config. The bridge needs Node.js 18 or \
             newer.",
        ),
        link: None,
        template: BRIDGE,
    },
    Client {
        id: "goose",
        title: "Goose",
        key: KeySource::Variable,
        place: FormTarget::File("~/.config/goose/config.yaml"),
        note: Some("Goose reads the variable from its keyring or its environment."),
        link: None,
        template: "extensions:
  @name@:
    type: streamable_http
    name: @name@
    description: Apps, databases and domains of a workspace
    enabled: true
    uri: @url@
    headers:
      Authorization: Bearer ${@key@}
    env_keys: [@key@]
    timeout: 600",
    },
    Client {
        id: "cline",
        title: "Cline",
        key: KeySource::Pasted,
        place: FormTarget::File("cline_mcp_settings.json"),
        note: Some("Open the file under MCP Servers > Configure > Configure MCP Servers."),
        link: None,
        template: r#"{
  "mcpServers": {
    "@name@": {
      "type": "streamableHttp",
      "url": "@url@",
      "headers": { "Authorization": "Bearer vibn_sk_…" }
    }
  }
}"#,
    },
    Client {
        id: "lmstudio",
        title: "LM Studio",
        key: KeySource::Pasted,
        place: FormTarget::File("mcp.json"),
        note: Some("Open the file under Program > Install > Edit mcp.json."),
        link: None,
        template: URL_AND_HEADERS,
    },
    Client {
        id: "generic",
        title: "Any other client",
        key: KeySource::Pasted,
        place: FormTarget::Text,
        note: None,
        link: None,
        template: "Transport: streamable HTTP\nURL: @url@\nHeader: Authorization: Bearer vibn_sk_…",
    },
];
