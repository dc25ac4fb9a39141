//! Questions to the registries of images, before something is created, changed or started with them: docker finds out
//! only after the old containers are gone.

use covibe_compose::Compose;
use covibe_coolify::Service;
use covibe_domain::Failure;
use covibe_domain::image::ImageReference;
use covibe_workspace::{Absent, ImageFound, Workspace};
use futures_util::future::join_all;
use serde_json::json;

use crate::sight::present;

/// The maximum number of images of one call that are asked for.
const MAX_IMAGES: usize = 50;

/// The mend of an image that its registry lacks.
const MEND: &str = "Nothing was changed or started. Look the tag up at the registry, and pass one that it has; \
    a private image also looks absent to some registries.";

/// Checks that the registry has an image. `param` names it in the failure. Returns what to tell if that could not be
/// found out.
///
/// # Errors
///
/// Rejected if the registry lacks it.
pub(crate) async fn check_image(
    cx: &Workspace,
    param: &str,
    image: &ImageReference,
) -> Result<Option<String>, Failure> {
    match cx.find_image(image).await {
        Some(ImageFound::Absent(absent)) => {
            Err(absent_images(&[(param.to_owned(), image, absent)]))
        }
        Some(ImageFound::NotSeen(why)) => {
            Ok(Some(format!("It was not seen that {} exists: {why}.", shortened(image))))
        }
        Some(ImageFound::Present { .. }) | None => Ok(None),
    }
}

/// Checks a reference as it is stored, like [`check_image`]; what is none passes.
///
/// # Errors
///
/// As [`check_image`].
pub(crate) async fn check_stored_image(
    cx: &Workspace,
    param: &str,
    image: Option<&str>,
) -> Result<Option<String>, Failure> {
    match image.and_then(|image| image.parse().ok()) {
        Some(image) => check_image(cx, param, &image).await,
        None => Ok(None),
    }
}

/// Checks that the registries have the images of services, each with its name. What can't be found out passes, and
/// so does a reference with a variable.
///
/// # Errors
///
/// Rejected if a registry lacks one; the failure names all of them.
async fn check_images<'a>(
    cx: &Workspace,
    images: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<(), Failure> {
    let parsed = |(service, image): (&str, &str)| {
        Some((format!("services.{service}"), image.parse::<ImageReference>().ok()?))
    };
    let images: Vec<_> = images.into_iter().filter_map(parsed).take(MAX_IMAGES).collect();
    let found = join_all(images.iter().map(|(_, image)| cx.find_image(image))).await;
    let absent = images.iter().zip(found).filter_map(|((service, image), found)| match found {
        Some(ImageFound::Absent(absent)) => Some((service.clone(), image, absent)),
        _ => None,
    });
    let absent: Vec<_> = absent.collect();
    if absent.is_empty() { Ok(()) } else { Err(absent_images(&absent)) }
}

/// Checks the images of a compose file.
///
/// # Errors
///
/// As [`check_images`].
pub(crate) async fn check_compose_images(cx: &Workspace, compose: &Compose) -> Result<(), Failure> {
    let services = compose.services.iter();
    check_images(cx, services.map(|each| (each.name.as_str(), each.image.as_str()))).await
}

/// Checks the images of a compose service as Coolify has it.
///
/// # Errors
///
/// As [`check_images`].
pub(crate) async fn check_service_images(cx: &Workspace, service: &Service) -> Result<(), Failure> {
    let (applications, databases) = present(service);
    let applications = applications.into_iter().map(|each| (&each.name, &each.image));
    let databases = databases.into_iter().map(|each| (&each.name, &each.image));
    let named =
        |(name, image): (&'_ String, &'_ Option<String>)| Some((name.clone(), image.clone()?));
    let images: Vec<_> = applications.chain(databases).filter_map(named).collect();
    check_images(cx, images.iter().map(|(name, image)| (name.as_str(), image.as_str()))).await
}

fn shortened(image: &ImageReference) -> String {
    covibe_domain::names::shown(&image.to_string(), 200)
}

/// The registries lack images.
fn absent_images(images: &[(String, &ImageReference, Absent)]) -> Failure {
    let told = |(param, image, absent): &(String, &ImageReference, Absent)| {
        format!("{param} is {}, and {absent}.", shortened(image))
    };
    let listed: Vec<_> = images.iter().map(|(_, image, _)| shortened(image)).collect();
    let told: Vec<_> = images.iter().map(told).collect();
    Failure::rejected(told.join(" ")).hint(MEND).detail("images", json!(listed))
}
