//! Removes the hosts of a domain that a workspace has lost from its apps, once another workspace has the domain.
//!
//! First Coolify has to have no such host of any app, so that no further container gets one; then the containers that
//! have a label with one are renewed, or ended if that is not possible. A container that does not run is removed too,
//! because Docker could start it again. Each call looks at what Coolify and Docker have, so that it continues what a killed
//! one began; only the requested renewals are remembered. On a server without a docker host, nobody sees labels: there,
//! an app is stopped while it has the hosts, and started again without them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use covibe_coolify::{LiveState, RunState};
use covibe_domain::{AppUuid, Deployable, DomainName, Failure, Slug};
use covibe_workspace::{
    AnyApp, Coolify, HostRemoval, Hosted, HostsLeft, RoutedContainer, Workspace,
};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _};

use super::manage::domains::{hosts_below, remove_hosts_below};
use super::run::control::redeploy;
use super::run::deploy::{StartEffect, WantedStart, start};
use super::run::open_deployments::is_lost;
use crate::deletion::follow;

/// The longest wait for new containers of an app. After that, those with the hosts are ended.
const RENEWAL: Duration = Duration::from_mins(10);

/// Removes the hosts of lost domains from apps.
#[derive(Debug, Default)]
pub struct FormerHosts(Mutex<HashMap<(Slug, DomainName), Progress>>);

/// The progress of this process with the apps of a workspace.
#[derive(Debug, Default)]
struct Progress {
    /// The time since which Coolify has no such host of any app.
    unassigned_since: Option<Instant>,
    renewals: HashMap<AppUuid, Renewal>,
}

/// The renewal of the containers of an app.
#[derive(Clone, Copy, Debug)]
struct Renewal {
    /// The time at which a container with a host was first seen.
    since: Instant,
    /// True if this process has requested new containers.
    is_requested: bool,
}

impl HostRemoval for FormerHosts {
    fn remove_hosts<'a>(
        &'a self,
        workspace: Workspace,
        domain: &'a DomainName,
        renews: bool,
    ) -> BoxFuture<'a, Result<HostsLeft, Failure>> {
        async move {
            let coolify = workspace.coolify().await?.refreshed();
            let changes = Vec::new();
            let (cx, coolify, former) = (&workspace, &coolify, self);
            let removal = Removal { cx, coolify, domain, renews, former, changes };
            removal.carry_out().await
        }
        .boxed()
    }
}

/// The removal of the hosts of a domain from the apps of a workspace.
struct Removal<'a> {
    cx: &'a Workspace,
    coolify: &'a Coolify,
    domain: &'a DomainName,
    /// True if containers are renewed, and not only ended.
    renews: bool,
    former: &'a FormerHosts,
    changes: Vec<String>,
}

