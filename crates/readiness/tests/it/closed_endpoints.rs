//! Everything that must be closed without a key.

use covibe_readiness_checks::Gate;
use serde_json::json;

use crate::fault_switch::{Switch, examine_each};
use crate::stand_in_origin::{Origin, ReceivedRequest, Reply};

const APPS: &str = "/api/workspaces/canary/apps";
const MCP: &str = "POST /api/mcp";

/// A switch of the answers to the affected requests.
pub(crate) fn switch(
    name: &'static str,
    fails: &'static [&'static str],
    at: &'static str,
    is_affected: impl Fn(&ReceivedRequest) -> bool + Send + Sync + 'static,
    reply: Reply,
) -> Switch {
    Switch::new(name, fails, at, |origin: &mut Origin| {
        origin.rule(move |seen, each| {
            if is_affected(seen) {
                *each = reply.clone();
            }
        });
    })
}

fn ok() -> Reply {
    Reply::json(200, &json!({ "result": {} }))
}

fn page() -> Reply {
    Reply::new(401).body("text/html", b"<h1>401</h1>")
}

fn is(method: &'static str, path: &'static str) -> impl Fn(&ReceivedRequest) -> bool + Send + Sync {
    move |seen| seen.method == method && seen.path == path
}

/// Returns whether a request is for a path, and a proxy did not mean another one.
fn plainly(
    method: &'static str,
    path: &'static str,
) -> impl Fn(&ReceivedRequest) -> bool + Send + Sync {
    let headers = [
        "x-http-method-override",
        "x-original-url",
        "x-rewrite-url",
        "x-forwarded-for",
        "x-middleware-subrequest",
    ];
    move |seen| is(method, path)(seen) && headers.iter().all(|name| seen.header(name).is_empty())
}

