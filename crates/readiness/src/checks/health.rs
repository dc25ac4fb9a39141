//! The server's own words: health, tools, and how people sign in.

use serde_json::Value;

use crate::check::{Finding, Verdict};
use crate::check_inputs::Probe;
use crate::client::HttpAnswer;

/// The largest answer of the health check, in bytes.
const MOST_HEALTH: usize = 64 * 1024;

/// The members of the health check. Others could reveal the machine.
const MEMBERS: [&str; 9] = [
    "status",
    "version",
    "auth_mode",
    "database",
    "audit",
    "disk",
    "upstreams",
    "tools",
    "missing",
];

/// The health check answers 200 and says that all is well.
pub(crate) async fn answers(probe: &Probe) -> Verdict {
    let answer = probe.health().await?;
    let json = answer.json().unwrap_or_default();
    let is_ok = answer.status == 200 && json["status"] == "ok" && answer.body.len() <= MOST_HEALTH;
    if is_ok {
        Ok("ok".to_owned())
    } else {
        Err(Finding::answer(&answer, "200 with the status ok"))
    }
}

/// People sign in with WorkOS.
pub(crate) async fn auth_mode(probe: &Probe) -> Verdict {
    let (answer, mode) = probe.health_member("/auth_mode").await?;
    let fix = match mode.as_str() {
        Some("workos") => return Ok("workos".to_owned()),
        Some("blocked") => {
            let missing = answer.json().and_then(|json| json.get("missing").cloned());
            format!("Set the variables that are missing: {}.", missing.unwrap_or_default())
        }
        _ => "Set COVIBE_AUTH_MODE=workos and the WorkOS variables, and restart.".to_owned(),
    };
    Err(Finding::fail(&answer.endpoint, "auth_mode workos", mode).fix(fix))
}

/// The database is PostgreSQL, its schema is current, and tenants are isolated in it.
pub(crate) async fn database(probe: &Probe) -> Verdict {
    let (answer, database) = probe.health_member("/database").await?;
    for (member, expected) in
        [("backend", "postgres"), ("schema", "current"), ("isolation", "enforced")]
    {
        if database[member] != expected {
            let expected = format!("database.{member} {expected}");
            return Err(
                Finding::fail(&answer.endpoint, expected, &database[member]).fix(fix_of(member))
            );
        }
    }
    Ok("postgres, current, isolated".to_owned())
}

fn fix_of(member: &str) -> &'static str {
    match member {
        "backend" => {
            "Set COVIBE_DATABASE_BACKEND=postgres, and move the data with `covibe-server \
             move-to-postgres`."
        }
        "schema" => "Run `covibe-server migrate`.",
        _ => {
            "Give DATABASE_URL a role that is neither a superuser nor the owner and does not have \
             BYPASSRLS; `covibe-server check` reports the problem."
        }
    }
}

/// The server is of the release that this program is of.
pub(crate) async fn version(probe: &Probe) -> Verdict {
    let (answer, version) = probe.health_member("/version").await?;
    let expected = probe.surface.version.as_str();
    if version == expected {
        return Ok(expected.to_owned());
    }
    Err(Finding::fail(&answer.endpoint, format!("version {expected}"), version)
        .fix("Use the gates of the release that is served, or update the server."))
}

/// The health check reveals nothing of the machine, and is not cached.
pub(crate) async fn discreet(probe: &Probe) -> Verdict {
    let answer = probe.health().await?;
    let json = answer.json().unwrap_or_default();
    let names = json.as_object().into_iter().flat_map(|members| members.keys());
    if let Some(name) = names.into_iter().find(|name| !MEMBERS.contains(&name.as_str())) {
        return Err(Finding::fail(&answer.endpoint, "only the known members", name));
    }
    if answer.header("cache-control").is_none_or(|value| !value.contains("no-store")) {
        let got = answer.header("cache-control").unwrap_or("none");
        return Err(Finding::fail(&answer.endpoint, "cache-control: no-store", got));
    }
    Ok("nothing of the machine".to_owned())
}

/// The tools are described in JSON.
pub(crate) async fn tool_description(probe: &Probe) -> Verdict {
    let answer = probe.descriptor().await?;
    let names = tools(&answer);
    match names {
        Some(_) if answer.status == 200 => Ok("described".to_owned()),
        _ => Err(Finding::answer(&answer, "200 with the tools as JSON")),
    }
}

/// There are as many tools as in the release, including by the health check.
pub(crate) async fn count(probe: &Probe) -> Verdict {
    let expected = probe.surface.tools.len();
    let answer = probe.descriptor().await?;
    let described = tools(&answer).unwrap_or_default().len();
    if described != expected {
        return Err(another_release(&answer, expected, described));
    }
    let (health, counted) = probe.health_member("/tools/count").await?;
    if counted != expected {
        return Err(another_release(&health, expected, counted));
    }
    Ok(expected.to_string())
}

/// The tools have the names of the release, in their order.
pub(crate) async fn names(probe: &Probe) -> Verdict {
    let answer = probe.descriptor().await?;
    let (expected, got) = (&probe.surface.tools, tools(&answer).unwrap_or_default());
    if *expected == got {
        return Ok("the exact set".to_owned());
    }
    let lacking = |of: &[String], in_: &[String]| -> Vec<String> {
        of.iter().filter(|name| !in_.contains(name)).cloned().collect()
    };
    let (gone, extra) = (lacking(expected, &got), lacking(&got, expected));
    let text = match (gone.is_empty(), extra.is_empty()) {
        (true, true) => "the same in another order".to_owned(),
        _ => format!("missing: {}; extra: {}", list_names(&gone), list_names(&extra)),
    };
    Err(another_release(&answer, "the tools of this release", text))
}

/// The tools have the schemas and descriptions of the release.
pub(crate) async fn digest(probe: &Probe) -> Verdict {
    let (answer, digest) = probe.health_member("/tools/digest").await?;
    let expected = probe.surface.digest.as_str();
    if digest == expected {
        return Ok(expected.to_owned());
    }
    Err(another_release(&answer, format!("digest {expected}"), digest))
}

fn another_release(
    answer: &HttpAnswer,
    expected: impl std::fmt::Display,
    got: impl std::fmt::Display,
) -> Finding {
    Finding::fail(&answer.endpoint, expected, got)
}

fn list_names(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Returns the names of the tools.
fn tools(answer: &HttpAnswer) -> Option<Vec<String>> {
    let json = answer.json()?;
    let tools = json.get("tools")?.as_array()?;
    let name = |tool: &Value| tool.get("name").and_then(Value::as_str).map(str::to_owned);
    tools.iter().map(name).collect()
}
