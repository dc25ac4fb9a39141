//! `apps.domains.set`.

use covibe_coolify::{ApplicationPatch, ServicePatch};
use covibe_domain::{AppUuid, Failure, Kind};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{AnyApp, Coolify, Workspace, with_hosts_claimed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::domain_target::DomainTarget;
use super::errors::{host_of_other_service, taken_hosts};
use super::present_domains::{AppDomain, Attached, attached_urls, view};
use super::requested_domains::{self, PresentDomains};
use crate::app_and_auth_hosts::{HostsInUse, taken_host};
use crate::apps::app_urls::Address;
use crate::apps::compose::generated_file_check;
use crate::apps::compose::generated_hosts::{self, Replacement};
use crate::apps::database_network;
use crate::apps::manage::update::application_ports::is_known_to_follow;

/// Set all domains of an app, or of one service of a compose app, each in the workspace's namespace or an attached
/// domain. Then call apps.deploy.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct SetDomains {
    uuid: AppUuid,
    /// All hosts of the app from now on, such as `shop.mark.example.com` or, with its port,
    /// `https://shop.mark.example.com:8080`.
    #[schemars(length(max = 20), inner(length(max = 300)))]
    #[schemars(example = vec!["shop.mark.example.com"])]
    domains: Vec<String>,
    /// For a compose app: the service that gets them. Default: the service named `server`, else one with domains, else
    /// the first.
    #[serde(default)]
    #[schemars(length(min = 1, max = 63))]
    #[schemars(example = &"web")]
    service: Option<String>,
}

/// The app's domains after the change.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ChangedDomains")]
pub(crate) struct ChangedDomains {
    uuid: AppUuid,
    /// The domains of the app.
    pub(super) domains: Vec<AppDomain>,
    /// The domains that were removed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["shop.mark.example.com"])]
    removed: Vec<String>,
    /// The domains that Coolify did not keep.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["shop.mark.example.com"])]
    pub(super) not_persisted: Vec<String>,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Call apps.deploy.")]
    pub(super) hint: Option<String>,
    /// True if the change takes effect only after apps.deploy.
    pub(super) needs_deploy: bool,
}

impl Operation<Workspace> for SetDomains {
    const SPEC: Spec =
        Spec::write("apps.domains.set", Route::patch("/apps/{uuid}/domains")).idempotent();

    type Output = ChangedDomains;

    async fn run(self, cx: &Workspace) -> Result<ChangedDomains, Failure> {
        cx.know_domains(self.domains.iter().map(String::as_str)).await?;
        let wanted = WantedDomains::Exactly(&self.domains);
        DomainsRequest { uuid: &self.uuid, service: self.service.as_deref(), wanted }
            .apply_and_read_back(cx)
            .await
    }
}

/// The domains that the target of a call (an app, or one of its services) gets.
#[derive(Clone, Copy)]
pub(super) enum WantedDomains<'a> {
    /// Exactly these, as an agent wrote them.
    Exactly(&'a [String]),
    /// Its current domains, and these hosts, which belong to the workspace.
    Also(&'a [String]),
}

/// A request to change an app's domains.
#[derive(Clone, Copy)]
pub(super) struct DomainsRequest<'a> {
    pub(super) uuid: &'a AppUuid,
    pub(super) service: Option<&'a str>,
    pub(super) wanted: WantedDomains<'a>,
}

impl DomainsRequest<'_> {
    /// Changes the domains if they are free, and reads them again.
    pub(super) async fn apply_and_read_back(
        self,
        cx: &Workspace,
    ) -> Result<ChangedDomains, Failure> {
        let hosts = match self.wanted {
            WantedDomains::Exactly(domains) => requested_domains::hosts(&cx.namespace(), domains),
            WantedDomains::Also(hosts) => hosts.to_vec(),
        };
        let done = with_hosts_claimed(cx, &hosts, self.write(cx)).await?;
        let Done { coolify, app, before, target, requested, needs_network } = &done;
        let change = Change { coolify, app, target, before };
        let read = match (app, needs_network) {
            (AnyApp::Service(service), Some(needs_network)) => AnyApp::Service(
                generated_file_check::check_on(cx, coolify, service, *needs_network).await?,
            ),
            (_, None) => coolify.app(self.uuid).await?,
            (_, Some(_)) => coolify.app(self.uuid).await.map_err(Failure::in_doubt)?,
        };
        let (read, replaced) = replace_generated(cx, coolify, read).await?;
        let mut changed = change.compare(self.uuid.clone(), requested, &attached_urls(&read));
        if !replaced.is_empty() {
            let hints: Vec<_> = replaced.iter().map(Replacement::hint).collect();
            changed.hint = Some(format!(
                "{} Without these variables, no domain is assigned.",
                hints.join(" ")
            ));
        }
        Ok(changed)
    }
}

