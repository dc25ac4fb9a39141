//! Views of what agents work on.

use covibe_console::pages::agent_sessions::{self, SessionRow, WorktreeRow};
use covibe_console::pages::audit;
use covibe_console::pages::audit_entries_table::Entries;
use covibe_console::pages::gitea_repositories::Repositories;
use covibe_console::pages::overview::{Count, Overview};
use covibe_console::pages::resources::app::{Deployments, Details};
use covibe_console::pages::resources::auth_provider;
use covibe_console::pages::resources::deployment::Log;
use covibe_console::pages::resources::{AuthProviders, Databases, Live};
use covibe_console::{Loaded, Problem};
use serde_json::{Value, json};

use super::{SLUG, people, view};

const AT: &str = "2026-11-20T08:00:00Z";

fn workspace(state: &str, steps: &Value) -> Value {
    json!({ "slug": SLUG, "name": "Storefront", "giteaOrg": "vibn-storefront", "giteaBotUsername": "storefront-bot",
            "coolifyEnvironmentName": "production", "domainNamespace": "*.storefront.vibnai.com",
            "provisionStatus": state, "steps": steps, "access": "full" })
}

pub(super) fn overview() -> Overview {
    Overview {
        workspace: Ok(view(workspace("ready", &json!([])))),
        apps: Ok(Count { all: 4, running: 3 }),
        databases: Ok(Count { all: 1, running: 1 }),
        repositories: Ok((50, true)),
        keys: Ok(2),
        agents: people::agents(),
        calls: Ok(entries(5).entries),
    }
}

pub(super) fn new_workspace() -> Overview {
    let steps = json!([{ "name": "organisation", "state": "done", "at": AT },
                       { "name": "project", "state": "failed", "at": AT, "error": "Coolify did not answer in time.", "hint": "Provision again." }]);
    Overview {
        workspace: Ok(view(workspace("partial", &steps))),
        apps: Ok(Count::default()),
        databases: Err(Problem::new("Coolify did not answer in time.")),
        repositories: Ok((0, false)),
        keys: Ok(0),
        agents: people::agents(),
        calls: Ok(Vec::new()),
    }
}

pub(super) fn set_up_now() -> Overview {
    let steps = json!([{ "name": "organisation", "state": "started", "at": AT }]);
    let mut workspace = workspace("pending", &steps);
    workspace["isBeingProvisioned"] = json!(true);
    Overview { workspace: Ok(view(workspace)), ..new_workspace() }
}

pub(super) fn repositories(count: usize) -> Repositories {
    let repo = |n| {
        json!({ "repo": format!("repository-{n}"), "description": "Pages of the shop", "branch": "main", "empty": n == 1,
                           "archived": n == 2, "template": false, "updatedAt": AT, "webUrl": format!("https://git.example/vibn-storefront/repository-{n}") })
    };
    let repos: Vec<_> = (0..count).map(repo).collect();
    view(json!({ "repos": repos, "next": (count > 100).then_some("2-200") }))
}

fn an_app(name: &str, status: &str) -> Value {
    json!({ "uuid": "q8k4wgcsos0ow8ckgcsosw4k", "name": name, "kind": "application", "status": status, "health": "unhealthy",
            "buildPack": "nixpacks", "repo": "shop", "branch": "main", "ports": "3000", "domains": ["shop.storefront.vibnai.com", "www.shop.example"],
            "url": "https://shop.storefront.vibnai.com", "updatedAt": AT, "statusAsOf": AT, "restarts": 2, "autoDeploy": true, "behind": true })
}

pub(super) fn live() -> Live {
    let long = "a-name-that-goes-on-and-on-without-any-end-so-that-it-must-be-broken-somewhere";
    Live {
        apps: Ok(view(json!({ "apps": [an_app("shop", "running"), an_app(long, "exited")] }))),
        databases: Ok(view(
            json!({ "databases": [{ "uuid": "vgsco4occ8ksgsc4s8ck4kco", "name": "orders", "type": "postgresql", "status": "starting",
                                                   "isPublic": true, "publicPort": 5432, "image": "postgres:17-alpine" }] }),
        )),
        auth: Ok(view(
            json!({ "providers": [{ "uuid": "vgsco4occ8ksgsc4s8ck4kcp", "name": "login", "provider": "pocketbase", "status": "running",
                                              "domains": ["login.storefront.vibnai.com"] }] }),
        )),
        domains: Ok(view(
            json!({ "domains": [{ "domain": "xn--bcher-kva.example", "unicode": "bücher.example", "status": "registered", "period": 1,
                                               "dnsProvider": "cloud_dns", "expiresAt": AT }] }),
        )),
        storage: Ok(view(
            json!({ "status": "ready", "provider": "gcs", "bucket": "vibn-ws-storefront-k3v9q2xa", "endpoint": "https://storage.googleapis.com",
                                 "usage": { "objects": 1280, "bytes": 48_200_000, "isComplete": false }, "apps": [] }),
        )),
    }
}

pub(super) fn live_empty() -> Live {
    Live {
        apps: Ok(view(json!({ "apps": [] }))),
        databases: Ok(Databases::default()),
        auth: Ok(AuthProviders::default()),
        domains: Ok(view(json!({ "domains": [] }))),
        storage: Ok(view(json!({ "status": "none", "apps": [] }))),
    }
}

