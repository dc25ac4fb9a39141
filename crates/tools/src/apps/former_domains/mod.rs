//! Removes the hosts of a domain that a workspace has lost from its apps, once another workspace has the domain.
//!
//! First Coolify has to have no such host of any app, so that no further container gets one; then the containers that
//! have a label with one are renewed, or ended if that is not possible. A container that does not run is removed too,
//! because Docker could start it again. Each call looks at what Coolify and Docker have, so that it continues what a killed
//! one began; only the requested renewals are remembered. On a server without a docker host, nobody sees labels: there,
//! an app is stopped while it has the hosts, and started again without them.
//!
//! A container whose image brings such a label is ended at once, as the watch of containers ends it. It delays nothing:
//! its workspace could deploy another such image at any time, of any host.

mod container_renewal;
mod release_progress;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use covibe_domain::{AppUuid, DomainName, Failure, Kind, Slug};
use covibe_workspace::{
    AnyApp, Coolify, HostRemoval, Hosted, HostsLeft, RoutedContainer, Workspace,
};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _};

use self::container_renewal::{end_all, has_open_deployment_or_start, renew, runs};
use self::release_progress::{Progress, Renewal};
use super::manage::domains::{hosts_below, remove_hosts_below};
use crate::deletion::follow;

/// The longest wait for new containers of an app. After that, those with the hosts are ended.
const RENEWAL: Duration = Duration::from_mins(10);

/// Removes the hosts of lost domains from apps.
#[derive(Debug, Default)]
pub struct FormerHosts(Mutex<HashMap<(Slug, DomainName), Progress>>);

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
            let left = removal.carry_out().await;
            if !left.as_ref().is_ok_and(|left| left.are_gone) {
                self.note_delay((workspace.slug().clone(), domain.clone()));
            }
            left
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
        if has_open_deployment_or_start(self.coolify, app).await? {
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

    /// Returns whether no container of an app can be reached by such a host. Those that can are renewed, or ended.
    async fn settle_containers(&mut self, app: &AnyApp) -> Result<bool, Failure> {
        let (uuid, resource) = (app.uuid(), Hosted::App(app.clone()));
        let routed = self.coolify.routed_containers(&resource, self.domain).await?;
        // Boxed because the future is large.
        let (routed, are_ended) = Box::pin(self.end_rejected(&uuid, routed)).await?;
        if routed.is_empty() {
            self.former.lock().entry(self.key()).or_default().renewals.remove(&uuid);
            return Ok(are_ended);
        }
        let may_run = routed.iter().any(|each| each.container.may_run());
        if may_run && self.renews && self.waits_for_renewal(&uuid).await? {
            return Ok(false);
        }
        self.end_containers(app, &routed).await?;
        // The next look shows whether they are gone.
        Ok(false)
    }

    /// Ends the containers of an app whose image has a label that it may not have, as the watch of containers does.
    /// Returns the others, and whether none of the ended was seen to run afterwards.
    async fn end_rejected(
        &self,
        uuid: &AppUuid,
        routed: Vec<RoutedContainer>,
    ) -> Result<(Vec<RoutedContainer>, bool), Failure> {
        let (mut others, mut are_ended) = (Vec::new(), true);
        if routed.is_empty() {
            return Ok((others, are_ended));
        }
        // As it is now: the list may be older than the removal of the hosts, and count their labels as Coolify's.
        let resource = Hosted::App(self.coolify.app(uuid).await?);
        for one in routed {
            match self.coolify.foreign_label(&one.host, &resource, &one.container).await {
                Ok(Some(label)) if one.container.may_run() => {
                    let seen = std::slice::from_ref(&one.container);
                    let ended = self.cx.end_rejected(&one.host, &resource, seen, &label).await;
                    are_ended &= ended.is_whole();
                }
                Ok(Some(_)) => {}
                // It was removed meanwhile.
                Err(failure) if failure.kind == Kind::Conflict => {}
                Ok(None) | Err(_) => others.push(one),
            }
        }
        Ok((others, are_ended))
    }

    /// Returns whether to wait for new containers of an app, which are requested once.
    async fn waits_for_renewal(&self, uuid: &AppUuid) -> Result<bool, Failure> {
        let renewal = self.note_renewal(uuid, false);
        if renewal.since.elapsed() >= RENEWAL {
            return Ok(false);
        }
        let app = self.coolify.app(uuid).await?;
        // Without the hosts, if it began since they were taken away. Otherwise, another one follows it.
        if has_open_deployment_or_start(self.coolify, &app).await? {
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
            "Stopped the containers of the app {} that had hosts of the domain, because they could not be created \
             again without these hosts. apps.deploy starts them.",
            app.name()
        ));
    }

    /// Returns whether nothing can still give a container such a host: neither a call that began when the workspace
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
    /// Tells the operator once that a workspace has not released a domain for long.
    fn note_delay(&self, of: (Slug, DomainName)) {
        let is_news = self.lock().entry(of.clone()).or_default().note_delay(Instant::now());
        if is_news {
            let (workspace, domain) = of;
            tracing::warn!(
                %workspace, %domain,
                "the apps of a workspace that has lost a domain have not been detached from it for an hour, so the \
                 next holder can't attach it"
            );
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(Slug, DomainName), Progress>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
