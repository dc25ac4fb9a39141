//! The checks of DNS: the project of Cloud DNS, the server of dynamic updates, and the addresses of apps.

use covibe_config::{CloudDns, Config, Dns};
use covibe_dns::{Cause, DnsName, KeyTrial, UpdateConfig, UpdateServer};
use covibe_domain::entities::DnsProvider;
use covibe_domain::{Failure, TenantId};
use covibe_installation::{tenants, upstream_clients};
use covibe_store::{DomainRecord, Store, WorkspaceRecord};

use crate::check_outcome::{Check, failed_check, passed_check, warned_check};

/// The maximum number of domains of a workspace that are read.
const DOMAINS: u32 = 20;

/// The number of domains from which no further workspaces are read.
const ENOUGH: usize = 20;

/// Runs the checks of what is configured.
pub(crate) async fn checks(config: &Config, store: Option<&Store>) -> Vec<Check> {
    let (from, sells_domains) = (&config.dns, config.registrar.is_some());
    let mut checks = Vec::new();
    if let Some(cloud) = &from.cloud {
        checks.push(project(cloud).await);
    }
    if let Some(update) = &from.update {
        let own = OwnZones::read(config, store).await;
        checks.push(server(update, &own, &others(update, &config.base_domain)).await);
    }
    let serves = from.cloud.is_some() || from.update.is_some();
    if sells_domains || serves {
        checks.push(attaching(from, serves));
    }
    checks
}

async fn project(from: &CloudDns) -> Check {
    const NAME: &str = "dns.cloud";
    let client = match upstream_clients::cloud_dns(from) {
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
            let fix = "check COVIBE_CLOUD_DNS_PROJECT and GOOGLE_APPLICATION_CREDENTIALS: the \
                       account needs the role roles/dns.admin, and the project needs the Cloud \
                       DNS API";
            failed_check(NAME, format!("{} {fix}", Failure::from(error).message))
        }
    }
}

/// The workspaces' domains that this server serves, or is to serve.
#[derive(Default)]
struct OwnZones {
    names: Vec<DnsName>,
    /// True if there are no others. They are not known on PostgreSQL without the role that may list the tenants.
    is_whole: bool,
}

impl OwnZones {
    /// Reads them, until there are enough.
    async fn read(config: &Config, store: Option<&Store>) -> Self {
        let mut own = Self::default();
        let Some(store) = store else { return own };
        let Ok(tenants) = tenants::all_tenants(config, store).await else { return own };
        own.is_whole = true;
        for tenant in tenants {
            let Ok(workspaces) = workspaces(store, &tenant).await else {
                own.is_whole = false;
                continue;
            };
            for workspace in workspaces {
                if own.names.len() >= ENOUGH {
                    return Self { is_whole: false, ..own };
                }
                match domains(store, &workspace).await {
                    Ok(domains) => own.add(config, &domains),
                    Err(_) => own.is_whole = false,
                }
            }
        }
        own
    }

    fn add(&mut self, config: &Config, domains: &[DomainRecord]) {
        let by_default = config.dns.cloud.is_none();
        let is_here = |at: DnsProvider| at == DnsProvider::Rfc2136;
        let here = domains.iter().filter(|it| it.attachment.provider.map_or(by_default, is_here));
        self.names.extend(here.filter_map(|one| DnsName::parse(one.name.as_str()).ok()));
    }

    /// Returns what is known of them if the server has none of the zones that were asked for.
    fn without_zone(&self) -> &'static str {
        match (self.is_whole, self.names.is_empty()) {
            (true, _) => "it has none of the workspaces' domains yet",
            (false, true) => "the workspaces' domains are not known here",
            (false, false) => "it has none of the workspaces' domains that were tried",
        }
    }
}

async fn workspaces(store: &Store, tenant: &TenantId) -> anyhow::Result<Vec<WorkspaceRecord>> {
    let mut tx = store.tenant_read(tenant).await?;
    let workspaces = tx.workspaces().await?;
    tx.commit().await?;
    Ok(workspaces)
}

async fn domains(store: &Store, workspace: &WorkspaceRecord) -> anyhow::Result<Vec<DomainRecord>> {
    let mut tx = store.tenant_read(&workspace.tenant).await?;
    let domains = tx.domains(&workspace.id, "", DOMAINS).await?;
    tx.commit().await?;
    Ok(domains)
}

/// Returns zones that the server probably has: those of its name servers and of the workspaces' hosts.
fn others(update: &UpdateConfig, base_domain: &str) -> Vec<DnsName> {
    let parent = |name: &DnsName| DnsName::parse(name.as_str().split_once('.')?.1).ok();
    let mut others: Vec<_> = update.nameservers.iter().filter_map(parent).collect();
    let mut next = DnsName::parse(base_domain).ok();
    while let Some(name) = next.filter(|name| name.as_str().contains('.')) {
        next = parent(&name);
        others.push(name);
    }
    others.dedup();
    others
}

/// Tries the key on zones that the server may have.
async fn server(update: &UpdateConfig, own: &OwnZones, others: &[DnsName]) -> Check {
    const NAME: &str = "dns.server";
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
    match client.try_key(&own.names, others).await.map_err(|error| error.cause) {
        Ok(KeyTrial::Accepted(zone)) => {
            passed_check(NAME, format!("{at} lets the key transfer the zone {zone}"))
        }
        Ok(KeyTrial::Refused(zone)) => warned_check(
            NAME,
            format!(
                "{at} refuses the key for the zone {zone}: it does not know the key, or does not let it transfer this \
                 zone (COVIBE_DNS_UPDATE_KEY_NAME and COVIBE_DNS_UPDATE_KEY are this server's); {}",
                own.without_zone()
            ),
        ),
        Ok(KeyTrial::NoZone) => passed_check(
            NAME,
            format!(
                "{at} answers as a DNS server; a server such as Knot reports whether the key is \
                 right only for a zone that it has, and {}",
                own.without_zone()
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
        return warned_check(NAME, format!("domains can be bought, but not attached: {fix}"));
    }
    let addresses: Vec<_> = from.ingress.iter().map(ToString::to_string).collect();
    if addresses.is_empty() {
        let fix = "set COVIBE_INGRESS_ADDRESSES";
        return warned_check(NAME, format!("no domain can be attached to an app: {fix}"));
    }
    passed_check(NAME, format!("apps are reached at {}", addresses.join(", ")))
}
