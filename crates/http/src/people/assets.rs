//! `/assets/{name}`: the files of the pages, whose names change with their content.

use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::{HttpRequest, HttpResponse, Resource, Route, web};
use covibe_console::assets;

use crate::connection::Streamed;
use crate::responses;

/// Returns the route.
pub(crate) fn resource() -> Resource {
    let get = web::get().to(async |request: HttpRequest| {
        let name = request.match_info().get("name").unwrap_or_default();
        match assets::find(name) {
            Some(asset) => {
                let mut response = HttpResponse::Ok()
                    .content_type(asset.media_type)
                    .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
                    .body(asset.content);
                response.extensions_mut().insert(Streamed::SHARED);
                response
            }
            None => responses::no_such_path(&request),
        }
    });
    at("/assets/{name}", get)
}

/// Returns the route of the icon that browsers ask for on their own.
pub(crate) fn icon() -> Resource {
    let get = web::get().to(async || {
        HttpResponse::TemporaryRedirect().insert_header((LOCATION, assets::ICON.path())).finish()
    });
    at("/favicon.ico", get)
}

/// Returns the route of the file that keeps search engines out.
pub(crate) fn robots() -> Resource {
    let get = web::get().to(async || {
        HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body("User-agent: *\nDisallow: /\n")
    });
    at("/robots.txt", get)
}

fn at(path: &str, get: Route) -> Resource {
    web::resource(path.to_owned())
        .route(get)
        .default_service(web::to(|| responses::wrong_method("GET")))
}
