//! `/auth/company`: a person who is a member of several companies chooses the one where they work.

use actix_web::HttpResponse;
use covibe_console::pages::company_choice::{Choose, Company, choose_company};
use covibe_console::paths;
use covibe_domain::{Failure, TenantId};

use super::browser_request::{PageResult, Visit};
use super::page_response::{page, see_other};
use super::return_to::return_to;

/// Shows the companies, the one where they worked last first. Who has one or none has nothing to choose.
pub(super) async fn show(visit: &mut Visit) -> PageResult {
    let wanted = visit.query("returnTo");
    let of = visit.person()?;
    let (companies, last) = visit.identity().companies(&of.user.id).await?;
    if companies.len() < 2 {
        return Ok(see_other(return_to(&wanted)));
    }
    let company = |id: TenantId, name| Company { id: id.to_string(), name };
    Ok(page(
        200,
        choose_company(&Choose {
            email: of.user.email.to_string(),
            companies: companies.into_iter().map(|one| company(one.tenant, one.name)).collect(),
            last: last.map(|tenant| tenant.to_string()),
            return_to: return_to(&wanted).to_owned(),
            csrf: of.csrf.clone(),
        }),
    ))
}

/// Takes the person to the company that they chose.
pub(super) async fn submit(visit: &mut Visit) -> PageResult {
    let fields = visit.own_form().await?;
    let of = visit.person()?;
    let chosen = fields.text("company").parse::<TenantId>();
    let chosen =
        chosen.map_err(|_| Failure::invalid("Choose one of the companies on the page."))?;
    visit.app.dispatcher.choose_company(of, chosen, &visit.identified).await?;
    Ok(see_other(return_to(fields.text("returnTo"))))
}

/// Returns the redirect to the choice, which leads back to what was asked for.
pub(crate) fn lead_to_choice(visit: &Visit) -> HttpResponse {
    see_other(&visit.path_with_return(paths::COMPANY))
}