impl Removal<'_> {
    /// Carries it out for all apps. A failure with one does not stop the work on others.
    async fn carry_out(mut self) -> Result<HostsLeft, Failure> {
        let apps = self.read_apps().await?;
        let (mut are_unassigned, mut are_gone, domain) = (true, true, self.domain);
        for app in apps.iter().filter(|app| !hosts_below(app, domain).is_empty()) {
            let unassigned = self.unassign(&app.uuid()).await;
            are_unassigned &= self.succeeds_or_warns(app, unassigned.map(|()| true));
        }
        self.note_unassigned(are_unassigned);
        for app in &apps {
            let settled = self.settle_containers(app).await;
            are_gone &= self.succeeds_or_warns(app, settled);
        }
        let are_gone = are_unassigned && are_gone && self.cannot_regain_hosts().await?;
        if are_gone {
            self.former.lock().remove(&self.key());
        }
        Ok(HostsLeft { are_gone, changes: self.changes })
    }

    /// Returns the apps with all of their URLs.
    async fn read_apps(&self) -> Result<Vec<AnyApp>, Failure> {
        let (applications, services) =
            tokio::try_join!(self.coolify.applications(), self.coolify.compose_apps())?;
        let mut apps: Vec<_> = applications.into_iter().map(AnyApp::Application).collect();
        let mut complete = Box::pin(self.coolify.whole_services(services));
        while let Some(each) = complete.next().await {
            apps.extend(each.found?.map(AnyApp::Service));
        }
        Ok(apps)
    }

    /// Returns whether a step with an app is done. A failure is logged.
    fn succeeds_or_warns(&self, app: &AnyApp, step: Result<bool, Failure>) -> bool {
        step.unwrap_or_else(|failure| {
            self.warn_of(app, &failure);
            false
        })
    }

    fn warn_of(&self, app: &AnyApp, failure: &Failure) {
        tracing::warn!(
            workspace = %self.cx.slug(), app = %app.uuid(), domain = %self.domain, %failure,
            "an app could not be detached from a domain that its workspace has lost"
        );
    }

    /// Takes the hosts away from an app at Coolify.
    async fn unassign(&mut self, uuid: &AppUuid) -> Result<(), Failure> {
        let app = self.coolify.app(uuid).await?;
        let hosts = hosts_below(&app, self.domain);
        if hosts.is_empty() {
            return Ok(());
        }
        let draft = self.cx.begin_detachment(uuid, self.domain).await?;
        let taken = self.take_hosts(&app).await;
        let outcome = taken.as_ref().map_or_else(Failure::outcome, |()| "ok");
        self.cx.record_detachment(&draft, outcome).await?;
        taken?;
        self.changes.push(format!(
            "Removed {} from the app {}, because the workspace has lost the domain and somebody else has it.",
            hosts.join(" and "),
            app.name()
        ));
        Ok(())
    }

    async fn take_hosts(&mut self, app: &AnyApp) -> Result<(), Failure> {
        let is_seen = self.coolify.on_host(&Hosted::App(app.clone())).await?.is_some();
        // Without a docker host, an app that still has the hosts at Coolify is the only sign of containers with them.
        let ran = !is_seen && self.stop_unseen(app).await?;
        remove_hosts_below(self.coolify, app, self.domain).await?;
        if ran && self.renews {
            let now = self.coolify.app(&app.uuid()).await?;
            if let Err(failure) = renew(self.cx, self.coolify, &now).await {
                self.warn_of(app, &failure);
                self.note_stop(app);
            }
        }
        Ok(())
    }

    /// Stops an app whose containers only Coolify can look at. Returns whether it ran.
    async fn stop_unseen(&self, app: &AnyApp) -> Result<bool, Failure> {
        let resource = Hosted::App(app.clone()).deployable();
        self.coolify.cancel_waiting_deployments(&resource).await?;
        if is_being_started(self.coolify, app).await? {
            return Err(Failure::unready("The app is being deployed."));
        }
        if !runs(self.coolify, app).await? {
            return Ok(false);
        }
        match app {
            AnyApp::Application(app) => self.coolify.stop_application(app).await?,
            AnyApp::Service(service) => {
                self.coolify.stop_service(service).await.map(drop)?;
            }
        }
        let has_ended = follow(self.cx, || runs(self.coolify, app)).await;
        has_ended.then_some(true).ok_or_else(|| Failure::unready("The app could not be stopped."))
    }

    /// Returns whether no container of an app has such a host. Those that have are renewed, or ended.
    async fn settle_containers(&mut self, app: &AnyApp) -> Result<bool, Failure> {
        let (uuid, resource) = (app.uuid(), Hosted::App(app.clone()));
        let routed = self.coolify.routed_containers(&resource, self.domain).await?;
        if routed.is_empty() {
            self.former.lock().entry(self.key()).or_default().renewals.remove(&uuid);
            return Ok(true);
        }
        let may_run = routed.iter().any(|each| each.container.may_run());
        if may_run && self.renews && self.waits_for_renewal(&uuid).await? {
            return Ok(false);
        }
        self.end_containers(app, &routed).await?;
        // The next look shows whether they are gone.
        Ok(false)
    }

    /// Returns whether to wait for new containers of an app, which are requested once.
    async fn waits_for_renewal(&self, uuid: &AppUuid) -> Result<bool, Failure> {
        let renewal = self.note_renewal(uuid, false);
        if renewal.since.elapsed() >= RENEWAL {
            return Ok(false);
        }
        let app = self.coolify.app(uuid).await?;
        // Without the hosts, if it began since they were taken away. Otherwise, another one follows it.
        if is_being_started(self.coolify, &app).await? {
            return Ok(true);
        }
        if renewal.is_requested {
            return Ok(false);
        }
        match renew(self.cx, self.coolify, &app).await {
            Ok(is_requested) => {
                self.note_renewal(uuid, is_requested);
                Ok(true)
            }
            Err(failure) if failure.is_retryable() => Err(failure),
            Err(failure) => Ok(self.succeeds_or_warns(&app, Err(failure))),
        }
    }

    /// Stops and removes containers.
    async fn end_containers(
        &mut self,
        app: &AnyApp,
        routed: &[RoutedContainer],
    ) -> Result<(), Failure> {
        let uuid = app.uuid();
        let draft = self.cx.begin_detachment(&uuid, self.domain).await?;
        let ended = end_all(routed).await;
        self.coolify.note_control(uuid.as_str());
        let outcome = ended.as_ref().map_or_else(Failure::outcome, |()| "stopped");
        self.cx.record_detachment(&draft, outcome).await?;
        ended?;
        self.note_stop(app);
        Ok(())
    }

    fn note_stop(&mut self, app: &AnyApp) {
        self.changes.push(format!(
            "Stopped what had hosts of the domain in the app {}, because it could not be renewed without them. \
             apps.deploy starts it.",
            app.name()
        ));
    }

    /// Returns whether nothing can give a container such a host any more: neither a call that began when the workspace
    /// could still use the domain, nor a deployment that began before Coolify had no app with one.
    async fn cannot_regain_hosts(&self) -> Result<bool, Failure> {
        let since = self.former.lock().get(&self.key()).and_then(|known| known.unassigned_since);
        let Some(age) = since.map(|since| since.elapsed()) else { return Ok(false) };
        let is_calm = age >= self.cx.settings().released_after;
        Ok(is_calm && !self.coolify.has_older_start(age).await?)
    }

    fn note_unassigned(&self, are_unassigned: bool) {
        let mut known = self.former.lock();
        let progress = known.entry(self.key()).or_default();
        progress.unassigned_since = match progress.unassigned_since {
            // A host that was found again begins the time anew.
            Some(since) if are_unassigned && self.changes.is_empty() => Some(since),
            _ => are_unassigned.then(Instant::now),
        };
    }

    /// Notes whether new containers of an app are requested; that they were is not forgotten.
    fn note_renewal(&self, uuid: &AppUuid, is_requested: bool) -> Renewal {
        let mut known = self.former.lock();
        let renewals = &mut known.entry(self.key()).or_default().renewals;
        let new = Renewal { since: Instant::now(), is_requested: false };
        let renewal = renewals.entry(uuid.clone()).or_insert(new);
        renewal.is_requested |= is_requested;
        *renewal
    }

    fn key(&self) -> (Slug, DomainName) {
        (self.cx.slug().clone(), self.domain.clone())
    }
}

