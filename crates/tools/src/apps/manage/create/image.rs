//! The requests to Coolify for an app that runs an image.

use covibe_coolify::{ApplicationPatch, Description, Limits, NewImageApplication};
use covibe_domain::Failure;
use covibe_domain::image::ImageReference as Image;

use super::params::CreateApp;

/// The port that most published web images listen on.
const DEFAULT_PORT: &str = "80";

/// Returns the request that creates the application.
pub(super) fn application(
    params: &CreateApp,
    image: &Image,
    name: &str,
    url: String,
) -> Result<NewImageApplication, Failure> {
    Ok(NewImageApplication {
        name: name.to_owned(),
        description: Description::default(),
        image: image.clone(),
        ports: params.shell_texts()?.ports_or(DEFAULT_PORT)?,
        domains: vec![url],
        limits: Limits::default(),
        restart_limit: None,
    })
}

/// Returns the patch that follows it, in case an earlier call began the application with other
/// values.
pub(super) fn patch(
    params: &CreateApp,
    image: &Image,
    url: String,
) -> Result<ApplicationPatch, Failure> {
    Ok(ApplicationPatch {
        image: Some(image.clone()),
        domains: Some(vec![url]),
        ports_exposes: Some(params.shell_texts()?.ports_or(DEFAULT_PORT)?),
        health_check: params.health_check()?,
        ..ApplicationPatch::default()
    })
}
