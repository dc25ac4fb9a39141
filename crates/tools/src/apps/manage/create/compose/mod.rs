//! The creation of an app from a compose file.

mod creation;
mod domain_services;
mod service_urls;
mod stored_file;

pub(super) use self::creation::{ComposeCreation, describe_services};
pub(super) use self::domain_services::{RoutedService, targets};
pub(super) use self::service_urls::Routes;

use std::sync::OnceLock;

use covibe_compose::{Compose, ComposeService, StoredVariables};
use covibe_domain::Failure;
use covibe_workspace::{Workspace, create_journaled};

use super::answer::CreatedApp;
use super::params::CreateApp;
use crate::apps::compose::policy_request::{compose, request};
use crate::apps::constants::MAX_DEFAULT_NAME;
use crate::apps::manage::envs::{check_compose, check_no_previews, check_references};
use crate::image_checks::check_compose_images;

/// Creates an app from a compose file.
pub(super) async fn create(
    cx: &Workspace,
    params: &CreateApp,
    file: &str,
) -> Result<CreatedApp, Failure> {
    let request = request(cx, params.name.as_deref(), params.variables(), params.secret());
    let compose = compose(cx, file, request).await?;
    let targets = targets(params, &compose)?;
    check_compose_images(cx, &compose).await?;
    check_compose(&params.envs())?;
    check_no_previews(&params.envs())?;
    check_references(&StoredVariables::from_file(compose.text()), &[], &params.envs())?;
    let (name, default_name) = (params.name.as_deref(), default_name(&compose, &targets));
    let (template, created) = (None, OnceLock::new());
    let creation = ComposeCreation { params, compose, template, targets, created };
    // A domain outside the namespace is refused before anything is recorded.
    creation.routes(cx, name.unwrap_or(&default_name))?;
    Box::pin(create_journaled(cx, &creation, name, &default_name, params)).await
}

/// Returns the name of an app that the call gives none: the image of the service that gets the domain.
fn default_name(compose: &Compose, targets: &[RoutedService]) -> String {
    let routed = |service: &&ComposeService| targets.iter().any(|to| to.service == service.name);
    let mut services = compose.services.iter();
    let service = services.clone().find(routed).or(services.find(|each| !each.is_database));
    let image = service.or(compose.services.first()).map_or("", |service| &service.image);
    // A tag may contain variables, and those any character.
    let image = image.split(['@', '$']).next().unwrap_or_default();
    let base = image.rsplit('/').next().and_then(|base| base.split(':').next());
    let base: String = base.unwrap_or_default().chars().take(MAX_DEFAULT_NAME).collect();
    if base.is_empty() { "app".to_owned() } else { base }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_the_default_name_from_the_image() {
        for (image, name) in [
            ("twentycrm/twenty:v1", "twenty"),
            (
                "ghcr.io/org/a_b@sha256:0000000000000000000000000000000000000000000000000000000000000000",
                "a_b",
            ),
            ("registry.test/x:${TAG:-1}", "x"),
        ] {
            let file =
                format!("services: {{db: {{image: postgres:16}}, web: {{image: \"{image}\"}}}}");
            let request = covibe_compose::Request::default();
            let compose = covibe_compose::compose(&file, &request).unwrap();
            assert_eq!(default_name(&compose, &[]), name);
        }
    }
}
