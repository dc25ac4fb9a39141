//! The server's own words, and its tools.

use covibe_readiness_checks::Gate;
use serde_json::{Value, json};

use crate::fault_switch::{Switch, examine_each};
use crate::stand_in_origin::{Origin, Reply};

const HEALTH: &str = "GET /api/health";
const MCP: &str = "GET /api/mcp";

/// A switch of the answer of the health check.
fn health(
    name: &'static str,
    fails: &'static [&'static str],
    change: impl Fn(&mut Value) + Send + Sync + 'static,
) -> Switch {
    Switch::new(name, fails, HEALTH, |origin: &mut Origin| {
        origin.on("GET", "/api/health", move |reply| reply.change(&change));
    })
}

/// A switch of the list of tools.
fn tools(
    name: &'static str,
    fails: &'static [&'static str],
    change: impl Fn(&mut Vec<Value>) + Send + Sync + 'static,
) -> Switch {
    Switch::new(name, fails, MCP, |origin: &mut Origin| {
        origin.on("GET", "/api/mcp", move |reply| {
            if reply.status == 200 {
                reply.change(|body| change(body["tools"].as_array_mut().expect("it is there")));
            }
        });
    })
}

fn answer(
    name: &'static str,
    fails: &'static [&'static str],
    (path, at): (&'static str, &'static str),
    change: impl Fn(&mut Reply) + Send + Sync + 'static,
) -> Switch {
    Switch::new(name, fails, at, |origin: &mut Origin| origin.on("GET", path, change))
}