/// The domains that were written, and their target.
struct Done {
    coolify: Coolify,
    app: AnyApp,
    before: Vec<Attached>,
    target: DomainTarget,
    requested: Vec<Address>,
    /// True if the app has to be on the network of the databases; `None` if nothing was written.
    needs_network: Option<bool>,
}

impl DomainsRequest<'_> {
    /// Writes the domains if they are free. The contents of the project are read once, while no other call assigns
    /// the hosts.
    async fn write(&self, cx: &Workspace) -> Result<Done, Failure> {
        let coolify = cx.coolify().await?.refreshed();
        let app = coolify.listed_app(self.uuid).await?;
        let before = attached_urls(&app);
        // A foreign host is forbidden even if the service is unknown.
        let target = DomainTarget::new(&app, self.service, &before);
        let present = target.as_ref().map(|target| target.addresses(&before)).unwrap_or_default();
        let mut requested = match self.wanted {
            WantedDomains::Exactly(domains) => {
                let present = PresentDomains { addresses: &present, uuid: self.uuid.as_str() };
                requested_domains::parse(&cx.namespace(), domains, app.name(), present)?
            }
            WantedDomains::Also(hosts) => add_new_hosts(present, hosts, &before),
        };
        let target = target?;
        let is_there = |address: &Address| before.iter().any(|each| each.address == *address);
        if matches!(self.wanted, WantedDomains::Also(_)) && requested.iter().all(is_there) {
            return Ok(Done { coolify, app, before, target, requested, needs_network: None });
        }
        for address in &mut requested {
            address.port = address.port.or_else(|| target.port(&address.host, &before));
        }
        let change = Change { coolify: &coolify, app: &app, target: &target, before: &before };
        let needs_network = change.apply(&requested).await?;
        Ok(Done { coolify, app, before, target, requested, needs_network })
    }
}

/// Adds hosts that lead to no part of the app yet.
fn add_new_hosts(mut present: Vec<Address>, hosts: &[String], before: &[Attached]) -> Vec<Address> {
    let is_new = |host: &&String| !before.iter().any(|each| each.address.host == **host);
    let new = hosts.iter().filter(is_new);
    present.extend(new.map(|host| Address::new("https", host.clone(), None)));
    present
}

/// Replaces the hosts that Coolify generated for services without a domain whose variables ask for one. Returns the
/// app as it is then.
async fn replace_generated(
    cx: &Workspace,
    coolify: &Coolify,
    app: AnyApp,
) -> Result<(AnyApp, Vec<Replacement>), Failure> {
    let AnyApp::Service(service) = app else { return Ok((app, Vec::new())) };
    let replaced = generated_hosts::replace(cx, coolify, &service, &service).await;
    match replaced.map_err(Failure::in_doubt)? {
        Some(replaced) => {
            let read = coolify.service(&service.uuid).await.map_err(Failure::in_doubt)?;
            Ok((AnyApp::Service(read), replaced))
        }
        None => Ok((AnyApp::Service(service), Vec::new())),
    }
}

/// A replacement of domains.
struct Change<'a> {
    coolify: &'a Coolify,
    app: &'a AnyApp,
    target: &'a DomainTarget,
    before: &'a [Attached],
}

