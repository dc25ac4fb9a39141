//! Connecting an agent: the pages name only addresses that this server has, and mint a key.

use std::collections::BTreeSet;

use covibe_identity::{BrowserOrigin, User};
use covibe_store::WorkspaceRecord;
use covibe_testkit_http::{Agent, World, http_client};
use regex::Regex;
use reqwest::header::COOKIE;
use serde_json::json;

use super::{Site, is_sound};

const OVERVIEW: &str = "/console";
const SETUP: &str = "/console/settings/agents";
const CONNECT: &str = "/console/settings/agents/connect";

/// A person who is signed in, without a browser.
struct Visitor {
    origin: String,
    session: String,
    csrf: String,
    client: reqwest::Client,
}

impl Visitor {
    /// Returns an admin of a member's tenant.
    async fn admin(world: &World, of: &WorkspaceRecord) -> Self {
        let email = format!("mia@{}.example", of.slug).parse().expect("an address");
        let appointed = world.identity.adopt_admin(&of.tenant, &email, "Mia").await;
        let user: User = appointed.expect("an admin");
        let from = BrowserOrigin::default();
        let token = world.identity.start_session(&user.id, from, None).await.expect("a session");
        let signed_in = world.identity.session(token.expose(), false).await.expect("an answer");
        Self {
            origin: world.mark.agent.origin.clone(),
            session: format!("covibe_session={}", token.expose()),
            csrf: signed_in.expect("a session").csrf,
            client: http_client::client().build().expect("a client"),
        }
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let request = self.client.get(format!("{}{path}", self.origin));
        self.answer(request).await
    }

