//! Webhooks: requests that Gitea sends when somebody pushes.
//!
//! Gitea signs each delivery with the hook's secret, which no answer shows. An administrator of the
//! hook's organisation or repository sees the hook, redirects it and deletes it, and Gitea goes on
//! signing with the secret (seen with 1.25.2, 1.21.4 and Forgejo 11.0.1). Only administrators see
//! the hooks of the instance.

use covibe_domain::{Secret, boxed};
use covibe_upstream::{Request, ignore_not_found};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Client, Error, HookSecret, pagination};

/// The event of a push, also one that creates, moves or deletes a branch.
const PUSH: &str = "push";

/// A webhook. Its secret is never shown.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hook {
    /// Its id, which no other hook of the instance ever gets.
    pub id: i64,
    /// The form of its deliveries: `gitea` for Gitea's own.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// Its address and the form of its requests.
    #[serde(default)]
    pub config: HookConfig,
    /// The events that it delivers.
    #[serde(default)]
    pub events: Option<Vec<String>>,
    /// The pattern of the branches that it delivers; all if empty.
    #[serde(default)]
    pub branch_filter: Option<String>,
    /// The header that deliveries carry beside the signature.
    #[serde(default)]
    pub authorization_header: Option<Secret>,
    /// True if it delivers anything.
    #[serde(default)]
    pub active: bool,
}

/// The address of a webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct HookConfig {
    /// The URL, which may hold a credential.
    pub url: Option<Secret>,
    /// `json` or `form`.
    #[serde(default)]
    pub content_type: Option<String>,
}

impl Hook {
    /// Returns whether it delivers to this URL.
    pub fn delivers_to(&self, url: &str) -> bool {
        self.config.url.as_ref().is_some_and(|its| its.expose() == url)
    }

    /// Returns whether it delivers pushes to all branches, and nothing else, as JSON, to this URL.
    pub fn delivers_pushes_to(&self, url: &str) -> bool {
        let is_plain = |text: Option<&str>| text.is_none_or(|text| matches!(text, "" | "*"));
        let header = self.authorization_header.as_ref().map(Secret::expose);
        self.active
            && self.kind == "gitea"
            && self.delivers_to(url)
            && self.config.content_type.as_deref() == Some("json")
            && self.events.as_deref().is_some_and(|events| events == [PUSH])
            && is_plain(self.branch_filter.as_deref())
            && header.is_none_or(str::is_empty)
    }
}

/// The repositories whose pushes a webhook delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookOf<'a> {
    /// All repositories of the organisation with this name.
    Organization(&'a str),
    /// All repositories of the instance.
    Instance,
}

impl HookOf<'_> {
    /// Returns a request for its hooks.
    fn hooks_request(self, start: impl FnOnce(&'static str) -> Request) -> Request {
        match self {
            Self::Organization(org) => start("/orgs/{org}/hooks").segment(org),
            Self::Instance => start("/admin/hooks"),
        }
    }

    /// Returns a request for one of its hooks.
    fn hook_request(self, id: i64, start: impl FnOnce(&'static str) -> Request) -> Request {
        let request = match self {
            Self::Organization(org) => start("/orgs/{org}/hooks/{id}").segment(org),
            Self::Instance => start("/admin/hooks/{id}"),
        };
        request.segment(id.to_string()).operator_only()
    }
}

impl Client {
    /// Returns all hooks of an organisation or of the instance.
    #[boxed]
    pub async fn hooks_of<'a>(&'a self, of: HookOf<'a>) -> Result<Vec<Hook>, Error> {
        let list = || of.hooks_request(|path| self.transport.get(path)).operator_only();
        match of {
            HookOf::Organization(_) => pagination::read_all(list).await,
            // Gitea answers with all of them for every page (read in its source, 1.21 to 1.25).
            HookOf::Instance => pagination::read_unpaged(list()).await,
        }
    }

    /// Creates a hook that delivers the pushes to all branches to this URL, signed with the secret.
    /// It is not sent twice: after a lost answer, look for it with [`Client::hooks_of`].
    #[boxed]
    pub async fn create_hook<'a>(
        &'a self,
        of: HookOf<'a>,
        url: &str,
        secret: &HookSecret,
    ) -> Result<Hook, Error> {
        let mut body = new_hook(url, secret);
        if of == HookOf::Instance {
            // Without it, Gitea takes the hook for a template that new repositories get a copy of.
            body["config"]["is_system_webhook"] = json!("true");
        }
        of.hooks_request(|path| self.transport.post(path)).body(body).operator_only().json().await
    }

    /// Deletes a hook; succeeds when it does not exist.
    ///
    /// Replace a changed hook by a new one: a change of a hook by the API leaves its secret as it
    /// is, and a change on Gitea's pages may have replaced it.
    #[boxed]
    pub async fn delete_hook<'a>(&'a self, of: HookOf<'a>, id: i64) -> Result<(), Error> {
        ignore_not_found(
            of.hook_request(id, |path| self.transport.delete(path)).repeatable().execute().await,
        )
    }
}

/// Returns the body that creates a hook.
pub(crate) fn new_hook(url: &str, secret: &HookSecret) -> Value {
    json!({ "type": "gitea", "active": true, "events": [PUSH], "branch_filter": "",
            "config": { "url": url, "content_type": "json", "secret": secret.expose() } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_active_unfiltered_push_hook_delivers_pushes() {
        let url = "https://covibe.test/api/hooks/gitea";
        let hook = json!({ "id": 7, "type": "gitea", "branch_filter": "", "events": ["push"],
                           "authorization_header": "", "active": true,
                           "config": { "url": url, "content_type": "json" } });
        let is_whole = |hook: &Value| {
            serde_json::from_value::<Hook>(hook.clone()).unwrap().delivers_pushes_to(url)
        };
        assert!(is_whole(&hook));
        for (member, other) in [
            ("/active", json!(false)),
            ("/type", json!("slack")),
            ("/events", json!(["push", "issues"])),
            ("/events", Value::Null),
            ("/branch_filter", json!("main")),
            ("/authorization_header", json!("Bearer x")),
            ("/config/url", json!("https://elsewhere.test")),
            ("/config/content_type", json!("form")),
        ] {
            let mut changed = hook.clone();
            *changed.pointer_mut(member).unwrap() = other;
            assert!(!is_whole(&changed), "{member}");
        }
    }
}
