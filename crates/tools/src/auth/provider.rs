//! The Coolify services that are auth providers.

use covibe_coolify::Service;
use covibe_domain::entities::Provider;
use covibe_domain::{Failure, ServiceUuid};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, StartTurn, WaitingDeployment};

use super::errors::not_a_provider;

/// The kind of an auth provider in the journal of creations.
pub(super) const KIND: &str = "service";

/// Returns which provider a service is, or `None` if it is not an auth provider.
pub(super) fn provider_of(service: &Service) -> Option<Provider> {
    Provider::from_word(service.service_type.as_deref()?)
}

/// Returns the auth provider with this uuid, and which provider it is.
///
/// # Errors
///
/// Not found if the workspace has no such service, or if it is not an auth provider.
pub(super) async fn find(
    coolify: &Coolify,
    uuid: &ServiceUuid,
) -> Result<(Owned<Service>, Provider), Failure> {
    let service = coolify.service(uuid).await?;
    match provider_of(&service) {
        Some(provider) => Ok((service, provider)),
        None => Err(not_a_provider(&service)),
    }
}

/// Starts a service; one that Coolify takes for running is restarted if `restarts`. Returns the start if it waits for
/// a place.
pub(super) async fn start(
    coolify: &Coolify,
    service: &Owned<Service>,
    restarts: bool,
) -> Result<Option<WaitingDeployment>, Failure> {
    match coolify.service_start(service, false).await? {
        StartTurn::Now(place) => {
            coolify.start_service(service, restarts, place).await?;
            Ok(None)
        }
        StartTurn::Waits(waiting) => Ok(Some(waiting)),
    }
}
