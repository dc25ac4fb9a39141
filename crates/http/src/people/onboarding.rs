//! `/onboarding`: a person who is a member of no company founds one.

use covibe_console::pages::onboarding::{Onboarding, no_company, onboarding};
use covibe_console::{Form, Problem, paths};
use covibe_domain::{Kind, Slug, names};
use covibe_identity::SignedIn;

use super::browser_request::{PageResult, Visit};
use super::page_response::{page, see_other};

/// Shows the form. Who is a member already goes on; who may not found a company is told so.
pub(super) async fn show(visit: &mut Visit) -> PageResult {
    let of = visit.person()?;
    if !visit.identity().memberships(&of.user.id).await?.is_empty() {
        return Ok(see_other(paths::OVERVIEW));
    }
    if !visit.identity().may_found_company(&of.user).await? {
        return Ok(page(403, no_company(of.user.email.as_str(), &of.csrf)));
    }
    Ok(page(200, onboarding(&view(of, Form::default()))))
}

/// Founds the company.
pub(super) async fn submit(visit: &mut Visit) -> PageResult {
    let fields = visit.own_form().await?;
    let of = visit.person()?;
    if !visit.identity().may_found_company(&of.user).await? {
        return Ok(page(403, no_company(of.user.email.as_str(), &of.csrf)));
    }
    let entered = ["company", "workspace", "slug"].map(|name| (name, fields.text(name)));
    let mut form = Form::default();
    for (name, value) in entered {
        form = form.with(name, value);
        let is_missing = value.is_empty() && name != "slug";
        if is_missing || value.chars().count() > 100 {
            form = form.with_error(name, "Enter 1 to 100 characters.");
        }
    }
    let [(_, company), (_, workspace), (_, slug)] = entered;
    let slug = slug_of(slug, workspace);
    if let Err(reason) = &slug {
        form = form.with_error("slug", reason);
    }
    let (Ok(slug), false) = (slug, form.is_refused()) else {
        return Ok(page(422, onboarding(&view(of, form))));
    };
    match visit.app.dispatcher.found_company(of, company, slug, workspace).await {
        Ok(_) => Ok(see_other(paths::OVERVIEW)),
        Err(failure) if matches!(failure.kind, Kind::Conflict | Kind::Invalid) => {
            let form = Form { problem: Some(Problem::from(&failure)), ..form };
            Ok(page(failure.kind.status(), onboarding(&view(of, form))))
        }
        Err(failure) => Err(failure),
    }
}

/// Returns the slug that was entered, or else one that is made from the workspace's name.
fn slug_of(entered: &str, workspace: &str) -> Result<Slug, String> {
    let has_letters = workspace.chars().any(|c| c.is_ascii_alphanumeric());
    let text = match entered {
        "" if has_letters => names::label(workspace),
        entered => entered.to_owned(),
    };
    text.parse::<Slug>().map_err(|reason| format!("{reason}"))
}

fn view(of: &SignedIn, form: Form) -> Onboarding {
    Onboarding { email: of.user.email.to_string(), company: None, csrf: of.csrf.clone(), form }
}
