//! `apps.domains.set`.

use covibe_coolify::{ApplicationPatch, ServicePatch};
use covibe_domain::{AppUuid, Failure, Kind};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{AnyApp, Coolify, Workspace, with_hosts_claimed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::place::Place;
use super::wanted::{self, Kept};
use super::{Attached, Shown, attached, view};
use crate::apps::address::Address;
use crate::apps::create::hosts::Taken;

/// Replace an app's domains by these, all in the workspace's namespace. Of a compose app those of
/// one service. Then apps.deploy.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct SetDomains {
    uuid: AppUuid,
    /// Hosts, or URLs with the container's port.
    #[schemars(length(max = 20), inner(length(max = 300)))]
    domains: Vec<String>,
    /// Default server.
    #[serde(default)]
    #[schemars(length(min = 1, max = 63))]
    service: Option<String>,
}

/// The domains that the app has now.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Set {
    uuid: AppUuid,
    domains: Vec<Shown>,
    /// Those that it has no more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    removed: Vec<String>,
    /// Those that were asked for and are not there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_persisted: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// Whether apps.deploy must follow for it to take effect.
    needs_deploy: bool,
}

impl Operation<Workspace> for SetDomains {
    const SPEC: Spec =
        Spec::write("apps.domains.set", Route::patch("/apps/{uuid}/domains")).idempotent();

    type Output = Set;

    async fn run(self, cx: &Workspace) -> Result<Set, Failure> {
        let coolify = cx.coolify().await?.refreshed();
        let app = coolify.app(&self.uuid).await?;
        let before = attached(&app);
        let place = Place::of(&app, self.service.as_deref(), &before);
        let present = place.as_ref().map(|place| place.addresses(&before)).unwrap_or_default();
        let kept = Kept { present: &present, uuid: self.uuid.as_str() };
        let mut wanted = wanted::read(&cx.namespace(), &self.domains, app.name(), kept)?;
        let place = place?;
        for address in &mut wanted {
            address.port = address.port.or_else(|| place.port(&address.host, &before));
        }
        let change = Change { coolify: &coolify, app: &app, place: &place, before: &before };
        let hosts: Vec<_> = wanted.iter().map(|address| address.host.clone()).collect();
        with_hosts_claimed(cx, &hosts, change.carry_out(cx, &wanted)).await?;
        let read = coolify.app(&self.uuid).await.map_err(Failure::in_doubt)?;
        Ok(change.compare(self.uuid, &wanted, &attached(&read)))
    }
}

/// Domains that are being replaced.
struct Change<'a> {
    coolify: &'a Coolify,
    app: &'a AnyApp,
    place: &'a Place,
    before: &'a [Attached],
}

impl Change<'_> {
    async fn carry_out(&self, cx: &Workspace, wanted: &[Address]) -> Result<(), Failure> {
        self.refuse_own(wanted)?;
        let coolify = cx.coolify().await?.refreshed();
        let taken = Taken::look(&coolify, Some(self.app.uuid().as_str())).await?;
        if let Some(address) = wanted.iter().find(|address| taken.has(&address.host)) {
            return Err(conflict(&address.host, &taken));
        }
        self.write(wanted).await.map_err(|failure| match (failure.kind, wanted) {
            // Whose it is, is not ours to tell: Coolify looks through the whole team.
            (Kind::Conflict, [address]) => conflict(&address.host, &taken),
            (Kind::Conflict, _) => Failure::conflict("One of the domains is taken.")
                .hint("Set them one by one to see which; pass another one for it."),
            _ => failure,
        })
    }

    /// A host of another service of the same app would lead to both.
    fn refuse_own(&self, wanted: &[Address]) -> Result<(), Failure> {
        let mut others = self.before.iter().filter(|each| !self.place.has(each));
        let clash = others.find(|each| wanted.iter().any(|it| it.host == each.address.host));
        let Some(Attached { service, address }) = clash else { return Ok(()) };
        let (host, service) = (&address.host, service.as_deref().unwrap_or_default());
        Err(Failure::conflict(format!("The domain {host} leads to the app's service {service}."))
            .hint(format!("Take it from there first: apps.domains.set with service {service}.")))
    }

    async fn write(&self, wanted: &[Address]) -> Result<(), Failure> {
        let urls: Vec<_> = wanted.iter().map(Address::to_string).collect();
        let service = self.place.service.clone().unwrap_or_default();
        match self.app {
            AnyApp::Application(app) if app.is_compose() => {
                // The whole map is replaced: the other services keep theirs by being named, as they
                // are now. What another call changes between these two is lost.
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

    /// What became of it: Coolify answers 200 and drops domains where its server runs no proxy, and
    /// those of a service that a repository's compose file does not have.
    fn compare(&self, uuid: AppUuid, wanted: &[Address], after: &[Attached]) -> Set {
        let is_there = |address: &Address| {
            after.iter().any(|each| self.place.has(each) && each.address == *address)
        };
        let lost: Vec<_> = wanted.iter().filter(|address| !is_there(address)).collect();
        let is_wanted = |each: &Attached| wanted.contains(&each.address);
        let stays = after.iter().any(|each| self.place.has(each) && !is_wanted(each));
        let host = |attached: &Attached| attached.address.host.clone();
        let hosts: Vec<_> = after.iter().map(host).collect();
        let mut removed: Vec<_> = self.before.iter().map(host).collect();
        removed.retain(|host| !hosts.contains(host));
        Set {
            uuid,
            domains: view(after),
            removed,
            not_persisted: lost.iter().map(|address| address.host.clone()).collect(),
            hint: (stays || !lost.is_empty()).then(|| self.why()),
            needs_deploy: after != self.before,
        }
    }

    fn why(&self) -> String {
        let no_proxy = "The server that Coolify deploys to has no proxy or is marked as a build \
                        server, so that domains do not persist: tell the operator.";
        match (self.app, &self.place.service) {
            (AnyApp::Application(_), Some(service)) => format!(
                "Is {service} a service of the repo's compose file? Pass service otherwise. {no_proxy}"
            ),
            _ => no_proxy.to_owned(),
        }
    }
}

fn conflict(host: &str, taken: &Taken) -> Failure {
    let free = taken.free_host(host);
    Failure::conflict(format!("The domain {host} is taken."))
        .hint(format!("Pass another domain, like {free}."))
        .detail("suggestion", json!({ "domain": free }))
}
