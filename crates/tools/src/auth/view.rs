//! A Coolify service as the auth provider that it is.

use covibe_coolify::Service;
use covibe_domain::entities::{AuthProvider, Provider};

/// Projects a service; one of another type is no auth provider.
pub(super) fn provider(from: &Service) -> Option<AuthProvider> {
    Some(AuthProvider {
        uuid: from.uuid.clone(),
        name: from.name.clone(),
        provider: Provider::from_word(from.service_type.as_deref()?)?,
        status: from.state().0.to_owned(),
        domains: from.domains(),
    })
}
