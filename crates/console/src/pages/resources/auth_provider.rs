//! An auth provider's page, where a person opens one that belongs to its first visitor.

use covibe_domain::entities::{AuthProvider, WaitingStart};
use maud::{Markup, html};
use serde::Deserialize;

use super::resource_lists::link;
use crate::frame::{Frame, Section, framed};
use crate::parts::form::csrf;
use crate::parts::layout::{panel, remark};
use crate::parts::text::{badge, words};
use crate::{Tone, paths};

/// The answer of `auth.get`, as far as the page shows it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// The part that lists show, too.
    #[serde(flatten)]
    pub provider: AuthProvider,
    /// Its admin console's address, if that is another one.
    #[serde(default)]
    pub admin_url: Option<String>,
    /// This page, while nobody has opened the provider.
    #[serde(default)]
    pub open_at: Option<String>,
    /// Its start while it waits in the queue.
    #[serde(default)]
    pub deployment: Option<WaitingStart>,
}

/// The answer of `auth.open`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    /// The page where the person becomes its administrator.
    pub set_up_url: String,
}

/// Returns the page, with what the person has just done. Its form is sent to `{AUTH}/{uuid}/open`, and has only `csrf`.
pub fn auth(frame: &Frame, details: &Details, opened: Option<&Opened>) -> Markup {
    let provider = &details.provider;
    let content = html! {
        div.head {
            div { p.small { a href=(paths::LIVE) { "Live" } } h1 { (provider.name) } }
            (badge(&provider.status))
        }
        div.stack.loose {
            @if let Some(opened) = opened { (set_up(opened)) }
            @else if details.open_at.is_some() { (closed(frame, details)) }
            @if let Some(start) = &details.deployment {
                (remark(Tone::Busy, &html! { p { "Its start is waiting in the queue: " (start.ahead) " before it." } }))
            }
            (panel("Auth provider", false, &facts(details)))
        }
    };
    framed(frame, Section::Live, &provider.name, &content)
}

fn closed(frame: &Frame, details: &Details) -> Markup {
    let action = format!("{}/{}/open", paths::AUTH, details.provider.uuid);
    let content = html! {
        p { "It is not started, because whoever visits it first becomes its administrator." }
        p { "Open it when you have time to be that visitor. Agents can't open it." }
        form method="post" action=(action) {
            (csrf(&frame.csrf))
            button.button.primary type="submit" { "Open it now" }
        }
    };
    panel("Nobody has opened it", false, &content)
}

fn set_up(opened: &Opened) -> Markup {
    let content = html! {
        p { "It is starting, which takes a few minutes the first time. Until you are its administrator, anybody can become its administrator." }
        p { a.button.primary href=(opened.set_up_url) rel="noreferrer" { "Set it up" } }
        p.small.muted { (opened.set_up_url) }
    };
    panel("Become its administrator", false, &content)
}

fn facts(details: &Details) -> Markup {
    let provider = &details.provider;
    html! {
        dl.facts {
            dt { "Address" } dd {
                @if let Some(host) = provider.domains.first() { (link(&format!("https://{host}"))) }
                @else { span.muted { "none" } }
            }
            @if let Some(url) = &details.admin_url { dt { "Its console" } dd { (link(url)) } }
            dt { "Type" } dd { (words(provider.provider.as_str())) }
            dt { "Id" } dd.mono { (provider.uuid) }
        }
    }
}