#[tokio::test]
async fn an_operation_that_answers_without_a_key_fails_the_preflight() {
    let routes: &[_] = &["closed.routes"];
    let uuid = "/api/workspaces/canary/apps/canary";
    examine_each(
        Gate::Preflight,
        vec![
            switch(
                "a list is open",
                routes,
                "GET /api/workspaces/canary/apps",
                plainly("GET", APPS),
                ok(),
            ),
            switch("a creation is open", routes, "POST", plainly("POST", APPS), ok()),
            switch("a deletion is open", routes, "DELETE", is("DELETE", uuid), Reply::new(204)),
            switch(
                "it leads to a page",
                routes,
                "GET",
                is("GET", uuid),
                Reply::new(302).with("location", "/auth/sign-in"),
            ),
            switch("it breaks", routes, "GET", is("GET", uuid), Reply::json(500, &json!({}))),
            switch("it is a page", routes, "GET", is("GET", uuid), page()),
            switch(
                "it is hidden",
                routes,
                "PATCH",
                is("PATCH", uuid),
                Reply::json(404, &json!({})),
            ),
            switch(
                "keys are minted",
                &["closed.mint", "closed.routes"],
                "POST",
                is("POST", "/api/workspaces/canary/keys"),
                ok(),
            ),
            switch(
                "tokens are minted",
                &["closed.mint"],
                "POST /api/tokens",
                is("POST", "/api/tokens"),
                ok(),
            ),
            switch(
                "a header names another method",
                &["closed.overrides"],
                "POST",
                |seen| !seen.header("x-http-method-override").is_empty(),
                ok(),
            ),
            switch(
                "a header names another path",
                &["closed.overrides"],
                "GET",
                |seen| !seen.header("x-original-url").is_empty(),
                ok(),
            ),
            switch(
                "this machine is trusted",
                &["closed.overrides"],
                "GET",
                |seen| seen.header("x-forwarded-for") == "127.0.0.1",
                ok(),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_exposed_development_path_fails_the_preflight() {
    let hidden: &[_] = &["closed.hidden"];
    let not_here = Reply::json(404, &json!({ "error": "Not in this environment." }));
    examine_each(
        Gate::Preflight,
        vec![
            switch(
                "a login for developers",
                hidden,
                "/api/dev/login",
                is("GET", "/api/dev/login"),
                ok(),
            ),
            switch(
                "variables",
                hidden,
                "/.env",
                is("GET", "/.env"),
                Reply::new(200).body("text/plain", b"A=1"),
            ),
            switch(
                "a repository",
                hidden,
                "/.git/HEAD",
                is("GET", "/.git/HEAD"),
                Reply::new(200).body("text/plain", b"ref: x"),
            ),
            switch(
                "metrics",
                hidden,
                "/metrics",
                is("GET", "/metrics"),
                Reply::new(200).body("text/plain", b"up 1"),
            ),
            switch(
                "a path that is there and refuses",
                hidden,
                "/api/local/login",
                is("GET", "/api/local/login"),
                not_here,
            ),
            Switch::new(
                "every path is a page",
                &["closed.hidden", "closed.mint"],
                "GET /api/",
                |origin| {
                    origin.rule(|_, reply| {
                        if reply.status == 404
                            && reply.headers.iter().any(|(_, value)| value == "application/json")
                        {
                            *reply = Reply::new(200).body("text/html", b"<div id=root>");
                        }
                    });
                },
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn accepted_cross_origin_calls_other_methods_or_large_bodies_fail_the_gate() {
    let allow = |name, is_affected: fn(&ReceivedRequest) -> bool| {
        Switch::new(name, &["closed.cors"], "/api/", move |origin: &mut Origin| {
            origin.rule(move |seen, reply| {
                if is_affected(seen) {
                    reply.set("access-control-allow-origin", "*");
                }
            });
        })
    };
    examine_each(
        Gate::Preflight,
        vec![
            allow("every page may read health", |seen| seen.path == "/api/health"),
            allow("every page may call", |seen| seen.method == "OPTIONS"),
            switch(
                "a foreign page calls",
                &["mcp.foreign-pages"],
                MCP,
                |seen| seen.method == "POST" && seen.header("origin") == "https://evil.example",
                Reply::json(401, &json!({ "error": "No valid API key." })),
            ),
        ],
    )
    .await;
    let console = |seen: &ReceivedRequest| seen.path == "/console";
    let open = Reply::new(200).body("text/html", b"<h1>Apps</h1>");
    examine_each(
        Gate::Canary,
        vec![
            switch("the console is open", &["closed.console"], "GET /console", console, open),
            switch(
                "another method is answered",
                &["mcp.methods"],
                "PUT /api/mcp",
                is("PUT", "/api/mcp"),
                ok(),
            ),
            switch(
                "a large body is taken",
                &["mcp.large"],
                MCP,
                |seen| seen.body.len() > 2_000_000,
                ok(),
            ),
        ],
    )
    .await;
}

/// Returns whether a request of MCP is well formed and has no key.
fn is_keyless(seen: &ReceivedRequest) -> bool {
    seen.method == "POST"
        && seen.path == "/api/mcp"
        && seen.headers.get("authorization").is_none()
        && seen.query.is_empty()
        && seen.header("origin").is_empty()
}

fn has_body(text: &'static str) -> impl Fn(&ReceivedRequest) -> bool + Send + Sync {
    move |seen| is_keyless(seen) && seen.body == text.as_bytes()
}

#[tokio::test]
async fn malformed_requests_and_invalid_keys_that_are_not_refused_fail_the_gate() {
    let envelopes: &[_] = &["mcp.envelopes"];
    let keys: &[_] = &["mcp.invalid-keys"];
    let authorization = |is_affected: fn(&str) -> bool| {
        move |seen: &ReceivedRequest| {
            seen.headers.get("authorization").is_some() && is_affected(seen.header("authorization"))
        }
    };
    let other = Reply::json(401, &json!({ "error": "This key was revoked." }));
    let initialize = |seen: &ReceivedRequest| {
        is_keyless(seen) && seen.body.windows(10).any(|part| part == b"initialize")
    };
    examine_each(
        Gate::Preflight,
        vec![
            switch(
                "a malformed request breaks",
                envelopes,
                MCP,
                has_body("{"),
                Reply::json(500, &json!({})),
            ),
            switch("an empty request is answered", envelopes, MCP, has_body(""), ok()),
            switch(
                "a batch is a page",
                envelopes,
                MCP,
                has_body("[]"),
                Reply::new(400).body("text/html", b"<h1>400</h1>"),
            ),
            switch(
                "a gateway breaks",
                envelopes,
                MCP,
                has_body("null"),
                Reply::new(502).body("text/html", b"502"),
            ),
            switch("no key is needed", &["mcp.no-key"], MCP, initialize, ok()),
            Switch::new("no challenge", &["mcp.no-key"], MCP, |origin| {
                origin.on("POST", "/api/mcp", |reply| reply.remove("www-authenticate"));
            }),
            switch(
                "any key is valid",
                keys,
                MCP,
                authorization(|it| {
                    it.starts_with("Bearer vibn_sk_") && it.len() < 100 && !it[7..].contains(' ')
                }),
                ok(),
            ),
            switch(
                "a key without its scheme is valid",
                keys,
                MCP,
                authorization(|it| it.starts_with("vibn")),
                ok(),
            ),
            switch(
                "an answer tells which keys exist",
                keys,
                MCP,
                authorization(|it| it.starts_with("Basic")),
                other,
            ),
            switch(
                "a long key breaks",
                keys,
                MCP,
                authorization(|it| it.len() > 5000),
                Reply::json(500, &json!({})),
            ),
            switch(
                "the name of a variable is valid",
                &["mcp.unexpanded-keys"],
                MCP,
                authorization(|it| it.contains('$')),
                ok(),
            ),
            switch(
                "a key in an address is valid",
                &["mcp.query-keys"],
                MCP,
                |seen| seen.query.contains("token=vibn"),
                ok(),
            ),
        ],
    )
    .await;
}
