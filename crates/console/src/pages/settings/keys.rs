//! The API keys of the workspace.

use covibe_domain::entities::ApiKey;
use maud::{Markup, html};
use serde::Deserialize;

use super::agent_connections::{Minted, agent_title};
use super::people::Member;
use super::{Tab, page};
use crate::parts::form::{Field, csrf, destructive, select};
use crate::parts::layout::{panel, problem, remark};
use crate::parts::table::{empty, table};
use crate::parts::text::{block, tag, time_or};
use crate::{Form, Frame, Loaded, Tone, paths};

/// The answer of `keys.list`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct List {
    /// The keys, newest first.
    pub keys: Vec<ApiKey>,
}

/// The content of the page of the keys.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The keys.
    pub list: Loaded<List>,
    /// The members of the company, some of whom minted keys; empty if they could not be read.
    pub members: Vec<Member>,
    /// The key that this request minted. It is shown only now.
    pub minted: Option<Minted>,
    /// The entered values, and their errors. The fields are `name`, `agent`, `access` and `days`.
    pub form: Form,
}

const AGENTS: [(&str, &str); 4] = [
    ("claude-code", "Claude Code"),
    ("codex", "Codex"),
    ("cursor", "Cursor"),
    ("other", "Another agent"),
];

const ACCESSES: [(&str, &str); 2] = [("full", "Read and change"), ("read", "Read only")];

/// The days after which a key expires; `never` for one that does not.
const DAYS: [(&str, &str); 4] =
    [("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"), ("never", "Never")];

/// Returns the page. The form for a new key is sent to [`paths::MINT_KEY`] with `name`, `agent`, `access` and `days`.
pub fn keys(frame: &Frame, view: &Keys) -> Markup {
    page(
        frame,
        Tab::Keys,
        "Keys",
        &html! {
            @if let Some(minted) = &view.minted { (shown_once(minted)) }
            section.panel.flush {
                div.panel-head { h2 { "Keys of this workspace" } }
                @match &view.list {
                    Ok(list) if list.keys.is_empty() => { (empty("No keys yet", "A key lets an agent act in this workspace.", None)) }
                    Ok(list) => {
                        (table("Keys", &["Key", "Agent", "May", "Minted by", "Used", "Expires", ""], list.keys.iter().map(|key| row(frame, key, &minter(view, list, key)))))
                    }
                    Err(why) => { (problem(why)) }
                }
            }
            (mint(frame, &view.form))
        },
    )
}

fn shown_once(minted: &Minted) -> Markup {
    html! {
        section.panel.stack aria-labelledby="minted" data-address=(paths::KEYS) {
            div.panel-head { h2 #minted { "Your new key" } }
            (remark(Tone::Warn, &html! { p { "Copy it now: it is not shown again. Whoever has it can act in this workspace." } }))
            (block("token", &format!("Key {}", minted.name), &minted.token))
        }
    }
}

/// Returns the name of the person or the key that minted a key; the id of a key that was revoked, and of somebody who is
/// no longer a member.
fn minter(view: &Keys, list: &List, key: &ApiKey) -> String {
    let Some(minter) = &key.minted_by else { return "the operator".to_owned() };
    let member = view.members.iter().find(|member| member.id == minter.as_str());
    if let Some(member) = member {
        let name = if member.name.trim().is_empty() { &member.email } else { &member.name };
        return name.clone();
    }
    let with = list.keys.iter().find(|one| Some(&one.id) == minter.key());
    with.map_or_else(|| minter.to_string(), |with| format!("the key {}", title(with)))
}

fn title(key: &ApiKey) -> &str {
    key.name.as_deref().unwrap_or("Unnamed key")
}

fn row(frame: &Frame, key: &ApiKey, minter: &str) -> Vec<Markup> {
    let name = title(key);
    let action = format!("{}/{}/revoke", paths::KEYS, key.id);
    let question = format!(
        "Revoke “{name}”? Agents that use it, or a key that was minted with it, stop working within two seconds."
    );
    vec![
        html! { (name) br; span.small.mono.muted { (key.prefix) "…" } },
        html! { @if let Some(agent) = key.agent_type { (agent_title(agent.as_str())) } @else { span.muted { "any" } } },
        html! { (key.access.as_str()) @if key.scope.as_str() == "tenant" { " " (tag("whole company")) } },
        html! { (minter) },
        time_or(key.last_used_at, "never"),
        time_or(key.expires_at, "never"),
        destructive(
            &action,
            &frame.csrf,
            "Revoke",
            &format!("Revoke {name}, {}", key.prefix),
            &question,
        ),
    ]
}

fn mint(frame: &Frame, form: &Form) -> Markup {
    let name = Field::text("name", "name", "Name").hint("Where it is used, such as “laptop”.");
    let or = |field: &str, default: &'static str| match form.value(field) {
        "" => default.to_owned(),
        value => value.to_owned(),
    };
    panel(
        "Mint a key",
        false,
        &html! {
            (form.summary())
            form.stack method="post" action=(paths::MINT_KEY) {
                (csrf(&frame.csrf))
                div.fields {
                    (name.show(form))
                    (select("agent", "agent", "Agent", &AGENTS, &or("agent", "claude-code")))
                    (select("access", "access", "Access", &ACCESSES, &or("access", "full")))
                    (select("days", "days", "Expires", &DAYS, &or("days", "90")))
                }
                div.row { button.button.primary type="submit" { "Mint key" } }
            }
        },
    )
}