impl FormerHosts {
    fn lock(&self) -> MutexGuard<'_, HashMap<(Slug, DomainName), Progress>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Requests new containers of an app, with its current settings. Returns false if a deployment or start is under way
/// already.
async fn renew(cx: &Workspace, coolify: &Coolify, app: &AnyApp) -> Result<bool, Failure> {
    // Boxed because the futures are large.
    match app {
        AnyApp::Application(app) => {
            let _turn = coolify.source_turn(&app.uuid).await;
            Ok(!Box::pin(redeploy(cx, coolify, app)).await?.skipped)
        }
        AnyApp::Service(service) => {
            let read_at = Instant::now();
            let wanted = WantedStart { read_at, pulls: false, restarts: true, place: None };
            let started = Box::pin(start(cx, coolify, service, wanted)).await?;
            Ok(!matches!(started, StartEffect::Skipped))
        }
    }
}

/// Returns whether a deployment or start of an app waits or is under way.
async fn is_being_started(coolify: &Coolify, app: &AnyApp) -> Result<bool, Failure> {
    match app {
        AnyApp::Application(app) => {
            let under_way = coolify.deployments_under_way(app).await?;
            Ok(under_way.iter().any(|each| !is_lost(each)))
        }
        AnyApp::Service(service) => {
            let resource = Deployable::Service(service.uuid.clone());
            let state = service.status.state;
            Ok(state == RunState::Starting
                || coolify.waiting_start(&resource).await?.is_some()
                || coolify.has_start_under_way(&resource, state).await?)
        }
    }
}

/// Returns whether containers of an app may run, as far as Coolify sees.
async fn runs(coolify: &Coolify, app: &AnyApp) -> Result<bool, Failure> {
    match app {
        AnyApp::Application(app) => {
            let now = coolify.application(&app.uuid).await?;
            let live = coolify.application_by_coolify(&now).await?;
            Ok(live == Some(LiveState::Running) || !now.status.state.runs_nothing())
        }
        AnyApp::Service(service) => {
            let now = coolify.service(&service.uuid).await?;
            coolify.service_runs(&now).await
        }
    }
}

/// Stops and removes containers, whose volumes stay.
async fn end_all(routed: &[RoutedContainer]) -> Result<(), Failure> {
    for RoutedContainer { host, container } in routed {
        if container.may_run() {
            let state = host.state(container).await?;
            host.stop(container, &state).await?;
        }
        host.remove(container, false).await?;
    }
    Ok(())
}
