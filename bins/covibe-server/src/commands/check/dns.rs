//! The checks of DNS: the project of Cloud DNS, the server of dynamic updates, and the addresses of apps.

use covibe_dns::{Cause, UpdateServer};
use covibe_domain::Failure;

use super::report::{Check, failed_check, passed_check, warned_check};
use crate::compose;
use crate::config::{CloudDns, Dns};

/// Runs the checks of what is configured.
pub(super) async fn checks(from: &Dns, sells_domains: bool) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(cloud) = &from.cloud {
        checks.push(project(cloud).await);
    }
    if from.update.is_some() {
        checks.push(server(from).await);
    }
    let serves = from.cloud.is_some() || from.update.is_some();
    if sells_domains || serves {
        checks.push(attaching(from, serves));
    }
    checks
}

async fn project(from: &CloudDns) -> Check {
    const NAME: &str = "dns.cloud";
    let client = match compose::cloud_dns(from) {
        Ok(client) => client,
        Err(error) => return failed_check(NAME, format!("{error:#}")),
    };
    match client.quota().await {
        Ok(quota) => passed_check(
            NAME,
            format!(
                "the project {} may have {} zones with {} record sets each",
                from.project, quota.managed_zones, quota.rrsets_per_managed_zone
            ),
        ),
        Err(error) => {
            let fix = "check COVIBE_CLOUD_DNS_PROJECT and GOOGLE_APPLICATION_CREDENTIALS: the account needs \
                       the role roles/dns.admin, and the project the Cloud DNS API";
            failed_check(NAME, format!("{} {fix}", Failure::from(error).message))
        }
    }
}

/// Tries the key. Only a request for a zone shows whether the key may change it.
async fn server(from: &Dns) -> Check {
    const NAME: &str = "dns.server";
    let Some(update) = &from.update else { return passed_check(NAME, "none") };
    let at = update.server;
    let client = match UpdateServer::new(update.clone()) {
        Ok(client) => client,
        Err(error) => {
            return failed_check(
                NAME,
                format!("{error}: set COVIBE_DNS_UPDATE_KEY and COVIBE_DNS_NAMESERVERS"),
            );
        }
    };
    match client.try_key().await.map_err(|error| error.cause) {
        Ok(()) => passed_check(
            NAME,
            format!(
                "{at} answers as a DNS server; whether the key fits, it may tell only of a zone that it has"
            ),
        ),
        Err(Cause::Operator(trouble)) => failed_check(
            NAME,
            format!(
                "{at}: {}; {} (COVIBE_DNS_UPDATE_KEY_NAME and COVIBE_DNS_UPDATE_KEY are this server's)",
                trouble.what, trouble.fix
            ),
        ),
        Err(cause) => failed_check(
            NAME,
            format!(
                "{at} does not answer as a DNS server over TCP ({cause}): check COVIBE_DNS_UPDATE_SERVER"
            ),
        ),
    }
}

fn attaching(from: &Dns, serves: bool) -> Check {
    const NAME: &str = "dns.attaching";
    if !serves {
        let fix = "set COVIBE_CLOUD_DNS_PROJECT or COVIBE_DNS_UPDATE_SERVER";
        return warned_check(NAME, format!("domains can be bought and not attached: {fix}"));
    }
    let addresses: Vec<_> = from.ingress.iter().map(ToString::to_string).collect();
    if addresses.is_empty() {
        let fix = "set COVIBE_INGRESS_ADDRESSES";
        return warned_check(NAME, format!("no domain can be attached to an app: {fix}"));
    }
    passed_check(NAME, format!("apps are reached at {}", addresses.join(", ")))
}
