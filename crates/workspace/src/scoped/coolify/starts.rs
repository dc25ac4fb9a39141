//! The tenant's places among the starts that Coolify's workers carry out.

use covibe_coolify::{Database, Service};
use covibe_domain::image::ImageReference;
use covibe_domain::{Failure, boxed};
use covibe_policy::Owned;

use super::Coolify;
use crate::cells::{BOUNDED, LONGEST, StartPlace, Target, Terms};
use crate::scoped::errors::full_start_share;

impl Coolify {
    /// Takes a place to start something: a database, a compose app or an auth provider. If the tenant
    /// has used its share, Coolify is asked which of the other starts have ended.
    ///
    /// # Errors
    ///
    /// Limited if the tenant has used its share of the starts in progress.
    #[boxed]
    pub async fn start_place(&self) -> Result<StartPlace, Failure> {
        let (starts, tenant) = (&self.cell.starts_under_way, &self.origins.record.tenant);
        let limits = self.start_limits;
        if let Some(place) = starts.take(tenant, limits.most) {
            return Ok(place);
        }
        // Boxed because the future is large.
        Box::pin(self.look_at_starts()).await?;
        let place = starts.take(tenant, limits.most);
        place.ok_or_else(|| full_start_share(limits.most, limits.notice))
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

    /// Takes a place to start or restart this service.
    ///
    /// # Errors
    ///
    /// Limited if the tenant has used its share of the starts in progress.
    #[boxed]
    pub async fn service_start_place(
        &self,
        service: &Owned<Service>,
    ) -> Result<StartPlace, Failure> {
        self.note_state(service);
        self.start_place().await
    }

    /// Notes what Coolify tells of a service, which may end its start.
    pub fn note_state(&self, service: &Owned<Service>) {
        let target = Target::Service(service.uuid.clone());
        self.cell.starts_under_way.saw(&target, service.status.state);
    }

    /// Takes a place to restart this database.
    ///
    /// # Errors
    ///
    /// Limited if the tenant has used its share of the starts in progress.
    #[boxed]
    pub async fn database_start_place(
        &self,
        database: &Owned<Database>,
    ) -> Result<StartPlace, Failure> {
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
