//! Failures of the auth operations.

use covibe_coolify::{EnvKey, Service};
use covibe_domain::entities::Provider;
use covibe_domain::{Failure, Kind};

/// 404: the service is an app, of a compose file or of another template.
pub(super) fn not_a_provider(service: &Service) -> Failure {
    Failure::not_found(format!("Service {} is not an auth provider.", service.uuid))
        .hint("It is an app: use apps.get and apps.delete.")
}

/// 409: the name belongs to a service that is not this provider.
pub(super) fn service_of_another_kind(name: &str) -> Failure {
    Failure::conflict(format!("A service named {name} of another kind already exists."))
        .hint("Pass another name.")
}

/// 409: no visitor becomes the administrator of this provider.
pub(super) fn not_first_visitors(name: &str) -> Failure {
    Failure::conflict(format!("{name} does not need a person to open it."))
        .hint("auth.get explains how it is administered; apps.control starts it.")
}

/// 502: Coolify accepted a required variable and lost it.
pub(super) fn unsaved_variable(key: &EnvKey) -> Failure {
    let message = format!("Coolify did not save {key}, so the provider was not started.");
    Failure::new(Kind::Upstream, message)
        .hint("Repeat the same call: it sets the variable again before it starts the provider.")
}

/// The provider's template is not among those of this Coolify.
pub(super) fn missing_template(provider: Provider) -> Failure {
    Failure::unready(format!("This Coolify has no template {provider}."))
        .hint("Choose another provider, or tell the operator to update Coolify.")
}
