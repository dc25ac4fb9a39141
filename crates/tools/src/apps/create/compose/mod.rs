//! Pathway 3: from a compose file, as a service of Coolify's.

mod new_stack;
mod routes;
mod shape;
mod targets;

use covibe_compose::{Compose, ComposeService, compose};
use covibe_domain::Failure;
use covibe_workspace::{Workspace, create_journaled};

use self::new_stack::NewStack;
use self::targets::{Target, targets};
use super::{CreateApp, Created};
use crate::apps::envs::{check_compose, check_unflagged};

/// Creates one.
pub(super) async fn create(
    cx: &Workspace,
    params: &CreateApp,
    file: &str,
) -> Result<Created, Failure> {
    let compose = compose(file)?;
    let targets = targets(params, &compose)?;
    let envs = params.envs.as_deref().unwrap_or_default();
    check_compose(envs)?;
    check_unflagged(envs)?;
    let fallback = fallback(&compose, &targets);
    let creation = NewStack { params, compose, targets };
    // A domain outside the namespace is told before anything is written down.
    creation.routes(cx, params.name.as_deref().unwrap_or(&fallback))?;
    Box::pin(create_journaled(cx, &creation, params.name.as_deref(), &fallback, params)).await
}

/// What to call it where no name is given: as the image of the service that gets the domain.
fn fallback(compose: &Compose, targets: &[Target]) -> String {
    let routed = |service: &&ComposeService| targets.iter().any(|to| to.service == service.name);
    let mut services = compose.services.iter();
    let service = services.clone().find(routed).or(services.find(|each| !each.is_database));
    let image = service.or(compose.services.first()).map_or("", |service| &service.image);
    // A tag may hold variables, and those anything.
    let image = image.split(['@', '$']).next().unwrap_or_default();
    let base = image.rsplit('/').next().and_then(|base| base.split(':').next());
    let base: String = base.unwrap_or_default().chars().take(63).collect();
    if base.is_empty() { "app".to_owned() } else { base }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_without_a_name_is_called_as_its_image() {
        for (image, name) in [
            ("twentycrm/twenty:v1", "twenty"),
            (
                "ghcr.io/org/a_b@sha256:0000000000000000000000000000000000000000000000000000000000000000",
                "a_b",
            ),
            ("localhost:5000/x:${TAG:-1}", "x"),
        ] {
            let file =
                format!("services: {{db: {{image: postgres:16}}, web: {{image: \"{image}\"}}}}");
            assert_eq!(fallback(&compose(&file).unwrap(), &[]), name);
        }
    }
}