impl Change<'_> {
    /// Writes the domains if they are free and not there yet: Coolify reads all domains of its team for each that is
    /// written. Returns whether the app has to be on the network of the databases, which the same contents of the project
    /// tell; `None` if there is nothing to do.
    async fn apply(&self, requested: &[Address]) -> Result<Option<bool>, Failure> {
        self.refuse_own(requested)?;
        if self.is_present(requested).await? {
            return match self.app {
                // The call that wrote them may have ended before it checked what Coolify generated of them.
                AnyApp::Service(service) => {
                    database_network::is_needed(self.coolify, service, &[]).await.map(Some)
                }
                AnyApp::Application(_) => Ok(None),
            };
        }
        let in_use = HostsInUse::read(self.coolify, Some(self.app.uuid().as_str())).await?;
        if let Some(address) = requested.iter().find(|address| in_use.contains(&address.host)) {
            return Err(taken_host(&address.host, &in_use));
        }
        let needs_network = match self.app {
            AnyApp::Service(service) => {
                database_network::is_needed(self.coolify, service, &[]).await?
            }
            AnyApp::Application(_) => false,
        };
        match (self.write(requested).await, requested) {
            (Ok(()), _) => Ok(Some(needs_network)),
            // Coolify goes on with what it did not answer in time.
            (Err(failure), _) if failure.kind == Kind::Timeout => {
                if self.has_taken(requested).await { Ok(Some(needs_network)) } else { Err(failure) }
            }
            // Coolify checks the whole team; the owner of the host is not disclosed.
            (Err(failure), [address]) if failure.kind == Kind::Conflict => {
                Err(taken_host(&address.host, &in_use))
            }
            (Err(failure), _) if failure.kind == Kind::Conflict => Err(taken_hosts()),
            (Err(failure), _) => Err(failure),
        }
    }

    /// Returns whether the app had exactly these domains here before, and the proxy follows its ports. Lists lack the labels
    /// that show the latter.
    async fn is_present(&self, requested: &[Address]) -> Result<bool, Failure> {
        if self.target.addresses(self.before) != requested {
            return Ok(false);
        }
        match self.app {
            AnyApp::Application(app) if !app.is_compose() && app.routed_ports().is_none() => {
                let whole = self.coolify.application(&app.uuid).await?;
                Ok(is_known_to_follow(&whole))
            }
            AnyApp::Application(app) => Ok(is_known_to_follow(app)),
            AnyApp::Service(_) => Ok(true),
        }
    }

    /// Returns whether Coolify has exactly these domains here now.
    async fn has_taken(&self, requested: &[Address]) -> bool {
        let Ok(app) = self.coolify.app(&self.app.uuid()).await else { return false };
        let now = attached_urls(&app);
        let present = self.target.addresses(&now);
        present.len() == requested.len() && requested.iter().all(|it| present.contains(it))
    }

    /// Refuses a host of another service of the app: it would lead to both.
    fn refuse_own(&self, requested: &[Address]) -> Result<(), Failure> {
        let mut others = self.before.iter().filter(|each| !self.target.is_target_of(each));
        let same = |other: &&Attached| requested.iter().any(|it| it.host == other.address.host);
        match others.find(same) {
            Some(Attached { service, address }) => {
                let service = service.as_deref().unwrap_or_default();
                Err(host_of_other_service(&address.host, service))
            }
            None => Ok(()),
        }
    }

    async fn write(&self, requested: &[Address]) -> Result<(), Failure> {
        let urls: Vec<_> = requested.iter().map(Address::to_string).collect();
        let service = self.target.service.clone().unwrap_or_default();
        match self.app {
            AnyApp::Application(app) if app.is_compose() => {
                // Coolify replaces the whole map, so it is written with the current domains of the
                // other services. A concurrent change of theirs between the two calls is lost.
                let mut map = self.coolify.application(&app.uuid).await?.compose_domains();
                map.retain(|(name, _)| *name != service);
                map.push((service, urls));
                self.coolify.set_compose_domains(app, &map).await
            }
            AnyApp::Application(app) => {
                let domains = Some(urls);
                let patch = ApplicationPatch { domains, ..ApplicationPatch::default() };
                self.coolify.update_application(app, &patch).await
            }
            AnyApp::Service(of) => {
                let urls = Some(vec![(service, urls.join(","))]);
                let patch = ServicePatch { urls, ..ServicePatch::default() };
                self.coolify.update_service(of, &patch).await
            }
        }
    }

    /// Compares the domains after the change with the requested ones: Coolify answers 200 although
    /// it drops domains if its server runs no proxy, or if the repository's compose file has no such
    /// service.
    fn compare(&self, uuid: AppUuid, requested: &[Address], after: &[Attached]) -> ChangedDomains {
        let is_there = |address: &Address| {
            after.iter().any(|each| self.target.is_target_of(each) && each.address == *address)
        };
        let lost: Vec<_> = requested.iter().filter(|address| !is_there(address)).collect();
        let is_requested = |each: &Attached| requested.contains(&each.address);
        let stays = after.iter().any(|each| self.target.is_target_of(each) && !is_requested(each));
        let host = |attached: &Attached| attached.address.host.clone();
        let hosts: Vec<_> = after.iter().map(host).collect();
        let mut removed: Vec<_> = self.before.iter().map(host).collect();
        removed.retain(|host| !hosts.contains(host));
        ChangedDomains {
            uuid,
            domains: view(after),
            removed,
            not_persisted: lost.iter().map(|address| address.host.clone()).collect(),
            hint: (stays || !lost.is_empty()).then(|| self.hint()),
            needs_deploy: after != self.before,
        }
    }

    /// Returns why Coolify did not keep the domains.
    fn hint(&self) -> String {
        let no_proxy = "The server that Coolify deploys to has no proxy or is marked as a build \
                        server, so domains do not persist: tell the operator.";
        match (self.app, &self.target.service) {
            (AnyApp::Application(_), Some(service)) => format!(
                "If the repo's compose file has no service {service}, pass the right one as \
                `service`. Otherwise: {no_proxy}"
            ),
            _ => no_proxy.to_owned(),
        }
    }
}
