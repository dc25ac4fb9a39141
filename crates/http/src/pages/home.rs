//! `GET /`: what this server is and how to connect; HTML for browsers, JSON for everything else.

use actix_web::http::header::{ACCEPT, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, Resource, web};
use covibe_domain::own_origins::Doors;
use covibe_operation::VERSION;
use serde_json::json;

use crate::answer;
use crate::clients::{CLIENTS, Client, Server};
use crate::doors;

/// The name under which a client lists the server.
const NAME: &str = "co-vibe";

/// The page's own rules: nothing is loaded or run.
const POLICY: (&str, &str) =
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");

const ABOUT: &str = "Co-Vibe lets coding agents deploy and run apps, databases and auth providers on \
                     Coolify and Gitea. One API key gives access to one workspace.";

/// Returns the route.
pub(crate) fn resource(doors: &Doors) -> Resource {
    let doors = doors.clone();
    let get = web::get().to(move |request: HttpRequest| {
        let origin = doors::origin_of(&doors, request.headers());
        std::future::ready(page(request.headers(), &origin))
    });
    web::resource("/").route(get).default_service(web::to(|| answer::wrong_method("GET")))
}

fn page(headers: &HeaderMap, origin: &str) -> HttpResponse {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") {
        return HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header(POLICY)
            .body(html(origin));
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
    answer::json(200, &value)
}

fn html(origin: &str) -> String {
    let clients: String = CLIENTS.iter().map(|client| section(client, origin)).collect();
    let origin = escape_html(origin);
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Co-Vibe</title>\
         <meta name=viewport content=\"width=device-width\">\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;\
         padding:0 1rem}}pre{{overflow:auto;background:#f4f4f4;padding:.8rem}}</style>\
         <h1>Co-Vibe</h1><p>{ABOUT}</p>\
         <h2>Connect</h2><p>MCP: <code>{origin}/api/mcp</code>. Ask the operator for an API key. \
         Clients send it as <code>Authorization: Bearer vibn_sk_…</code>.</p>{clients}\
         <h2>More</h2><ul><li><a href=/openapi.json>The REST API</a>\
         <li><a href=/api/mcp>The tools</a><li><a href=/api/cookbook>Recipes</a>\
         <li><a href=/api/health>Health</a></ul></html>\n"
    )
}

/// Returns the section of one client.
fn section(client: &Client, origin: &str) -> String {
    let form = escape_html(&client.form(Server { name: NAME, origin }));
    let instructions = escape_html(&client.instructions());
    format!(
        "<details><summary>{}</summary><p>{instructions}</p><pre>{form}</pre></details>",
        client.title
    )
}

/// Escapes a text for HTML.
fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
