//! Auth providers, from the allowlist.

mod create;
mod delete;
mod get;
mod hosts;
mod list;
mod needs;
mod next;
mod view;

use covibe_coolify::Service;
use covibe_domain::entities::Provider;
use covibe_domain::{Failure, ServiceUuid};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Tool};

/// What they are called in the journal of creations.
const KIND: &str = "service";

/// The operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::of::<create::CreateAuth>(),
        Tool::of::<delete::DeleteAuth>(),
        Tool::of::<get::GetAuth>(),
        Tool::of::<list::ListAuth>(),
    ]
}

/// The auth provider of this uuid, and which one it is.
async fn found(
    coolify: &Coolify,
    uuid: &ServiceUuid,
) -> Result<(Owned<Service>, Provider), Failure> {
    let service = coolify.service(uuid).await?;
    match view::provider_of(&service) {
        Some(provider) => Ok((service, provider)),
        None => Err(other(&service)),
    }
}

/// A service of another kind.
fn other(service: &Service) -> Failure {
    let failure = Failure::not_found(format!("Service {} is no auth provider.", service.uuid));
    if service.is_template() {
        failure.hint("It is of a template that Co-Vibe does not manage: ask the operator.")
    } else {
        failure.hint("It is an app of a compose file: use apps.get and apps.delete.")
    }
}
