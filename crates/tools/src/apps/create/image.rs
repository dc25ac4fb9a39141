//! Pathway 2: from a Docker image.

use covibe_coolify::{ApplicationPatch, NewImageApplication};
use covibe_domain::Failure;
use covibe_domain::image::ImageReference as Image;
use covibe_domain::shell::Ports;
use covibe_workspace::{Workspace, create_journaled};

use super::new_app::{NewApp, Source};
use super::{CreateApp, Created};
use crate::names;

/// The port that most published web images listen on.
const USUAL_PORT: &str = "80";

/// Creates one.
pub(super) async fn create(
    cx: &Workspace,
    params: &CreateApp,
    image: &str,
) -> Result<Created, Failure> {
    let image = names::image("image", "nginx:1.27, ghcr.io/org/app:2.0", image)?;
    let fallback = base_name(&image);
    let creation = NewApp { params, source: Source::Image(image) };
    Box::pin(create_journaled(cx, &creation, params.name.as_deref(), &fallback, params)).await
}

/// The last part of an image's name: `ghcr.io/org/app:1` → `app`; no longer than a name may be.
fn base_name(image: &Image) -> String {
    image.base_name().chars().take(63).collect()
}

/// What Coolify is told at first.
pub(super) fn application(
    params: &CreateApp,
    image: &Image,
    name: &str,
    url: String,
) -> Result<NewImageApplication, Failure> {
    Ok(NewImageApplication {
        name: name.to_owned(),
        description: None,
        image: image.clone(),
        ports: ports(params)?,
        domains: vec![url],
    })
}

/// What it is told then, in case it was begun with other values.
pub(super) fn patch(
    params: &CreateApp,
    image: &Image,
    url: String,
) -> Result<ApplicationPatch, Failure> {
    Ok(ApplicationPatch {
        image: Some(image.clone()),
        domains: Some(vec![url]),
        ports_exposes: Some(ports(params)?),
        ..ApplicationPatch::default()
    })
}

fn ports(params: &CreateApp) -> Result<Ports, Failure> {
    params.texts()?.ports.map_or_else(|| names::shell_text("ports", USUAL_PORT), Ok)
}
