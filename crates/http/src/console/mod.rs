//! The console: pages for people who are signed in, made of what operations answer.
//!
//! A page makes no decisions. It calls the same operations as agents do, as the person who is signed in, and hands
//! the answers to `covibe-console`. A form is answered with a redirect, so that reloading sends nothing twice.
//!
//! `Workplace` is the workspace that a person works in: it calls operations as the person and turns a failure into
//! a page. The parts of a page are asked for separately, so that an upstream that fails hides nothing else. A
//! cookie with a word carries the notice of the next page; a key or a link is shown on the answer of the form
//! alone. `log` follows a deployment by server-sent events: each look is a call of a person who is still signed in.
//! The audit has the first look, which stands for those of the next ten minutes, and refused ones
//! (`Dispatcher::watch`). `log_streams` limits these streams for the whole server.

mod agent_activity;
mod audit;
mod deployment_log;
mod device_approval;
mod flash;
mod gitea_repositories;
mod live_resources;
mod log_streams;
mod overview;
mod provisioning_events;
mod settings;
mod workspace_and_rights;
mod workspace_switch;

use actix_web::web::{self, ServiceConfig};
use actix_web::{Resource, Route};
use covibe_console::{Section, paths};

use crate::app_state::App;
use crate::people::{PageResult, Visit, browser_route, see_other};
use crate::responses;
use workspace_and_rights::{Workplace, WorkplaceEntry};

pub(crate) use log_streams::LogStreams;

/// Adds the pages, and what their forms are sent to.
pub(crate) fn routes(routes: &mut ServiceConfig, app: &App, streams: &LogStreams) {
    let below = |path: &str, rest: &str| format!("{path}/{rest}");
    let decision = web::resource(paths::DEVICE)
        .route(browser_route(app, web::get(), device_approval::show))
        .route(browser_route(app, web::post(), device_approval::submit))
        .default_service(web::to(|| responses::wrong_method("GET, POST")));
    let deployment = below(paths::DEPLOYMENTS, "{uuid}");
    let provider = below(paths::AUTH, "{uuid}");
    routes
        .service(decision)
        .service(page(paths::OVERVIEW, page_route(app, Section::Overview, overview::show)))
        .service(form(
            paths::SWITCH,
            paths::OVERVIEW,
            personal_form_route(app, Section::Overview, workspace_switch::choose),
        ))
        .service(form(
            paths::PROVISION,
            paths::OVERVIEW,
            form_route(app, Section::Overview, overview::provision),
        ))
        .service(page(
            paths::SETUP,
            page_route(app, Section::Overview, provisioning_events::follow),
        ))
        .service(page(paths::CODE, page_route(app, Section::Code, gitea_repositories::show)))
        .service(page(paths::LIVE, page_route(app, Section::Live, live_resources::show)))
        .service(page(
            &below(paths::APPS, "{uuid}"),
            page_route(app, Section::Live, live_resources::app),
        ))
        .service(page(&provider, page_route(app, Section::Live, live_resources::auth)))
        .service(form(
            &below(&provider, "open"),
            paths::LIVE,
            form_route(app, Section::Live, live_resources::open),
        ))
        .service(page(&deployment, page_route(app, Section::Live, live_resources::deployment)))
        .service(page(&below(&deployment, "log"), deployment_log::route(app, streams)))
        .service(page(paths::ACTIVITY, page_route(app, Section::Activity, agent_activity::show)))
        .service(page(paths::AUDIT, page_route(app, Section::Audit, audit::show)));
    settings_routes(routes, app);
}

