//! `GET /`: what this server is and how to connect; HTML for browsers, JSON for everything else.

use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, HttpResponse, Resource, web};
use covibe_console::pages::home::{Home, home};
use covibe_domain::own_origins::Doors;
use covibe_operation::VERSION;
use serde_json::json;

use crate::clients::{Server, page_entries};
use crate::{host_and_origin_check, people, responses};

/// The name under which a client lists the server.
const NAME: &str = "co-vibe";

const ABOUT: &str = "Co-Vibe lets coding agents deploy and run apps, databases and auth providers on \
                     Coolify and Gitea. One API key gives access to one workspace.";

/// Returns the route.
pub(crate) fn resource(doors: &Doors) -> Resource {
    let doors = doors.clone();
    let get = web::get().to(move |request: HttpRequest| {
        let origin = host_and_origin_check::origin_of(&doors, request.headers());
        std::future::ready(page(request.headers(), &origin))
    });
    web::resource("/").route(get).default_service(web::to(|| responses::wrong_method("GET")))
}

fn page(headers: &HeaderMap, origin: &str) -> HttpResponse {
    if responses::wants_page(headers) {
        let server = Server { name: NAME, origin };
        let (about, origin) = (ABOUT.to_owned(), origin.to_owned());
        return people::page(
            200,
            home(&Home { about, origin, clients: page_entries(server, None) }),
        );
    }
    let value = json!({
        "name": NAME,
        "version": VERSION,
        "about": ABOUT,
        "mcpUrl": format!("{origin}/api/mcp"),
        "openapi": format!("{origin}/openapi.json"),
        "health": format!("{origin}/api/health"),
        "authentication": "Authorization: Bearer vibn_sk_…",
    });
    responses::json(200, &value)
}
