//! The apps' side: their names lead to the Coolify servers, whose proxies have certificates for them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::canary_key;
use super::dns_and_tls::{is_public_address, judge_days};
use crate::check::{Finding, Verdict};
use crate::check_inputs::Probe;

/// The reason why nothing is known of apps.
const NO_KEY: &str =
    "set COVIBE_CANARY_TOKEN to a key of a workspace, or run this on the configured server";

/// Any name below the domain of workspaces leads to where apps are reached.
pub(crate) async fn wildcard(probe: &Probe) -> Verdict {
    let label = format!("covibe-readiness-{}", &probe.random[..8].to_ascii_lowercase());
    let Some(domain) = domain(probe).await? else {
        return Err(Finding::skip("DNS of apps", NO_KEY));
    };
    let host = format!("{label}.{domain}");
    let endpoint = format!("DNS {host}");
    let found = probe.client.resolve(&host).await?;
    let got = list_addresses(&found);
    let expected = ingress(probe);
    let is_right = |address: &IpAddr| {
        if expected.is_empty() { is_public_address(*address) } else { expected.contains(address) }
    };
    if found.iter().all(is_right) {
        return Ok(got);
    }
    let expected = if expected.is_empty() {
        "public addresses".to_owned()
    } else {
        format!("{}, which are COVIBE_INGRESS_ADDRESSES", list_addresses(&expected))
    };
    Err(Finding::fail(&endpoint, expected, got))
}

/// The certificate of a workspace's app is valid.
pub(crate) async fn certificate(probe: &Probe) -> Verdict {
    let listed = canary_key::result(probe, r#"{"tool":"apps.list","params":{}}"#).await?;
    let mut apps = listed["apps"].as_array().into_iter().flatten();
    let host = apps.find_map(|app| app["url"].as_str()?.strip_prefix("https://"));
    let Some(host) = host.and_then(|rest| rest.split(['/', ':']).next()) else {
        return Err(Finding::skip("TLS of apps", "the canary's workspace has no app with https"));
    };
    let handshake = probe.client.handshake_with(host).await?;
    judge_days(&format!("TLS {host}"), &handshake)
}

/// Returns the domain below which names of apps are: of the canary's workspace, or of a workspace that is not there.
async fn domain(probe: &Probe) -> Result<Option<String>, Finding> {
    if probe.key.is_some() {
        let described =
            canary_key::result(probe, r#"{"tool":"workspace.describe","params":{}}"#).await?;
        let namespace = described["domainNamespace"].as_str();
        return Ok(namespace.and_then(|it| it.strip_prefix("*.")).map(str::to_owned));
    }
    let configured = probe.configuration.as_ref().and_then(|it| it.get("COVIBE_WORKSPACE_DOMAIN"));
    Ok(configured.map(|base| format!("covibe-readiness.{}", base.expose())))
}

/// Returns the addresses of the configuration at which apps are reached.
fn ingress(probe: &Probe) -> BTreeSet<IpAddr> {
    let configured = probe.configuration.as_ref().and_then(|it| it.get("COVIBE_INGRESS_ADDRESSES"));
    let list = configured.map(|list| list.expose().to_owned()).unwrap_or_default();
    list.split(',').filter_map(|address| address.trim().parse().ok()).collect()
}

fn list_addresses<'a>(addresses: impl IntoIterator<Item = &'a IpAddr>) -> String {
    addresses.into_iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ")
}
