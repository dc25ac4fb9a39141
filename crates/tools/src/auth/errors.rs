//! Failures of the auth operations.

use covibe_coolify::{EnvKey, Service};
use covibe_domain::{Failure, Kind};

/// 404: the service is a compose app or comes from another template.
pub(super) fn not_a_provider(service: &Service) -> Failure {
    let failure = Failure::not_found(format!("Service {} is not an auth provider.", service.uuid));
    if service.is_template() {
        failure.hint("Co-Vibe does not manage services of its template: ask the operator.")
    } else {
        failure.hint("It is a compose app: use apps.get and apps.delete.")
    }
}

/// 409: the name belongs to a service that is not this provider.
pub(super) fn service_of_another_kind(name: &str) -> Failure {
    Failure::conflict(format!("A service named {name} of another kind already exists."))
        .hint("Pass another name.")
}

/// 502: Coolify accepted a required variable and lost it.
pub(super) fn unsaved_variable(key: &EnvKey) -> Failure {
    let message = format!("Coolify did not save {key}, so the provider was not started.");
    Failure::new(Kind::Upstream, message)
        .hint("Repeat the same call: it sets the variable again before it starts the provider.")
}
