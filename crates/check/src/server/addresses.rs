//! The checks of where the server and its customers' apps are reached.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::time::Duration;

use covibe_config::Config;
use covibe_installation::listeners::{self, is_public};
use tokio::net::lookup_host;
use tokio::time::timeout;
use url::Url;

use crate::check_outcome::{Check, failed_check, warned_check};

/// The time that a name has to be resolved.
const PATIENCE: Duration = Duration::from_secs(3);

/// Checks the addresses in the configuration. Correct ones have no line.
pub(crate) async fn checks(config: &Config) -> Vec<Check> {
    let metrics = config.metrics_bind.filter(|address| is_public(*address)).map(|address| {
        let says = format!(
            "metrics are served without a key at {address}, which may be public: set COVIBE_METRICS_BIND to a loopback or \
             private address, or keep others out with a firewall"
        );
        warned_check("metrics", says)
    });
    let mut checks: Vec<_> =
        metrics.into_iter().chain(domain(config)).chain(names(config)).collect();
    checks.extend(port(config).await);
    checks.extend(check_names(config).await);
    checks
}

/// Looks for something else at the address where the server is to listen.
async fn port(config: &Config) -> Option<Check> {
    const NAME: &str = "listening";
    let at = config.bind;
    let refused = TcpListener::bind(at).err()?;
    if refused.kind() != ErrorKind::AddrInUse {
        return Some(failed_check(
            NAME,
            format!("the server can't listen at {at} ({refused}): set COVIBE_BIND"),
        ));
    }
    let answer = listeners::read_body(listeners::reachable(at), listeners::HEALTH).await;
    let is_ours = answer.is_ok_and(|text| text.contains("\"status\""));
    let says = format!("something else listens at {at}: stop it, or set another COVIBE_BIND");
    (!is_ours).then(|| failed_check(NAME, says))
}

/// Warns of names of a public server that lead nowhere.
async fn check_names(config: &Config) -> Vec<Check> {
    let Some(origin) = &config.hosted_url else { return Vec::new() };
    let host = Url::parse(origin).ok().and_then(|url| url.host_str().map(str::to_owned));
    let app = format!("covibe-check.{}", config.base_domain);
    let mut checks = Vec::new();
    for (name, host, mend) in [
        (
            "hosted.url",
            host,
            "the name in COVIBE_HOSTED_URL does not resolve, so hooks and people can't reach the \
             server: add it to your DNS",
        ),
        (
            "workspaces.names",
            Some(app),
            "names below COVIBE_WORKSPACE_DOMAIN do not resolve, so apps can't be reached: add a \
             wildcard record (*) that points to Coolify's proxy",
        ),
    ] {
        let Some(host) = host else { continue };
        let found = timeout(PATIENCE, lookup_host((host.as_str(), 443))).await;
        let leads = found.is_ok_and(|found| found.is_ok_and(|mut all| all.next().is_some()));
        checks.extend((!leads).then(|| warned_check(name, format!("{host}: {mend}"))));
    }
    checks
}

/// Warns where the proxy may reach Gitea by a name of docker's that an app could take.
fn names(config: &Config) -> Option<Check> {
    let host = config.gitea.as_ref()?.url.domain()?;
    if !host.contains('.') || !config.reserved_names.is_empty() {
        return None;
    }
    let says = "if the proxy in front of Gitea or Coolify reaches one of them by a docker name, \
                such as gitea, an app could take that name: list it in COVIBE_RESERVED_NAMES; if \
                neither is reached by such a name, list any other name";
    Some(warned_check("reserved.names", says))
}

/// Warns of a domain of workspaces that nobody chose.
fn domain(config: &Config) -> Option<Check> {
    if !config.is_default_domain || config.coolify.is_none() {
        return None;
    }
    let domain = &config.base_domain;
    let says = format!(
        "apps get hosts below {domain}, the default: set COVIBE_WORKSPACE_DOMAIN to a domain of \
         yours, and let every name below it point to Coolify's proxy"
    );
    Some(warned_check("workspaces.domain", says))
}
