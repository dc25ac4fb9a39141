//! Questions to the registries of images, before something is created, changed or started with them: docker finds out
//! only after the old containers are gone.

use covibe_compose::Compose;
use covibe_coolify::Service;
use covibe_domain::Failure;
use covibe_domain::image::ImageReference;
use covibe_operation::quotable_name;
use covibe_workspace::{Absent, AnsweredImage, ImageFound, Workspace};
use futures_util::future::join_all;
use serde_json::json;

use crate::resource_state::present_containers;

/// The maximum number of images of one call that are asked for.
const MAX_IMAGES: usize = 50;

/// The mend of an image that its registry lacks.
const MEND: &str = "Nothing was changed or started. Check the tag in the registry, and pass one \
    that exists there. Some registries report a private image as absent.";

/// The mend of an image with a label by which it would reach beyond its workspace.
const LABEL_MEND: &str = "Nothing was changed or started. Remove the LABEL from the image or use \
    another image: domains are assigned with apps.domains.set only.";

/// The reason why no container may be started with an image.
enum Trouble {
    Absent(Absent),
    /// It has a label with this key.
    Label(String),
}

/// Returns why no container may be started with an image of this answer.
fn image_trouble(answer: &AnsweredImage) -> Option<Trouble> {
    match &answer.found {
        ImageFound::Absent(absent) => Some(Trouble::Absent(*absent)),
        _ => answer.barred_label.clone().map(Trouble::Label),
    }
}

/// Checks that the registry has an image, and that no label of it reaches beyond the workspace. `param` names it in the
/// failure. Returns what to tell if it could not be found out whether it exists.
///
/// # Errors
///
/// Rejected if the registry lacks it, or shows such a label.
pub(crate) async fn check_image(
    cx: &Workspace,
    param: &str,
    image: &ImageReference,
) -> Result<Option<String>, Failure> {
    let Some(answer) = cx.find_image(image).await else { return Ok(None) };
    if let Some(trouble) = image_trouble(&answer) {
        return Err(refusal(&[(param.to_owned(), image, trouble)]));
    }
    Ok(match answer.found {
        ImageFound::NotSeen(why) => Some(format!(
            "It could not be verified that {} exists: {why}.",
            shorten_reference(image)
        )),
        _ => None,
    })
}

/// Checks a reference as it is stored, like [`check_image`]; a text that is not a reference passes.
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

/// Checks the images of services, each with its name, as [`check_image`] does. What can't be found out passes, and so
/// does a reference with a variable.
///
/// # Errors
///
/// Rejected as there; the failure names all of them.
async fn check_images<'a>(
    cx: &Workspace,
    images: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<(), Failure> {
    let parsed = |(service, image): (&str, &str)| {
        Some((format!("services.{service}"), image.parse::<ImageReference>().ok()?))
    };
    let images: Vec<_> = images.into_iter().filter_map(parsed).take(MAX_IMAGES).collect();
    let found = join_all(images.iter().map(|(_, image)| cx.find_image(image))).await;
    let troubles = images.iter().zip(found).filter_map(|((service, image), answer)| {
        Some((service.clone(), image, image_trouble(&answer?)?))
    });
    let troubles: Vec<_> = troubles.collect();
    if troubles.is_empty() { Ok(()) } else { Err(refusal(&troubles)) }
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
    let (applications, databases) = present_containers(service);
    let applications = applications.into_iter().map(|each| (&each.name, &each.image));
    let databases = databases.into_iter().map(|each| (&each.name, &each.image));
    let named =
        |(name, image): (&'_ String, &'_ Option<String>)| Some((name.clone(), image.clone()?));
    let images: Vec<_> = applications.chain(databases).filter_map(named).collect();
    check_images(cx, images.iter().map(|(name, image)| (name.as_str(), image.as_str()))).await
}

fn shorten_reference(image: &ImageReference) -> String {
    covibe_domain::names::displayable(&image.to_string(), 200)
}

/// 422: no container may be started with these images.
fn refusal(images: &[(String, &ImageReference, Trouble)]) -> Failure {
    let sentence = |(param, image, trouble): &(String, &ImageReference, Trouble)| {
        let image = shorten_reference(image);
        match trouble {
            Trouble::Absent(absent) => format!("{param} is {image}, and {absent}."),
            Trouble::Label(key) => format!(
                "{param} is {image}, which has a label on which the proxy acts: {}.",
                quotable_name(key)
            ),
        }
    };
    let listed: Vec<_> = images.iter().map(|(_, image, _)| shorten_reference(image)).collect();
    let sentences: Vec<_> = images.iter().map(sentence).collect();
    let lacks_any = images.iter().any(|(.., trouble)| matches!(trouble, Trouble::Absent(_)));
    let hint = if lacks_any { MEND } else { LABEL_MEND };
    Failure::rejected(sentences.join(" ")).hint(hint).detail("images", json!(listed))
}