#[tokio::test]
async fn a_wrong_health_answer_fails_the_preflight() {
    examine_each(
        Gate::Preflight,
        vec![
            answer("degraded", &["health.answer"], ("/api/health", HEALTH), |reply| {
                reply.status = 503;
                reply.change(|body| body["status"] = json!("degraded"));
            }),
            health("too long", &["health.answer"], |body| {
                body["upstreams"] = json!("a".repeat(70_000));
            }),
            health("local sign-in", &["health.auth-mode"], |body| {
                body["auth_mode"] = json!("local");
            }),
            health("blocked sign-in", &["health.auth-mode"], |body| {
                body["auth_mode"] = json!("blocked");
                body["missing"] = json!(["WORKOS_API_KEY"]);
            }),
            health("an embedded database", &["health.database"], |body| {
                body["database"]["backend"] = json!("sqlite");
            }),
            health("an old schema", &["health.database"], |body| {
                body["database"]["schema"] = json!("stale");
            }),
            health("tenants that are not isolated", &["health.database"], |body| {
                body["database"]["isolation"] = json!("bypassed");
            }),
            health("another release", &["health.version", "package.version"], |body| {
                body["version"] = json!("1.0.0");
            }),
            health("the name of the machine", &["health.discreet"], |body| {
                body["hostname"] = json!("vm-1");
            }),
            answer("a cached answer", &["health.discreet"], ("/api/health", HEALTH), |reply| {
                reply.set("cache-control", "public, max-age=60");
            }),
            answer(
                "a page instead",
                &[
                    "health.answer",
                    "health.auth-mode",
                    "health.database",
                    "health.version",
                    "package.version",
                    "surface.count",
                    "surface.digest",
                ],
                ("/api/health", HEALTH),
                |reply| *reply = Reply::new(200).body("text/html", b"<p>Welcome to nginx!"),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_tool_surface_of_another_release_fails_the_preflight() {
    let all: &[_] = &["surface.described", "surface.count", "surface.names"];
    examine_each(
        Gate::Preflight,
        vec![
            tools("a tool is missing", &["surface.names", "surface.count"], |tools| {
                tools.remove(3);
            }),
            tools("a tool too many", &["surface.names", "surface.count"], |tools| {
                tools.push(json!({ "name": "apps.steal" }));
            }),
            tools("a tool with another name", &["surface.names"], |tools| {
                tools[0]["name"] = json!("apps.stop");
            }),
            tools("another order", &["surface.names"], |tools| tools.swap(0, 1)),
            tools("a tool twice", &["surface.names"], |tools| tools[0] = tools[1].clone()),
            tools("a tool without a name", all, |tools| tools[0] = json!({})),
            answer("no description", all, ("/api/mcp", MCP), |reply| {
                *reply = Reply::json(404, &json!({ "error": "Nothing." }));
            }),
            answer("a page instead", all, ("/api/mcp", MCP), |reply| {
                reply.set("content-type", "text/html");
            }),
            health("another number in health", &["surface.count"], |body| {
                body["tools"]["count"] = json!(1);
            }),
            health("other schemas", &["surface.digest"], |body| {
                body["tools"]["digest"] = json!("0".repeat(16));
            }),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_answer_with_a_secret_or_a_tracking_cookie_fails_the_preflight() {
    let random = "aB3dE6gH9kL2nP5rS8tU";
    let leak = |name, text: String| {
        Switch::new(name, &["leaks.bytes"], MCP, move |origin: &mut Origin| {
            origin.on("GET", "/api/mcp", move |reply| reply.change(|body| body["x"] = json!(text)));
        })
    };
    examine_each(
        Gate::Preflight,
        vec![
            leak("a key of ours", format!("vibn_sk_{random}{random}")),
            leak("a token of GitHub", format!("ghp_{}", &format!("{random}{random}")[..36])),
            leak("an address of a database", "postgres://covibe:hunter2@db/covibe".to_owned()),
            leak("a private address", "upstream 10.1.2.3".to_owned()),
            leak("the place of a panic", "panicked at src/main.rs:12".to_owned()),
            Switch::new(
                "a secret in a header",
                &["leaks.bytes"],
                "GET /auth/sign-in",
                move |origin| {
                    let jwt = format!("eyJ{random}.eyJ{random}.{random}");
                    origin.on("GET", "/auth/sign-in", move |reply| reply.set("x-session", &jwt));
                },
            ),
            Switch::new("the key of a request", &["leaks.echoes"], "POST /api/mcp", |origin| {
                origin.rule(|seen, reply| {
                    let key = seen.header("authorization").to_owned();
                    if seen.header("authorization").starts_with("Bearer vibn") {
                        reply.set("x-received", &key);
                    }
                });
            }),
            Switch::new("a cookie of a counter", &["leaks.cookies"], HEALTH, |origin| {
                origin.on("GET", "/api/health", |reply| {
                    reply.set("set-cookie", "_visitor=1; Path=/; HttpOnly; SameSite=Lax; Secure");
                });
            }),
        ],
    )
    .await;
}

#[tokio::test]
async fn security_headers_lost_by_a_proxy_fail_the_canary() {
    let lost = |name, fails, path: &'static str, at, header: &'static str| {
        Switch::new(name, fails, at, move |origin: &mut Origin| {
            origin.on("GET", path, move |reply| reply.remove(header));
        })
    };
    examine_each(
        Gate::Canary,
        vec![
            lost(
                "content types are guessed",
                &["headers.nosniff"],
                "/",
                "GET /",
                "x-content-type-options",
            ),
            lost("no HSTS", &["headers.hsts"], "/api/health", HEALTH, "strict-transport-security"),
            lost("no policy", &["headers.policy"], "/", "GET /", "content-security-policy"),
            Switch::new("a day of HSTS", &["headers.hsts"], HEALTH, |origin| {
                origin.on("GET", "/api/health", |reply| {
                    reply.set("strict-transport-security", "max-age=86400");
                });
            }),
            Switch::new(
                "a forged host in the sign-in",
                &["headers.forged-host"],
                "/auth/sign-in",
                |origin| {
                    origin.rule(|seen, reply| {
                        if seen.path == "/auth/sign-in"
                            && seen.header("x-forwarded-host") == "evil.example"
                        {
                            reply.set("location", "https://evil.example/auth");
                        }
                    });
                },
            ),
            Switch::new("other hosts are answered", &["headers.other-hosts"], MCP, |origin| {
                origin.rule(|seen, reply| {
                    if seen.header("host") == "evil.example" && seen.path == "/api/mcp" {
                        *reply = Reply::json(200, &json!({ "tools": [] }));
                    }
                });
            }),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_software_version_in_a_header_is_a_warning() {
    let mut origin = Origin::sound();
    origin.on("GET", "/api/health", |reply| reply.set("server", "nginx/1.25.3"));
    let report = origin.examine(Gate::Canary).await;
    assert_eq!((report.exit_code(false), report.exit_code(true)), (0, 4));
}