fn settings_routes(routes: &mut ServiceConfig, app: &App) {
    use settings::{agent_connections, keys, people, profile};
    let section = Section::Settings;
    let at = |path: &str, what: &str| format!("{path}/{what}");
    let of = |path: &str, what: &str| format!("{path}/{{id}}/{what}");
    routes
        .service(page(paths::KEYS, page_route(app, section, keys::show)))
        .service(form(paths::MINT_KEY, paths::KEYS, form_route(app, section, keys::mint)))
        .service(form(
            &of(paths::KEYS, "revoke"),
            paths::KEYS,
            form_route(app, section, keys::revoke),
        ))
        .service(page(paths::AGENTS, page_route(app, section, agent_connections::show)))
        .service(form(
            paths::CONNECT_AGENT,
            paths::AGENTS,
            form_route(app, section, agent_connections::connect),
        ))
        .service(page(paths::PEOPLE, page_route(app, section, people::show)))
        .service(form(paths::INVITE, paths::PEOPLE, form_route(app, section, people::invite)))
        .service(form(
            paths::CREATE_PERSON,
            paths::PEOPLE,
            form_route(app, section, people::create),
        ))
        .service(form(
            &of(paths::PEOPLE, "role"),
            paths::PEOPLE,
            form_route(app, section, people::change_role),
        ))
        .service(form(
            &of(paths::PEOPLE, "workspace"),
            paths::PEOPLE,
            form_route(app, section, people::change_workspace),
        ))
        .service(form(
            &of(paths::PEOPLE, "link"),
            paths::PEOPLE,
            form_route(app, section, people::link),
        ))
        .service(form(
            &of(paths::PEOPLE, "remove"),
            paths::PEOPLE,
            form_route(app, section, people::remove),
        ))
        .service(form(
            &of(paths::INVITATIONS, "revoke"),
            paths::PEOPLE,
            form_route(app, section, people::revoke),
        ))
        .service(form(
            &of(paths::LINKS, "revoke"),
            paths::PEOPLE,
            form_route(app, section, people::revoke_link),
        ))
        .service(page(paths::PROFILE, page_route(app, section, profile::show)))
        .service(form(
            &at(paths::PROFILE, "name"),
            paths::PROFILE,
            personal_form_route(app, section, profile::rename),
        ))
        .service(form(
            &at(paths::PROFILE, "password"),
            paths::PROFILE,
            personal_form_route(app, section, profile::change_password),
        ))
        .service(form(
            &at(paths::PROFILE, "leave"),
            paths::PROFILE,
            form_route(app, section, profile::leave),
        ))
        .service(form(
            &of(paths::SESSIONS, "revoke"),
            paths::PROFILE,
            personal_form_route(app, section, profile::end_session),
        ));
}

fn page(path: &str, route: Route) -> Resource {
    let refuse = web::to(|| responses::wrong_method("GET"));
    web::resource(path.to_owned()).route(route).default_service(refuse)
}

/// Returns the path that a form of a page is sent to. A browser that asks for it, as after a reload, is led to the page.
fn form(path: &str, page: &'static str, route: Route) -> Resource {
    let refuse = web::to(|| responses::wrong_method("POST"));
    let back = web::get().to(move || std::future::ready(see_other(page)));
    web::resource(path.to_owned()).route(route).route(back).default_service(refuse)
}

/// Returns the route of a page.
fn page_route<H>(app: &App, section: Section, handler: H) -> Route
where
    H: AsyncFn(&Workplace) -> PageResult + Clone + 'static,
{
    browser_route(app, web::get(), async move |visit: &mut Visit| {
        answer_of(Workplace::enter(visit).await?, &handler, section).await
    })
}

/// Returns the route of what a form of a workspace is sent to.
fn form_route<H>(app: &App, section: Section, handler: H) -> Route
where
    H: AsyncFn(&Workplace) -> PageResult + Clone + 'static,
{
    personal_form_route(app, section, async move |at: &Workplace| {
        at.check_page()?;
        handler(at).await
    })
}

/// Returns the route of what a form is sent to that has the same effect in every workspace of the person.
fn personal_form_route<H>(app: &App, section: Section, handler: H) -> Route
where
    H: AsyncFn(&Workplace) -> PageResult + Clone + 'static,
{
    browser_route(app, web::post(), async move |visit: &mut Visit| {
        answer_of(Workplace::receive(visit).await?, &handler, section).await
    })
}

/// Returns what a handler answers, or where the person is led first.
async fn answer_of<H>(entered: WorkplaceEntry, handler: &H, section: Section) -> PageResult
where
    H: AsyncFn(&Workplace) -> PageResult,
{
    match entered {
        WorkplaceEntry::At(at) => at.finish(handler(&at).await, section),
        WorkplaceEntry::Led(answer) => Ok(answer),
    }
}
