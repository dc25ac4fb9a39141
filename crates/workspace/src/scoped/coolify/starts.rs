//! The tenant's places among the starts that Coolify's workers carry out.

use covibe_coolify::{Database, Deployment, Service};
use covibe_domain::Failure;
use covibe_domain::image::ImageReference;
use covibe_policy::Owned;

use super::Coolify;
use super::deployments::deployment_places;
use crate::cells::{BOUNDED, LONGEST, StartPlace, Target, Terms};
use crate::scoped::errors::full_start_share;

impl Coolify {
    /// Takes a place to start something: a database, a compose app or an auth provider. If the tenant
    /// has used its share, Coolify is asked which of the other starts have ended.
    ///
    /// # Errors
    ///
    /// Limited if the tenant has used its share of the starts in progress, or of these and the
    /// deployments together.
    pub async fn start_place(&self) -> Result<StartPlace<'_>, Failure> {
        let (starts, tenant) = (&self.cell.starts_under_way, &self.origins.record.tenant);
        let limits = self.start_limits;
        let always = limits.most_beside(self.max_running_deployments, self.max_running_deployments);
        if let Some(place) = starts.take(tenant, always) {
            return Ok(place);
        }
        // Boxed because the futures are large.
        let deploying = Box::pin(self.used_by_deployments()).await;
        let most = limits.most_beside(deploying, self.max_running_deployments);
        if let Some(place) = starts.take(tenant, most) {
            return Ok(place);
        }
        Box::pin(self.look_at_starts()).await?;
        starts.take(tenant, most).ok_or_else(|| full_start_share(most + deploying, limits.notice))
    }

    /// Returns how many places the tenant's deployments use: as many as there may be, if that can't be
    /// read.
    async fn used_by_deployments(&self) -> usize {
        let count = |read: Vec<Deployment>| deployment_places(&read);
        self.tenants_deployments().await.map_or(self.max_running_deployments, count)
    }

    /// Returns how many starts of the tenant are under way, which are looked at if there are as many as
    /// `most`.
    pub async fn starts_in_progress(&self, most: usize) -> Result<usize, Failure> {
        let (starts, tenant) = (&self.cell.starts_under_way, &self.origins.record.tenant);
        if starts.count(tenant) >= most {
            Box::pin(self.look_at_starts()).await?;
        }
        Ok(starts.count(tenant))
    }

    /// Reads what the tenant is starting, and gives the places back of starts that are over.
    async fn look_at_starts(&self) -> Result<(), Failure> {
        let starts = &self.cell.starts_under_way;
        for target in starts.targets(&self.origins.record.tenant) {
            let state = match &target {
                Target::Service(uuid) => {
                    self.client.find_service(uuid).await?.map(|found| found.status.state)
                }
                Target::Database(uuid) => {
                    self.client.find_database(uuid).await?.map(|found| found.status.state)
                }
            };
            match state {
                Some(state) => starts.saw(&target, state),
                None => starts.lost_sight_of(&target),
            }
        }
        Ok(())
    }

    /// Checks that the tenant has a place left to start something, before anything is created that is
    /// started later in the call.
    ///
    /// # Errors
    ///
    /// Limited if the tenant has used its share of the starts in progress.
    pub async fn check_start_share(&self) -> Result<(), Failure> {
        self.start_place().await.map(drop)
    }

    /// Takes a place to start this service.
    pub(super) async fn service_start_place(
        &self,
        service: &Owned<Service>,
    ) -> Result<StartPlace<'_>, Failure> {
        let target = Target::Service(service.uuid.clone());
        self.cell.starts_under_way.saw(&target, service.status.state);
        self.start_place().await
    }

    /// Takes a place to restart this database.
    ///
    /// # Errors
    ///
    /// Limited if the tenant has used its share of the starts in progress.
    pub async fn database_start_place(
        &self,
        database: &Owned<Database>,
    ) -> Result<StartPlace<'_>, Failure> {
        let target = Target::Database(database.uuid.clone());
        self.cell.starts_under_way.saw(&target, database.status.state);
        self.start_place().await
    }

    /// Notes that something is deleted, in this state: what it is told of afterwards ends no start.
    pub(super) fn ends(&self, target: &Target, state: covibe_coolify::State) {
        self.cell.starts_under_way.saw(target, state);
        self.cell.starts_under_way.lost_sight_of(target);
    }

    /// Returns how long the first start of a service holds its place.
    pub(super) const fn start_terms(&self) -> Terms {
        Terms { notice: self.start_limits.notice, longest: LONGEST }
    }

    /// Returns how long a restart holds its place.
    pub(super) fn restart_terms(&self) -> Terms {
        Terms { notice: self.start_limits.restart_notice(), longest: LONGEST }
    }
}

impl Terms {
    /// Returns the same for a database with this image, or with its type's own: an official image is
    /// pulled in a bounded time, unlike one of a registry that answers as slowly as it likes.
    pub(super) fn of_image(self, image: Option<&str>) -> Self {
        let is_official = |image: &str| {
            image.parse::<ImageReference>().is_ok_and(|image| !image.familiar_name().contains('/'))
        };
        Self { longest: if image.is_none_or(is_official) { BOUNDED } else { LONGEST }, ..self }
    }
}
