//! People with browsers: their sessions, how they sign in, and their first steps.
//!
//! A form counts only if a page of ours sent it: browsers say whose page it was, and the forms of a session contain
//! its `csrf`, a keyed digest of the session's id that is stored nowhere. Pages of the console add the workspace that they
//! show, so that their forms change nothing in another one.

mod account_takeover;
mod assets;
mod browser_request;
mod company_choice;
mod first_run;
mod form_fields;
mod invitation;
mod new_passwords;
mod onboarding;
mod one_time_links;
mod page_response;
mod return_to;
mod session_cookies;
mod sign_in;
mod workos_sign_in;

use actix_web::web::{self, ServiceConfig};
use covibe_console::paths;

use crate::app_state::App;
use crate::responses;

pub(crate) use browser_request::{PageResult, Visit, browser_route};
pub(crate) use company_choice::lead_to_choice;
pub(crate) use form_fields::Fields;
pub(crate) use page_response::{no_such_page, page, refused_form, see_other};
pub(crate) use session_cookies::{credential, session_cookie};

/// Adds the routes for signing in and for the first steps.
pub(crate) fn routes(routes: &mut ServiceConfig, app: &App) {
    let (get, post) = (web::get, web::post);
    let form = |path: &str| {
        web::resource(path.to_owned())
            .default_service(web::to(|| responses::wrong_method("GET, POST")))
    };
    routes
        .service(assets::resource())
        .service(assets::icon())
        .service(assets::robots())
        .service(
            form(paths::SIGN_IN)
                .route(browser_route(app, get(), sign_in::show))
                .route(browser_route(app, post(), sign_in::submit)),
        )
        .service(
            web::resource("/callback")
                .route(browser_route(app, get(), workos_sign_in::callback))
                .default_service(web::to(|| responses::wrong_method("GET"))),
        )
        .service(
            web::resource(paths::SIGN_OUT)
                .route(browser_route(app, post(), sign_in::sign_out))
                .default_service(web::to(|| responses::wrong_method("POST"))),
        )
        .service(
            form("/auth/link/{token}")
                .route(browser_route(app, get(), one_time_links::show))
                .route(browser_route(app, post(), one_time_links::submit)),
        )
        .service(
            form("/auth/invitation/{token}")
                .route(browser_route(app, get(), invitation::show))
                .route(browser_route(app, post(), invitation::submit)),
        )
        .service(
            form("/auth/first-run/{token}")
                .route(browser_route(app, get(), first_run::show))
                .route(browser_route(app, post(), first_run::submit)),
        )
        .service(
            form(paths::COMPANY)
                .route(browser_route(app, get(), company_choice::show))
                .route(browser_route(app, post(), company_choice::submit)),
        )
        .service(
            form(paths::TAKEN_OVER)
                .route(browser_route(app, get(), account_takeover::show))
                .route(browser_route(app, post(), account_takeover::submit)),
        )
        .service(
            form(paths::ONBOARDING)
                .route(browser_route(app, get(), onboarding::show))
                .route(browser_route(app, post(), onboarding::submit)),
        );
}
