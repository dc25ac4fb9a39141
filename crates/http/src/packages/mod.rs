//! The package of the companion: files for npm to install, and the registry of its scope. They need no key.

mod download_permits;
mod downloads;
mod file_response;
mod npm_registry;
mod offered_packages;
mod package_folder;
mod package_record;
mod regular_files;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource};
use covibe_domain::Failure;
use covibe_domain::own_origins::Doors;

use crate::responses;
pub use offered_packages::Packages;
use offered_packages::{DOWNLOADS, REGISTRY};

/// Returns the version of the newest package; none if none is built.
pub(crate) async fn newest_version(packages: &Packages) -> Option<String> {
    packages.newest().await.ok().map(|newest| newest.version.to_string())
}

/// Returns the line of `.npmrc` by which npm asks the server at this origin for packages of the scope.
pub(crate) fn registry_line(origin: &str) -> String {
    format!("@co-vibe:registry={origin}{REGISTRY}/")
}

/// Returns the command that installs the package by the name of its scope.
pub(crate) fn scoped_command() -> String {
    format!("npm install --save-dev {}", package_record::SCOPED_NAME)
}

/// Adds the routes.
pub(crate) fn routes(routes: &mut ServiceConfig, packages: &Packages, doors: &Doors) {
    routes
        .service(resource(&format!("{DOWNLOADS}/{{name}}"), packages, doors, downloads::answer))
        .service(resource(
            &format!("{REGISTRY}/{{path:.*}}"),
            packages,
            doors,
            npm_registry::answer,
        ));
}

fn resource<H>(path: &str, packages: &Packages, doors: &Doors, handler: H) -> Resource
where
    H: AsyncFn(&Packages, &str, &HttpRequest) -> Result<HttpResponse, Failure> + Clone + 'static,
{
    let route = || {
        let (packages, doors, handler) = (packages.clone(), doors.clone(), handler.clone());
        move |request: HttpRequest| {
            let (packages, handler) = (packages.clone(), handler.clone());
            let origin = crate::host_and_origin_check::origin_of(&doors, request.headers());
            async move {
                let answered = handler(&packages, &origin, &request).await;
                answered.unwrap_or_else(|failure| responses::failure(&failure))
            }
        }
    };
    web::resource(path.to_owned())
        .route(web::get().to(route()))
        .route(web::head().to(route()))
        .default_service(web::to(|| responses::wrong_method("GET, HEAD")))
}