    /// Sends the form that mints a key for a client.
    async fn connect(&self, csrf: &str, name: &str, client: &str) -> (u16, String) {
        let request = self.client.post(format!("{}{CONNECT}", self.origin));
        let form = [("csrf", csrf), ("name", name), ("client", client)];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.answer(request.body(body)).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> (u16, String) {
        let answer = request.header(COOKIE, &self.session).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    }

    /// Returns the paths of this server that a page shows: in links, forms and files, and in its text.
    fn paths(&self, page: &str) -> BTreeSet<String> {
        let linked = Regex::new(r#"(?:href|src|action)="(/[^"]*)""#).expect("a pattern");
        let origin = regex::escape(&self.origin);
        let told = Regex::new(&format!(r#"{origin}(/[^\s"'<>&`]*)"#)).expect("a pattern");
        let patterns = [linked, told];
        let found = patterns.iter().flat_map(|pattern| pattern.captures_iter(page));
        found.map(|found| found[1].to_owned()).collect()
    }
}

/// Returns the first key in a page.
fn key_in(page: &str) -> Option<String> {
    let key = Regex::new(r"vibn_sk_[A-Za-z0-9_-]{43}").expect("a pattern");
    key.find(page).map(|found| found.as_str().to_owned())
}

async fn lists_tools(agent: &Agent, key: &str) -> bool {
    let listed = agent.with_key(Some(key)).rpc("tools/list", &json!({})).await;
    listed.json()["result"]["tools"].as_array().is_some_and(|tools| !tools.is_empty())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_link_on_the_pages_for_newcomers_is_dead() {
    let world = World::embedded().await;
    let visitor = Visitor::admin(&world, &world.keyless_workspace("late").await).await;
    let (status, connected) = visitor.connect(&visitor.csrf, "laptop", "cursor").await;
    assert_eq!(status, 200, "{connected}");
    // The first pages are read in another workspace, because this one has a key now.
    let new = Visitor::admin(&world, &world.keyless_workspace("later").await).await;
    let (overview, setup) = (new.get(OVERVIEW).await.1, new.get(SETUP).await.1);
    for page in [&overview, &setup] {
        assert!(new.paths(page).contains(CONNECT), "it offers no key: {page}");
    }
    for (page, is_setup) in [(overview, false), (setup, true), (connected, true)] {
        for unserved in ["downloads", "covibe-local", "/npm/"] {
            assert!(!page.contains(unserved), "{unserved}: {page}");
        }
        let paths = new.paths(&page);
        assert!(paths.len() > 8 && paths.contains("/api/mcp") >= is_setup, "{paths:?}");
        for path in paths {
            let (status, text) = new.get(&path).await;
            assert!(![404, 410, 500].contains(&status), "{path}: {status} {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minted_key_is_shown_inside_the_setup_form_of_its_client() {
    let world = World::embedded().await;
    let visitor = Visitor::admin(&world, &world.mark.record).await;
    let agent = &world.mark.agent;
    for (client, agent_type, place) in [
        ("claude-code", "claude-code", "export VIBN_API_KEY=…"),
        ("codex", "codex", "export VIBN_API_KEY=…"),
        ("vscode", "other", ">…</pre>"),
        ("zed", "other", "Bearer …"),
    ] {
        let name = format!("laptop-{client}");
        let (status, page) = visitor.connect(&visitor.csrf, &name, client).await;
        assert_eq!(status, 200, "{page}");
        let key = key_in(&page).expect("a key");
        assert!(lists_tools(agent, &key).await, "{client}");
        let opened = page.split("<details open").nth(1).expect("the client's form is open");
        let opened = opened.split("</details>").next().unwrap_or_default();
        assert!(opened.contains(&format!("id=\"client-{client}\"")), "{opened}");
        assert!(opened.contains(&place.replace('…', &key)), "{client}: {opened}");
        assert!(!page.contains("vibn_sk_…"), "no form is left without the key");
        let keys = agent.json("GET", "/api/workspaces/mark/keys", &json!({})).await.json();
        let mut keys = keys["keys"].as_array().expect("keys").iter();
        let minted = keys.find(|key| key["name"] == name).expect("the key");
        assert_eq!(minted["agentType"], agent_type, "{minted}");
        assert!(minted["expiresAt"].is_string(), "{minted}");
        assert_eq!(key_in(&visitor.get(SETUP).await.1), None, "a key is shown once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_minted_only_by_a_valid_form_with_the_sessions_csrf_token() {
    let world = World::embedded().await;
    let visitor = Visitor::admin(&world, &world.mark.record).await;
    for csrf in ["", "another"] {
        let (status, page) = visitor.connect(csrf, "laptop", "codex").await;
        assert_eq!((status, key_in(&page)), (403, None), "{page}");
    }
    for (name, client, problem) in [
        ("", "codex", "The key needs a name."),
        ("laptop", "no-such", "Choose one of the agents."),
        ("laptop", "", "Choose one of the agents."),
    ] {
        let (status, page) = visitor.connect(&visitor.csrf, name, client).await;
        assert_eq!((status, key_in(&page)), (400, None), "{page}");
        assert!(page.contains(problem), "{page}");
        assert!(name.is_empty() || page.contains("value=\"laptop\""), "what was entered stays");
    }
    // A reload leads back to the page, and mints nothing.
    let (status, page) = visitor.get(CONNECT).await;
    assert_eq!((status, key_in(&page)), (200, None), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_connects_an_agent_from_the_overview() {
    let Some(site) = Site::open().await else { return };
    let late = site.world.keyless_workspace("late").await;
    let user = site.admin_of(&late.tenant, "mia@northwind.example").await;
    let mut page = site.sign_in(&user).await;
    is_sound(&mut page).await;
    page.fill("input[name=name]", "laptop").await;
    page.choose("select[name=client]", "codex").await;
    page.follow("form[action='/console/settings/agents/connect'] button").await;
    is_sound(&mut page).await;
    let command = page.text("#key-codex").await;
    let key = command.strip_prefix("export VIBN_API_KEY=").expect("the key");
    assert!(lists_tools(&site.world.mark.agent, key).await, "{command}");
}
