//! The lists of apps, databases, auth providers and domains.

use covibe_domain::Timestamp;
use covibe_domain::entities::{App, AppKind, AuthProvider, Database};
use maud::{Markup, html};
use serde::Deserialize;

use crate::parts::table::{empty, table};
use crate::parts::text::{badge, tag, time_or, words};
use crate::paths;

/// A domain.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Domain {
    /// The domain.
    pub domain: String,
    /// The domain in its own script, if that is not ASCII.
    #[serde(default)]
    pub unicode: Option<String>,
    /// The state of its registration.
    pub status: String,
    /// Its provider of DNS.
    #[serde(default)]
    pub dns_provider: Option<String>,
    /// The end of its term.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// Returns the apps.
pub(super) fn apps(apps: &[App]) -> Markup {
    if apps.is_empty() {
        let text = "Ask your agent to create one: from a repository, an image or a compose file.";
        return empty("No apps yet", text, Some(("Set up an agent", paths::AGENTS)));
    }
    table("Apps", &["App", "State", "Address", "From", "Updated"], apps.iter().map(app))
}

fn app(app: &App) -> Vec<Markup> {
    vec![
        html! {
            a href={ (paths::APPS) "/" (app.uuid) } { (app.name) }
            @if app.kind == AppKind::Other { " " (tag("operator's")) }
        },
        state(&app.status, app.health.as_deref()),
        html! { @if let Some(url) = &app.url { (link(url)) } @else { span.muted { "none" } } },
        source(app),
        time_or(app.updated_at, "not known"),
    ]
}

/// Returns the source of an app: a repository, an image or a compose file.
pub(super) fn source(app: &App) -> Markup {
    html! {
        @match (&app.repo, &app.image) {
            (Some(repo), _) => { span.mono { (repo) @if let Some(branch) = &app.branch { "@" (branch) } } }
            (None, Some(image)) => { span.mono { (image) } }
            (None, None) if app.kind == AppKind::Service => { "a compose file" }
            (None, None) => { (words(app.kind.as_str())) }
        }
    }
}

/// Returns a state, and the health check's result if that says more.
pub(super) fn state(status: &str, health: Option<&str>) -> Markup {
    html! {
        (badge(status))
        @if let Some(health) = health.filter(|health| *health != "unknown") { " " (badge(health)) }
    }
}

/// Returns a link to an external address, which is shown without its scheme. Only addresses of the web become links.
pub(super) fn link(url: &str) -> Markup {
    let is_web = ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme));
    let shown = url.split_once("://").map_or(url, |(_, rest)| rest);
    html! {
        @if is_web { a href=(url) rel="noreferrer" { (shown) } } @else { span { (url) } }
    }
}

/// Returns the databases.
pub(super) fn databases(databases: &[Database]) -> Markup {
    if databases.is_empty() {
        return empty(
            "No databases yet",
            "Agents create them and give apps their addresses.",
            None,
        );
    }
    let rows = databases.iter().map(|database| {
        vec![
            html! { (database.name) },
            badge(&database.status),
            html! { (database.flavor.as_str()) },
            html! { @if database.is_public { "public" @if let Some(port) = database.public_port { ", port " (port) } } @else { "private" } },
        ]
    });
    table("Databases", &["Database", "State", "Type", "Reachable"], rows)
}

/// Returns the auth providers.
pub(super) fn auth(providers: &[AuthProvider]) -> Markup {
    if providers.is_empty() {
        return empty(
            "No auth providers yet",
            "Agents deploy one when an app needs its own sign-in.",
            None,
        );
    }
    let rows = providers.iter().map(|provider| {
        vec![
            html! { a href={ (paths::AUTH) "/" (provider.uuid) } { (provider.name) } },
            badge(&provider.status),
            html! { (words(provider.provider.as_str())) },
            html! { @for host in &provider.domains { (link(&format!("https://{host}"))) " " } },
        ]
    });
    table("Auth providers", &["Provider", "State", "Type", "Address"], rows)
}

/// Returns the domains.
pub(super) fn domains(domains: &[Domain]) -> Markup {
    if domains.is_empty() {
        return empty(
            "No domains yet",
            "Agents search for a name, register it and attach it to an app.",
            None,
        );
    }
    let rows = domains.iter().map(|domain| {
        vec![
            html! { (domain.unicode.as_ref().unwrap_or(&domain.domain)) },
            badge(&domain.status),
            html! { @if let Some(provider) = &domain.dns_provider { (words(provider)) } @else { span.muted { "not attached" } } },
            time_or(domain.expires_at, "not known"),
        ]
    });
    table("Domains", &["Domain", "State", "DNS", "Term ends"], rows)
}
