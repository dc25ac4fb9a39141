//! Everything that is closed without a key: the operations, the paths of development, and other sites' pages.

use crate::check::{Finding, Verdict};
use crate::check_inputs::Probe;
use crate::client::{HttpAnswer, Request};

use super::{FOREIGN, is_refused, judge_all, send_all};

/// Paths that exist during development or in other software, and reveal machines or let strangers in.
const LOCAL_ONLY: [&str; 22] = [
    "/.env",
    "/.env.local",
    "/.git/HEAD",
    "/.git/config",
    "/__debug__",
    "/__nextjs_original-stack-frame",
    "/_next/static/development/_devPagesManifest.json",
    "/actuator/env",
    "/api/debug",
    "/api/demo/reset",
    "/api/dev/login",
    "/api/dev/switch",
    "/api/dev/user",
    "/api/local/login",
    "/api/local/reset",
    "/api/metrics",
    "/api/sandbox",
    "/debug/pprof/",
    "/metrics",
    "/phpinfo.php",
    "/server-status",
    "/assets/console.js.map",
];

/// Every operation requires a key or a session.
pub(crate) async fn routes(probe: &Probe) -> Verdict {
    let routes = &probe.surface.routes;
    let requests = routes.iter().map(|route| {
        let path = route.example();
        match route.method() {
            "GET" | "DELETE" => Request::new(route.method(), path),
            method => Request::post(path, "{}").with_method(method),
        }
    });
    let answers = send_all(probe, requests.collect()).await;
    judge_all(answers, "401 with JSON", is_refused).map(|()| format!("{} routes", routes.len()))
}

/// Nobody gets a key without one.
pub(crate) async fn mint(probe: &Probe) -> Verdict {
    let mints = |path: &str| path.ends_with("/keys");
    let own =
        probe.surface.routes.iter().filter(|route| route.method == "POST" && mints(&route.path));
    let paths: Vec<_> = own.map(crate::expected_surface::ProtectedRoute::example).collect();
    let paths = paths.into_iter().chain(["/api/keys".to_owned(), "/api/tokens".to_owned()]);
    let body = r#"{"name":"canary","scope":"tenant","access":"full"}"#;
    let requests = paths.map(|path| Request::post(path, body)).collect();
    let is_closed = |answer: &HttpAnswer| is_refused(answer) || answer.status == 404;
    let answers = send_all(probe, requests).await;
    judge_all(answers, "401 with JSON", is_closed).map(|()| "refused".to_owned())
}

/// No header turns a request into another one.
pub(crate) async fn overrides(probe: &Probe) -> Verdict {
    let path = "/api/workspaces/canary/apps";
    let requests = vec![
        Request::post(path, "{}").header("x-http-method-override", "GET"),
        Request::get(path).header("x-original-url", "/api/health"),
        Request::get(path).header("x-rewrite-url", "/api/health"),
        Request::get(path).header("x-forwarded-for", "127.0.0.1"),
        Request::get(path).header("x-middleware-subrequest", "middleware"),
    ];
    let answers = send_all(probe, requests).await;
    judge_all(answers, "401 with JSON", is_refused).map(|()| "ignored".to_owned())
}

/// Paths of development answer as any path that is not there.
pub(crate) async fn hidden(probe: &Probe) -> Verdict {
    let random = format!("/api/{}", probe.random);
    let reference = probe.client.send(Request::get(&random)).await?;
    if reference.status != 404 || reference.json().is_none() {
        return Err(Finding::answer(&reference, "404 with JSON for a path that does not exist"));
    }
    let expected = without_path(&reference, &random);
    let requests = LOCAL_ONLY.iter().map(|path| Request::get(*path)).collect();
    let is_hidden = |answer: &HttpAnswer| {
        let path = answer.endpoint.split_once(' ').map_or("", |(_, path)| path);
        answer.status == 404 && without_path(answer, path) == expected
    };
    let answers = send_all(probe, requests).await;
    judge_all(answers, "404 as for any path that does not exist", is_hidden)
        .map(|()| format!("{} paths", LOCAL_ONLY.len()))
}

/// Pages of other sites get nothing.
pub(crate) async fn cors(probe: &Probe) -> Verdict {
    let preflight = |path: &str| {
        Request::new("OPTIONS", path)
            .header("origin", FOREIGN)
            .header("access-control-request-method", "POST")
    };
    let requests = vec![
        Request::get("/api/health").header("origin", FOREIGN),
        Request::get("/api/mcp").header("origin", FOREIGN),
        preflight("/api/mcp"),
        preflight("/api/workspaces/canary/apps"),
    ];
    let is_closed = |answer: &HttpAnswer| answer.header("access-control-allow-origin").is_none();
    let answers = send_all(probe, requests).await;
    judge_all(answers, "no access-control-allow-origin", is_closed).map(|()| "no access".to_owned())
}

/// The console leads to the sign-in.
pub(crate) async fn console(probe: &Probe) -> Verdict {
    let requests = ["/console", "/onboarding", "/setup/authorize"].map(Request::get).to_vec();
    let leads_there = |answer: &HttpAnswer| {
        let leads = answer.header("location").is_some_and(|to| to.contains("/auth/sign-in"));
        matches!(answer.status, 302 | 303 | 307) && leads
    };
    let answers = send_all(probe, requests).await;
    judge_all(answers, "a redirect to /auth/sign-in", leads_there).map(|()| "closed".to_owned())
}

/// Returns the body without the path of the request, which it may name.
fn without_path(answer: &HttpAnswer, path: &str) -> String {
    String::from_utf8_lossy(&answer.body).replace(path, "")
}
