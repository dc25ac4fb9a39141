//! The variables of an app's container, as the simulated Docker Engine has them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::time::sleep;

use super::curl;

/// The timeout of a deployment; it is simulated.
const DEPLOYED: Duration = Duration::from_mins(1);

const PAUSE: Duration = Duration::from_millis(200);

/// Waits until a container of this app runs in which a variable has this value, and returns its variables.
pub(super) async fn wait_for_value(
    socket: &str,
    app: &str,
    (name, value): (&str, &str),
) -> Result<BTreeMap<String, String>> {
    let until = Instant::now() + DEPLOYED;
    loop {
        if let Some(found) = running(socket, app).await?
            && found.get(name).is_some_and(|it| it == value)
        {
            return Ok(found);
        }
        if Instant::now() >= until {
            bail!("no container of the app has {name}={value}");
        }
        sleep(PAUSE).await;
    }
}

/// Returns the variables of the app's container, if it has one.
async fn running(socket: &str, app: &str) -> Result<Option<BTreeMap<String, String>>> {
    let listed = ask(socket, "/containers/json").await?;
    let mut listed = listed.as_array().into_iter().flatten();
    let Some(one) = listed.find(|one| one["Names"].to_string().contains(app)) else {
        return Ok(None);
    };
    let id = one["Id"].as_str().context("a container without an id")?;
    let told = ask(socket, &format!("/containers/{id}/json")).await?;
    let lines = told["Config"]["Env"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let pairs = lines.filter_map(|line| line.split_once('='));
    Ok(Some(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
}

async fn ask(socket: &str, path: &str) -> Result<Value> {
    let url = format!("http://docker/v1.44{path}");
    let answer = curl::send(&[("unix-socket", socket), ("url", &url)]).await?;
    serde_json::from_str(&answer.body).with_context(|| format!("docker: {}", answer.status))
}
