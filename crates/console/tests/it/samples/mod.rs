//! Views as a real workspace has them.

mod agent_work;
mod people;

pub(crate) use agent_work::worked_in;

use covibe_console::pages::agent_sessions::Repositories;
use covibe_console::pages::resources::app::Deployments;
use covibe_console::pages::resources::deployment;
use covibe_console::pages::{
    account_takeover, activity, audit, company_choice, device_approval, error_pages,
    gitea_repositories, home, onboarding, one_time_links, overview, resources, settings, sign_in,
};
use covibe_console::{Flash, Form, Frame, Markup, OtherCompany, Problem, Section, WorkspaceChoice};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The slug of the current workspace.
const SLUG: &str = "storefront";

/// Returns what an operation's answer is as a view.
pub(crate) fn view<T: DeserializeOwned>(answer: Value) -> T {
    serde_json::from_value(answer).expect("a view")
}

/// Returns the frame of an admin.
pub(crate) fn frame() -> Frame {
    Frame {
        name: "Mia Andersson".to_owned(),
        email: "mia@northwind.example".to_owned(),
        photo: None,
        tenant: "Northwind Traders".to_owned(),
        workspaces: [("storefront", "Storefront"), ("internal", "Internal tools")]
            .map(|(slug, name)| WorkspaceChoice { slug: slug.to_owned(), name: name.to_owned() })
            .into(),
        companies: vec![OtherCompany {
            name: "Southwind".to_owned(),
            workspaces: vec![WorkspaceChoice {
                slug: "kites".to_owned(),
                name: "Kites".to_owned(),
            }],
        }],
        workspace: Some(SLUG.to_owned()),
        is_admin: true,
        csrf: "c2FtcGxl".to_owned(),
        flash: None,
    }
}

/// Returns every page with a name of its own.
pub(crate) fn pages() -> Vec<(&'static str, Markup)> {
    [pages_before_sign_in(), overviews(), work_pages(), settings_pages()]
        .into_iter()
        .flatten()
        .collect()
}

fn pages_before_sign_in() -> Vec<(&'static str, Markup)> {
    let refused = Form::from_problem(Problem::new("The email address or the password is wrong."))
        .with("email", "mia@northwind.example");
    let by_company = sign_in::SignIn {
        method: sign_in::Method::Company,
        company_url: "/auth/elsewhere".to_owned(),
        ..Default::default()
    };
    let short = Form::default()
        .with_error("password", "Use at least 8 characters.")
        .with_error("again", "The two differ.");
    let first = home::Home {
        about: "Co-Vibe lets coding agents deploy apps.".to_owned(),
        origin: "https://co-vibe.example".to_owned(),
        clients: people::agents().clients,
    };
    vec![
        ("home", home::home(&first)),
        (
            "sign-in",
            sign_in::sign_in(&sign_in::SignIn {
                form: refused,
                return_to: "/setup/authorize?code=WDJB-MJHT".to_owned(),
                ..Default::default()
            }),
        ),
        ("sign-in-company", sign_in::sign_in(&by_company)),
        ("link", one_time_links::set_password(&people::link(Form::default()))),
        ("link-refused", one_time_links::set_password(&people::link(short))),
        ("link-appointment", one_time_links::set_password(&people::appointment())),
        ("link-proof", one_time_links::set_password(&people::proof())),
        ("taken-over", account_takeover::taken_over(&people::taken_over())),
        ("link-confirm", one_time_links::confirm(&people::link(Form::default()))),
        ("link-invalid", one_time_links::invalid()),
        ("choose-company", company_choice::choose_company(&people::companies())),
        ("onboarding", onboarding::onboarding(&people::onboarding())),
        ("no-company", onboarding::no_company("mia@northwind.example", "c2FtcGxl")),
        (
            "device-code",
            device_approval::enter_code(
                &Form::default().with("code", "WDJB").with_error("code", "A code has 8 letters."),
            ),
        ),
        ("device", device_approval::decide(&people::device())),
        (
            "device-approved",
            device_approval::decision_page(device_approval::DeviceDecision::Approved),
        ),
        ("device-denied", device_approval::decision_page(device_approval::DeviceDecision::Denied)),
        ("device-gone", device_approval::decision_page(device_approval::DeviceDecision::Gone)),
    ]
}

