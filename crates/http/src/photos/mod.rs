//! The photos of people: uploaded on the page with the profile, and shown to the people of their companies.

mod multipart;
mod orphaned_photos;

pub use orphaned_photos::remove_lost_photos;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY};
use actix_web::web::{self, ServiceConfig};
use covibe_console::pages::error_pages::bare_failure;
use covibe_console::{Problem, paths};
use covibe_dispatch::Proof;
use covibe_domain::{Failure, Kind};
use covibe_photos::PhotoName;

use crate::app_state::App;
use crate::people::{PageResult, Visit, browser_route, refused_form, see_other};
use crate::responses;

/// Adds the routes.
pub(crate) fn routes(routes: &mut ServiceConfig, app: &App) {
    let refuse = |allowed: &'static str| web::to(move || responses::wrong_method(allowed));
    let own = |what: &str| web::resource(format!("{}/{what}", paths::PROFILE));
    routes
        .service(
            web::resource("/photos/{name}")
                .route(browser_route(app, web::get(), show))
                .default_service(refuse("GET")),
        )
        .service(
            own("photo")
                .route(browser_route(app, web::post(), upload))
                .default_service(refuse("POST")),
        )
        .service(
            own("photo/remove")
                .route(browser_route(app, web::post(), remove))
                .default_service(refuse("POST")),
        );
}

/// Shows a photo to its person and to the members of the companies that they work in.
async fn show(visit: &mut Visit) -> PageResult {
    let name: PhotoName = visit.part("name").parse().map_err(|_| no_photo())?;
    let person = visit.person()?;
    if !visit.identity().may_see_photo(person, &name.to_string()).await? {
        return Err(no_photo());
    }
    let bytes = visit.app.photos.read(&name).await?;
    Ok(HttpResponse::Ok()
        .content_type(name.media_type())
        // Even if a browser takes it for a page, it may do nothing.
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((CONTENT_DISPOSITION, "inline"))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        // A name has one content for ever.
        .insert_header((CACHE_CONTROL, "private, max-age=3600, immutable"))
        .body(bytes))
}

/// Keeps a photo that was uploaded. The page that says why it was refused leads back to the profile.
async fn upload(visit: &mut Visit) -> PageResult {
    match keep(visit).await {
        Err(why) if why.kind != Kind::Unauthenticated => {
            let problem = Problem::from(&why).of_request(visit.identified.id().as_str());
            let back = Some(("Back to your profile", paths::PROFILE));
            Ok(refused_form(&why, bare_failure("Your photo was not changed", &problem, back)))
        }
        kept => kept,
    }
}

/// Keeps a photo of the person who is signed in, and removes the one before.
///
/// The file is there before its name is recorded, so that no page shows a photo that is missing. A server that is
/// killed in between leaves a file that nobody has, which `remove_lost_photos` finds.
async fn keep(visit: &mut Visit) -> PageResult {
    let person = visit.person()?.clone();
    let tenant = visit.tenant().await?;
    let _place = visit.app.photos.begin_upload(tenant.as_ref())?;
    visit.identity().count_photo(&person).await?;
    let (payload, held) = (visit.take_payload()?, visit.begin_body(tenant));
    let (upload, _held) = multipart::read_upload(&visit.request, payload, held).await?;
    visit.check_session().await?;
    person.check(Proof::Sent(&upload.csrf))?;
    let name = visit.app.photos.keep(upload.photo).await?;
    match visit.identity().set_photo(&person.user.id, Some(&name.to_string())).await {
        Ok(before) => forget(visit, before).await,
        Err(failure) => {
            forget(visit, Some(name.to_string())).await;
            return Err(failure);
        }
    }
    Ok(see_other(paths::PROFILE))
}

/// Removes the photo of the person who is signed in.
async fn remove(visit: &mut Visit) -> PageResult {
    visit.own_form().await?;
    let person = visit.person()?.user.id.clone();
    let before = visit.identity().set_photo(&person, None).await?;
    forget(visit, before).await;
    Ok(see_other(paths::PROFILE))
}

/// Removes the file of a photo that nobody has now. One that stays is shown to nobody.
async fn forget(visit: &Visit, name: Option<String>) {
    let Some(name) = name.and_then(|name| name.parse::<PhotoName>().ok()) else { return };
    if let Err(error) = visit.app.photos.remove(&name).await {
        tracing::warn!(%error, "an unused photo was not removed");
    }
}

fn no_photo() -> Failure {
    Failure::not_found("There is no such photo.")
}
