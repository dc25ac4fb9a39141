//! `GET …/bootstrap.sh`: the script that sets up a local directory for the workspace.

use covibe_domain::Failure;
use covibe_domain::entities::WorkspaceSummary;
use covibe_domain::names;
use covibe_operation::{Operation, Route, Spec, Text};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::gitea::git_helper;

const SCRIPT: &str = include_str!("bootstrap/bootstrap.sh");
const RULES: &str = include_str!("bootstrap/rules.md");
const JSON_SET: &str = include_str!("bootstrap/set.awk");

/// Get the script to set up the current directory: rules, mcp.json for Cursor, Claude Code and VS
/// Code, AGENTS.md and .env.local. It reads the API key from `VIBN_API_KEY`:
///
/// `s=$(curl -fsSL -H "Authorization: Bearer $VIBN_API_KEY" …/bootstrap.sh) && sh -c "$s"`
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Bootstrap {}

impl Operation<Workspace> for Bootstrap {
    const SPEC: Spec = Spec::read("workspace.bootstrap", Route::get("/bootstrap.sh"))
        .document("text/x-shellscript; charset=utf-8", "bootstrap.sh")
        .early();

    type Output = Text;

    async fn run(self, cx: &Workspace) -> Result<Text, Failure> {
        let facts = Facts {
            slug: cx.slug().as_str(),
            name: cx.name(),
            organisation: cx.organisation(),
            gitea: cx.gitea_address().ok().map(|address| address.host.as_str()),
            namespace: &WorkspaceSummary::namespace(cx.slug(), &cx.settings().base_domain),
            origin: cx.settings().origin()?,
            git: cx.gitea_address().ok().map(|address| address.web.as_str()),
        };
        Ok(Text(facts.script()))
    }
}

/// The workspace's data for the script.
struct Facts<'a> {
    slug: &'a str,
    name: &'a str,
    organisation: &'a str,
    gitea: Option<&'a str>,
    namespace: &'a str,
    origin: &'a str,
    /// The base URL of the repositories for Git.
    git: Option<&'a str>,
}

impl Facts<'_> {
    fn script(&self) -> String {
        let (mcp_url, rules) = (format!("{}/api/mcp", self.origin), self.rules());
        let helper = git_helper(self.origin, self.slug);
        fill(SCRIPT, ["'@", "@'"], |name| {
            quote_for_shell(match name {
                "slug" => self.slug,
                "mcp_url" => &mcp_url,
                "rules" => &rules,
                "json_set" => JSON_SET,
                "git_origin" => self.git.unwrap_or_default(),
                "git_helper" => &helper,
                _ => return None,
            })
            .into()
        })
    }

    fn rules(&self) -> String {
        let organisation = plain_text(self.organisation);
        let gitea = match self.gitea {
            Some(host) => format!("`{organisation}` on `{}`", plain_text(host)),
            None => format!("`{organisation}`"),
        };
        let rules = fill(RULES, ["@", "@"], |name| {
            Some(match name {
                "slug" => plain_text(self.slug),
                "name" => plain_text(self.name),
                "gitea" => gitea.clone(),
                "organisation" => organisation.clone(),
                "namespace" => plain_text(self.namespace),
                "api" => {
                    format!("{}/api/workspaces/{}", plain_text(self.origin), plain_text(self.slug))
                }
                _ => return None,
            })
        });
        rules.trim_end().to_owned()
    }
}

/// Replaces the placeholders of the template. Inserted values are not searched for placeholders.
fn fill(
    template: &str,
    [open, close]: [&str; 2],
    value: impl Fn(&str) -> Option<String>,
) -> String {
    let (mut filled, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once(open) {
        filled.push_str(before);
        let replaced = after.split_once(close).and_then(|(name, rest)| Some((value(name)?, rest)));
        if let Some((value, after)) = replaced {
            filled.push_str(&value);
            rest = after;
        } else {
            filled.push_str(open);
            rest = after;
        }
    }
    filled + rest
}

/// Quotes a text for the shell.
fn quote_for_shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Makes a text safe within a sentence of Markdown: removes line breaks, invisible and directional
/// characters, and those that end code or a comment. Keeps up to 253 characters.
fn plain_text(text: &str) -> String {
    text.chars().filter(|c| names::is_visible(*c) && !"`<>".contains(*c)).take(253).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn does_not_replace_placeholders_in_inserted_values() {
        let value = |name: &str| (name == "a").then(|| "'@a@'@a@".to_owned());
        assert_eq!(fill("x@y '@a@' '@b@' z", ["'@", "@'"], value), "x@y '@a@'@a@ '@b@' z");
    }

    #[test]
    fn replaces_every_placeholder() {
        let facts = Facts {
            slug: "mark",
            name: "Mark",
            organisation: "vibn-mark",
            gitea: Some("git.test"),
            namespace: "*.mark.vibnai.com",
            origin: "https://co-vibe.test",
            git: Some("https://git.test"),
        };
        let script = facts.script();
        assert!(!script.contains("'@") && script.contains("slug='mark'\n"), "{script}");
        assert!(!facts.rules().contains('@'), "{}", facts.rules());
    }

    #[test]
    fn removes_unsafe_characters_and_quotes_for_the_shell() {
        assert_eq!(plain_text("a`b\n\u{202e}<!-- c\u{1b}[1m"), "ab!-- c[1m");
        assert_eq!(quote_for_shell("it's $(x)"), r"'it'\''s $(x)'");
    }
}
