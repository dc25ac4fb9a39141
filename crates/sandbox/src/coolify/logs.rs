//! A deployment's log: a JSON text of an array that grows, with hidden lines that hold secrets.

use std::time::Instant;

use serde_json::{Value, json};
use url::Url;

use super::deployments::Deployment;
use super::outcomes::Outcome;

/// A line: when it is written (in thousandths of the work), what it is, its text.
struct Line(u128, Kind, String);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Output,
    Error,
    /// A command, with what secrets it holds.
    Hidden,
}

/// The last line of a deployment that fails.
const FAILED: &str = "Deployment failed. Removing the new version of your application.";

/// The repository as the visible lines name it.
fn shown(source: &str) -> String {
    match Url::parse(source) {
        Ok(mut url) => {
            // Refused only by URLs that can have no userinfo, which then need none removed.
            let _ = url.set_password(None).and(url.set_username(""));
            url.to_string()
        }
        Err(_) => source.to_owned(),
    }
}

fn lines(one: &Deployment) -> Vec<Line> {
    let (uuid, branch, source) = (&one.uuid, &one.branch, &one.source);
    let seen = |at, text: String| Line(at, kind(&text), text);
    let mut lines = vec![
        seen(0, format!("Starting deployment of {} to localhost.", one.app_name)),
        Line(
            50,
            Kind::Hidden,
            format!("docker run -d --network coolify --name {uuid} coolify-helper"),
        ),
        seen(100, format!("Importing {}:{branch} to /artifacts/{uuid}.", shown(source))),
        Line(200, Kind::Hidden, format!("git clone -b '{branch}' '{source}' /artifacts/{uuid}")),
    ];
    match (&one.failure, &one.outcome) {
        (Some(reason), _) => {
            let reason = shown_reason(reason, source);
            lines.extend(reason.lines().map(|line| seen(600, line.to_owned())));
            lines.push(seen(900, FAILED.to_owned()));
        }
        // Git has not come back yet.
        _ if one.probe.is_some() => {}
        (None, Outcome::Fails { log }) => {
            lines.push(seen(400, format!("Building docker image for commit {}.", one.commit)));
            lines.extend(log.iter().map(|line| Line(700, Kind::Error, line.clone())));
            lines.push(seen(900, FAILED.to_owned()));
        }
        (None, Outcome::Finishes(_)) => lines.extend([
            seen(400, format!("Building docker image for commit {}.", one.commit)),
            seen(700, "Building docker image completed.".to_owned()),
            seen(800, "Rolling update started.".to_owned()),
            seen(950, "New container is healthy. Rolling update completed.".to_owned()),
        ]),
    }
    lines
}

/// How lines begin that git and docker write to their standard error.
const ERRORS: [&str; 5] = ["error:", "fatal:", "remote:", "warning:", "invalid reference"];

fn kind(text: &str) -> Kind {
    let is_error = ERRORS.iter().any(|begin| text.starts_with(begin));
    if is_error { Kind::Error } else { Kind::Output }
}

fn shown_reason(reason: &str, source: &str) -> String {
    reason.replace(source, &shown(source))
}

/// The log as it is by now; null while the deployment is queued.
pub(super) fn of(one: &Deployment, now: Instant) -> Value {
    let Some(progress) = one.progress(now) else { return Value::Null };
    let written = lines(one).into_iter().filter(|line| line.0 <= progress).enumerate();
    let entries: Vec<_> = written
        .map(|(order, Line(at, kind, text))| {
            let hidden = kind == Kind::Hidden;
            json!({
                "command": hidden.then(|| text.clone()),
                "output": if hidden { String::new() } else { text },
                "type": if kind == Kind::Error { "stderr" } else { "stdout" },
                "timestamp": one.clock_of(at), "hidden": hidden, "batch": 1, "order": order + 1,
            })
        })
        .collect();
    Value::String(Value::Array(entries).to_string())
}