pub(super) fn live_down() -> Live {
    fn down<T>() -> Loaded<T> {
        Err(Problem::new("Coolify did not answer in time.")
            .hint("Try again in a minute.")
            .of_request("req_7k2m9x4q"))
    }
    Live { apps: down(), databases: down(), auth: down(), domains: down(), storage: down() }
}

pub(super) fn app() -> Details {
    view(an_app("shop", "running"))
}

pub(super) fn compose_app() -> Details {
    let mut app = an_app("stack", "running");
    app["kind"] = json!("service");
    app["services"] = json!([
        { "name": "web", "image": "nginx:1.27", "status": "running", "health": "healthy", "domains": ["stack.storefront.vibnai.com"] },
        { "name": "worker", "status": "exited", "exitCode": 1, "domains": [] },
    ]);
    view(app)
}

pub(super) fn provider() -> auth_provider::Details {
    view(
        json!({ "uuid": "vgsco4occ8ksgsc4s8ck4kcp", "name": "login", "provider": "logto", "status": "exited",
                 "domains": ["login.storefront.vibnai.com", "login-admin.storefront.vibnai.com"],
                 "adminUrl": "https://login-admin.storefront.vibnai.com",
                 "openAt": "https://co-vibe.example/console/live/auth/vgsco4occ8ksgsc4s8ck4kcp",
                 "deployment": { "uuid": "dgsco4occ8ksgsc4s8ck4kco", "status": "queued", "position": 1, "ahead": 2 } }),
    )
}

pub(super) fn opened() -> auth_provider::Opened {
    view(json!({ "setUpUrl": "https://login-admin.storefront.vibnai.com" }))
}

pub(super) fn deployments() -> Deployments {
    view(json!({ "deployments": [
        { "uuid": "dgsco4occ8ksgsc4s8ck4kco", "status": "in_progress", "commit": "4f2c1d9a7be04f2c1d9a7be0", "message": "Greet in colour", "createdAt": AT },
        { "uuid": "dgsco4occ8ksgsc4s8ck4kcp", "status": "failed", "createdAt": AT, "finishedAt": AT },
    ] }))
}

pub(super) fn log(status: &str, lines: &str) -> Log {
    view(
        json!({ "uuid": "dgsco4occ8ksgsc4s8ck4kco", "status": status, "logs": lines, "totalLines": 3, "omittedLines": 10, "omittedBytes": 0 }),
    )
}

pub(super) fn entries(count: usize) -> Entries {
    let entry = |n: usize| {
        json!({ "at": AT, "actor": { "kind": "key", "id": "key_aaaa", "name": "laptop", "agentType": "claude-code" },
                "tool": if n.is_multiple_of(3) { "apps.deploy" } else { "deployments.logs" }, "surface": "mcp",
                "outcome": if n % 7 == 6 { "forbidden" } else { "ok" }, "resource": "q8k4wgcsos0ow8ckgcsosw4k",
                "durationMs": 120 + n, "requestId": format!("req_7k2m9x4q8w3n6v5t{n:04}"), "repeats": (n == 4).then_some(12) })
    };
    let entries: Vec<_> = (0..count).map(entry).collect();
    view(json!({ "entries": entries, "next": (count > 20).then_some("aud_zzzz") }))
}

pub(super) fn audit(is_intact: bool) -> audit::Audit {
    let check = if is_intact {
        json!({ "intact": true, "entries": 18_233 })
    } else {
        json!({ "intact": false, "entries": 901, "earlier": 17332, "finding": "Entry 902: its digest differs." })
    };
    audit::Audit { entries: Ok(entries(30)), chain: Some(Ok(view(check))), is_first: false }
}

/// The activity of two machines that change the same file of a repository with this name.
pub(crate) fn worked_in(name: &str) -> agent_sessions::Repositories {
    let key = |digit: &str| digit.repeat(32);
    let repo = json!({ "key": key("a"), "name": name, "remote": format!("git.example/{name}") });
    let session = |counters: &Value| {
        json!({ "key": key("b"), "agent": "claude-code", "worktree": key("c"), "model": "opus",
                "startedAt": AT, "lastEventAt": AT, "counters": counters })
    };
    let snapshot = json!({ "worktree": { "key": key("c"), "isLinked": true },
        "head": { "branch": "main", "commit": "0".repeat(40) },
        "upstream": { "name": "origin/main", "ahead": 2, "behind": 1 },
        "dirty": { "staged": 1, "unstaged": 2, "untracked": 3, "conflicted": 1, "paths": [key("d")] },
        "inProgress": "rebase", "seq": 7 });
    let sessions = [
        json!({ "turns": 3, "tools": { "edit": 4, "shell": 1, "mcp": 0, "other": 2 },
                            "tokens": { "input": 100, "output": 50, "cacheRead": 900, "cacheWrite": 10 } }),
        json!({ "turns": 1, "tools": {} }),
    ];
    let row = |counters| SessionRow {
        machine: "mias-laptop".to_owned(),
        repo: view(repo.clone()),
        session: view(session(counters)),
    };
    let worktree = WorktreeRow {
        machine: "mias-laptop".to_owned(),
        repo: view(repo.clone()),
        snapshot: view(snapshot),
        at: covibe_domain::Timestamp::parse(AT).expect("a time"),
    };
    let overlap = json!({ "repo": key("a"), "worktree": key("c"), "machine": "jos-laptop", "branch": name, "files": 1 });
    agent_sessions::Repositories {
        sessions: sessions.iter().map(row).collect(),
        worktrees: vec![worktree],
        overlaps: vec![view(overlap)],
    }
}
