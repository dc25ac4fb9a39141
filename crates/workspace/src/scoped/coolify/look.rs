//! Looking at containers as they are at this moment, and the order of a compose file.

use std::cmp::Reverse;

use covibe_compose::{ListedService, listed_services};
use covibe_coolify::{Application, Live, Service, State};
use covibe_domain::{Failure, Kind};
use covibe_policy::Owned;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{AnyApp, Coolify};
use crate::scoped::errors::lost_host;

/// The number of containers of one service that are looked at concurrently.
const CONCURRENCY: usize = 4;

/// The number of containers of one service that are looked at. Each one costs Coolify a second.
const MAX_LOOKS: usize = 12;

/// The containers of a service as they are at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks(Vec<(String, Live)>);

impl Looks {
    /// Returns what they are together: one that was stopped counts most, then one that is absent.
    pub fn together(&self) -> Live {
        let worst = self.0.iter().map(|(_, live)| *live);
        worst.max_by_key(|live| Reverse(rank(*live))).unwrap_or(Live::Absent)
    }

    /// Returns the container of a service of the file; `None` if it was not looked at.
    pub fn of(&self, name: &str) -> Option<Live> {
        self.0.iter().find(|(each, _)| each == name).map(|(_, live)| *live)
    }

    /// Returns whether some of them run.
    pub fn any_runs(&self) -> bool {
        self.0.iter().any(|(_, live)| *live == Live::Running)
    }
}

fn rank(live: Live) -> u8 {
    match live {
        Live::Stopped => 0,
        Live::Absent => 1,
        Live::Running => 2,
    }
}

impl Coolify {
    /// Whether this process started a resource in the last five minutes, so that what Coolify tells of
    /// it may be older than the start.
    pub fn is_recently_started(&self, uuid: &str) -> bool {
        self.cell.recent.contains(uuid)
    }

    /// Looks at an application's container.
    pub async fn look_at_application(&self, app: &Owned<Application>) -> Result<Live, Failure> {
        Ok(self.client.look_at_application(&app.uuid).await?)
    }

    /// Looks at those containers of a service that are to run on. `None` if there are none, or if
    /// the release of Coolify cannot look.
    pub async fn look_at_service(
        &self,
        service: &Owned<Service>,
    ) -> Result<Option<Looks>, Failure> {
        let looks = stream::iter(lasting(service).into_iter().take(MAX_LOOKS)).map(async |name| {
            let live = self.client.look_at_container(&service.uuid, &name).await?;
            Ok::<_, Failure>(live.map(|live| (name, live)))
        });
        let looks: Option<Vec<_>> =
            looks.buffered(CONCURRENCY).try_collect::<Vec<_>>().await?.into_iter().collect();
        Ok(looks.filter(|looks| !looks.is_empty()).map(Looks))
    }
}

impl Coolify {
    /// Checks that the host of an app can be reached: Coolify deletes what it knows of an app whose
    /// host can't be reached, and its containers and volumes stay for ever (4.3.11).
    ///
    /// # Errors
    ///
    /// Unready if Coolify reports its server as unreachable, or cannot look at the containers.
    pub async fn check_host_of_app(&self, app: &AnyApp) -> Result<(), Failure> {
        match app {
            AnyApp::Application(app) => {
                self.check_server().await?;
                self.look_at_application(app).await.map_err(unreachable_host)?;
                Ok(())
            }
            AnyApp::Service(service) => self.check_host_of_service(service).await,
        }
    }

    /// Checks that the host of a service can be reached, as [`Coolify::check_host_of_app`].
    pub async fn check_host_of_service(&self, service: &Owned<Service>) -> Result<(), Failure> {
        self.check_server().await?;
        self.look_at_service(service).await.map_err(unreachable_host)?;
        Ok(())
    }

    /// Checks that the host of the workspace's databases can be reached. Coolify cannot look at a
    /// database without showing another one's log (4.3.11), so an app of the workspace is looked at,
    /// if there is one.
    pub async fn check_host_of_databases(&self) -> Result<(), Failure> {
        self.check_server().await?;
        if let Some(app) = self.applications().await?.first() {
            self.look_at_application(app).await.map_err(unreachable_host)?;
        }
        Ok(())
    }

    /// Checks what Coolify reports of its server.
    pub(super) async fn check_server(&self) -> Result<(), Failure> {
        let server = self.client.server().await?;
        let condition = self.client.server_condition(&server).await?;
        if condition.is_reachable == Some(false) || condition.is_usable == Some(false) {
            return Err(lost_host());
        }
        Ok(())
    }
}

/// Rewords the failure of a look. Coolify answers 500 where it can't reach the host; other failures
/// say nothing of it, but nothing may be deleted without a look.
fn unreachable_host(failure: Failure) -> Failure {
    match failure.kind {
        Kind::Upstream | Kind::Timeout => lost_host(),
        _ => failure,
    }
}

impl Coolify {
    /// Whether containers of a service run, or are being started. Coolify may tell that a service
    /// is exited minutes after it was started (4.3.11), so docker is looked at; a release that
    /// cannot look is taken to run what this process started in the last five minutes.
    pub async fn service_runs(&self, service: &Owned<Service>) -> Result<bool, Failure> {
        if !matches!(service.status.state, State::Exited | State::Unknown) {
            return Ok(true);
        }
        let looks = self.look_at_service(service).await?;
        let is_recent = || self.cell.recent.contains(service.uuid.as_str());
        Ok(looks.map_or_else(is_recent, |looks| looks.any_runs()))
    }
}

/// Returns the names of the containers that are to run on.
fn lasting(service: &Service) -> Vec<String> {
    let listed = listed_services(service.compose().unwrap_or_default());
    if listed.is_empty() {
        let applications = service.applications.iter().map(|each| each.name.clone());
        return applications
            .chain(service.databases.iter().map(|each| each.name.clone()))
            .collect();
    }
    listed.into_iter().filter(|each| each.runs_on).map(|each| each.name).collect()
}

/// Returns a service with its containers in the order of its compose file. Coolify returns them in
/// any order, which changes (4.3.11).
pub(super) fn in_file_order(mut service: Service) -> Service {
    let listed = listed_services(service.compose().unwrap_or_default());
    let position = |name: &str| {
        let at = listed.iter().position(|each: &ListedService| each.name == name);
        (at.unwrap_or(usize::MAX), name.to_owned())
    };
    service.applications.sort_by_cached_key(|each| position(&each.name));
    service.databases.sort_by_cached_key(|each| position(&each.name));
    service
}