fn overviews() -> Vec<(&'static str, Markup)> {
    let down = Problem::new("Coolify did not answer in time.")
        .hint("Try again in a minute.")
        .of_request("req_7k2m9x4q");
    vec![
        (
            "overview",
            overview::overview(
                &Frame { flash: Some(Flash::success("You are now in Storefront.")), ..frame() },
                &agent_work::overview(),
            ),
        ),
        ("overview-new", overview::overview(&frame(), &agent_work::new_workspace())),
        ("overview-set-up-now", overview::overview(&frame(), &agent_work::set_up_now())),
        ("failure", error_pages::failure(&frame(), Section::Live, "Live", &down)),
        (
            "failure-bare",
            error_pages::bare_failure(
                "Something failed",
                &down,
                Some(("Go to sign-in", "/auth/sign-in")),
            ),
        ),
    ]
}

fn work_pages() -> Vec<(&'static str, Markup)> {
    let frame = frame();
    let filter = activity::Filter { outcome: "forbidden".to_owned(), ..Default::default() };
    let down = || Err(Problem::new("Gitea did not answer in time."));
    vec![
        ("code", gitea_repositories::code(&frame, &Ok(agent_work::repositories(3)), true)),
        ("code-empty", gitea_repositories::code(&frame, &Ok(agent_work::repositories(0)), true)),
        ("code-many", gitea_repositories::code(&frame, &Ok(agent_work::repositories(200)), false)),
        ("code-down", gitea_repositories::code(&frame, &down(), true)),
        ("live", resources::live(&frame, &agent_work::live())),
        ("live-empty", resources::live(&frame, &agent_work::live_empty())),
        ("live-down", resources::live(&frame, &agent_work::live_down())),
        ("app", resources::app::app(&frame, &agent_work::app(), &Ok(agent_work::deployments()))),
        (
            "app-compose",
            resources::app::app(&frame, &agent_work::compose_app(), &Ok(Deployments::default())),
        ),
        ("auth-unopened", resources::auth_provider::auth(&frame, &agent_work::provider(), None)),
        (
            "auth-opened",
            resources::auth_provider::auth(
                &frame,
                &agent_work::provider(),
                Some(&agent_work::opened()),
            ),
        ),
        (
            "deployment",
            deployment::deployment(&frame, &agent_work::log("in_progress", "1/2 Building")),
        ),
        (
            "deployment-ended",
            deployment::deployment(
                &frame,
                &agent_work::log("failed", &"npm error code ERESOLVE\n".repeat(120)),
            ),
        ),
        (
            "activity",
            activity::activity(
                &frame,
                &activity::Filter::default(),
                &Ok(agent_work::entries(30)),
                &Ok(agent_work::worked_in("shop")),
            ),
        ),
        (
            "activity-new",
            activity::activity(
                &frame,
                &activity::Filter::default(),
                &Ok(agent_work::entries(0)),
                &Ok(Repositories::default()),
            ),
        ),
        (
            "activity-none",
            activity::activity(
                &frame,
                &filter,
                &Ok(agent_work::entries(0)),
                &Err(Problem::new("Gitea did not answer in time.")),
            ),
        ),
        ("audit", audit::audit(&frame, &agent_work::audit(true))),
        ("audit-broken", audit::audit(&frame, &agent_work::audit(false))),
    ]
}

fn settings_pages() -> Vec<(&'static str, Markup)> {
    let frame = frame();
    let member = Frame { is_admin: false, ..frame.clone() };
    let photo = Frame { photo: Some(covibe_console::assets::ICON.path()), ..frame.clone() };
    vec![
        ("people", settings::people::people(&frame, &people::people(true))),
        ("people-member", settings::people::people(&member, &people::people(false))),
        ("keys", settings::keys::keys(&frame, &people::keys())),
        ("keys-minted", settings::keys::keys(&frame, &people::minted())),
        ("agents", settings::agent_connections::agents(&frame, &people::agents())),
        ("agents-refused", settings::agent_connections::agents(&frame, &people::agents_refused())),
        ("agents-connected", settings::agent_connections::agents(&frame, &people::connected())),
        ("profile", settings::profile::profile(&photo, &people::profile())),
    ]
}
