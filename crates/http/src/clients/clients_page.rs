//! The page `docs/clients.md`.

use std::path::Path;

use super::client_table::{CLIENTS, Client, FormTarget, KeySource};
use super::{KEY_VARIABLE, Server};

/// The server of the examples.
const EXAMPLE: Server<'_> = Server { name: "co-vibe", origin: "https://co-vibe.example" };

/// The part of the page about work that Co-Vibe has no tools for.
const BESIDE: &str = "
## Issues, reviews and the wiki

Co-Vibe has tools for repositories and their files. For issues, pull requests, reviews, releases and the
wiki, also run [Gitea's own MCP server](https://gitea.com/gitea/gitea-mcp) as the workspace's bot.
`gitea.credentials` returns the address and the bot's token. Export both in the shell that starts the client;
never write the token into a file of a repository:

```sh
read -rs GITEA_ACCESS_TOKEN && export GITEA_ACCESS_TOKEN
export GITEA_HOST=https://git.example
gitea-mcp -t stdio
```

In `.mcp.json` and similar files, write only the names of the variables. Each client has its own syntax for this:

```json
{
  \"mcpServers\": {
    \"gitea\": {
      \"command\": \"gitea-mcp\",
      \"args\": [\"-t\", \"stdio\"],
      \"env\": { \"GITEA_HOST\": \"https://git.example\", \"GITEA_ACCESS_TOKEN\": \"${GITEA_ACCESS_TOKEN}\" }
    }
  }
}
```

The token has the rights of the bot: it gives access to repositories, issues and the organisation, but not to
other workspaces. A rotation of the workspace's PAT invalidates it; get the new token from `gitea.credentials`.
";

/// Returns the page in Markdown.
pub fn markdown() -> String {
    let rows: String = CLIENTS.iter().map(row).collect();
    let sections: String = CLIENTS.iter().map(section).collect();
    format!(
        "<!-- Generated: cargo run -p covibe-server -- tools --format clients > docs/clients.md -->\n\n\
         # Clients\n\n\
         `covibe-server connect CLIENT` prints the configuration of a client on stdout: a command to run,\n\
         or the content of a file. It prints the instructions on stderr. Most clients read the key from\n\
         `{KEY_VARIABLE}`, so that no file contains it. A client whose URL ends in `/api/mcp?readonly=1` can\n\
         only read.\n\n\
         | client | `CLIENT` | where | the key |\n|---|---|---|---|\n{rows}{sections}{BESIDE}"
    )
}

/// Returns the row of a client.
fn row(client: &Client) -> String {
    let place = match client.place {
        FormTarget::Shell => "a command".to_owned(),
        FormTarget::File(path) => format!("`{path}`"),
        FormTarget::Text => "its settings".to_owned(),
    };
    let key = match client.key {
        KeySource::Variable => format!("`{KEY_VARIABLE}`"),
        KeySource::Prompt => "asked for and stored".to_owned(),
        KeySource::Pasted => "in the file".to_owned(),
    };
    format!("| {} | `{}` | {place} | {key} |\n", client.title, client.id)
}

/// Returns the section of a client.
fn section(client: &Client) -> String {
    let (title, instructions) = (client.title, client.instructions());
    let (language, form) = (language(client.place), client.form(EXAMPLE));
    let link = client.install_link(EXAMPLE);
    let link = link
        .map(|link| format!("\nOr open this link to add the server:\n\n```text\n{link}\n```\n"));
    let link = link.unwrap_or_default();
    format!("\n## {title}\n\n{instructions}\n\n```{language}\n{form}\n```\n{link}")
}

/// Returns whether a file's name ends in this extension.
pub(super) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

/// Returns the language of a code block.
fn language(place: FormTarget) -> &'static str {
    match place {
        FormTarget::Shell => "sh",
        FormTarget::File(path) if has_extension(path, "yaml") => "yaml",
        FormTarget::File(_) => "json",
        FormTarget::Text => "text",
    }
}
