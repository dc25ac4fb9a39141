//! A deployment's log: a JSON text of an array that grows, with hidden lines that hold secrets.

use std::time::Instant;

use serde_json::{Value, json};
use url::Url;

use super::deployments::Deployment;

/// A line: when it is written (in thousandths of the work), whether it is hidden, its text.
struct Line(u128, bool, String);

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
    let seen = |at, text: String| Line(at, false, text);
    let mut lines = vec![
        seen(0, format!("Starting deployment of {} to localhost.", one.app_name)),
        Line(50, true, format!("docker run -d --network coolify --name {uuid} coolify-helper")),
        seen(100, format!("Importing {}:{branch} to /artifacts/{uuid}.", shown(source))),
        Line(200, true, format!("git clone -b '{branch}' '{source}' /artifacts/{uuid}")),
    ];
    match &one.failure {
        Some(reason) => lines.extend([
            seen(600, shown_reason(reason, source)),
            seen(
                900,
                "Deployment failed. Removing the new version of your application.".to_owned(),
            ),
        ]),
        None => lines.extend([
            seen(400, format!("Building docker image for commit {}.", one.commit)),
            seen(700, "Building docker image completed.".to_owned()),
            seen(800, "Rolling update started.".to_owned()),
            seen(950, "New container is healthy. Rolling update completed.".to_owned()),
        ]),
    }
    lines
}

fn shown_reason(reason: &str, source: &str) -> String {
    reason.replace(source, &shown(source))
}

/// The log as it is by now; null while the deployment is queued.
pub(super) fn of(one: &Deployment, now: Instant) -> Value {
    let Some(progress) = one.progress(now) else { return Value::Null };
    let written = lines(one).into_iter().filter(|line| line.0 <= progress).enumerate();
    let entries: Vec<_> = written
        .map(|(order, Line(at, hidden, text))| {
            let is_error = text.starts_with("fatal:") || text.starts_with("invalid reference");
            json!({
                "command": hidden.then(|| text.clone()),
                "output": if hidden { String::new() } else { text },
                "type": if is_error { "stderr" } else { "stdout" },
                "timestamp": one.clock_of(at), "hidden": hidden, "batch": 1, "order": order + 1,
            })
        })
        .collect();
    Value::String(Value::Array(entries).to_string())
}
