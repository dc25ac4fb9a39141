//! `/setup/authorize`: a person approves a device, or denies it.

use covibe_console::pages::device_approval::{
    DeviceApproval, DeviceDecision, decide, decision_page, enter_code,
};
use covibe_console::{Form, Problem, WorkspaceChoice, paths};
use covibe_dispatch::Surface;
use covibe_domain::{Failure, Kind};
use covibe_identity::{DeviceRequest, SignedIn, Standing, Whereabouts};

use crate::people::{PageResult, Visit, lead_to_choice, page, see_other};

/// Asks for the code, or for the decision on the device with the code in the query. The sign-in leads back here
/// with it.
pub(super) async fn show(visit: &mut Visit) -> PageResult {
    let of = visit.person()?;
    let code = visit.query("code");
    if code.trim().is_empty() {
        return Ok(page(200, enter_code(&Form::default())));
    }
    let standing = match visit.identity().whereabouts(of).await? {
        Whereabouts::At { standing, .. } => standing,
        Whereabouts::Nowhere => return Ok(see_other(paths::ONBOARDING)),
        Whereabouts::Unchosen => return Ok(lead_to_choice(visit)),
    };
    let caller = visit.identity().caller_at(of, &standing, None).await?;
    let dispatcher = &visit.app.dispatcher;
    match dispatcher.device_request(&caller, &code, &visit.identified).await {
        Ok(request) => Ok(page(200, decide(&request_view(&request, of, &standing)))),
        Err(why) => unusable_code(why, &code),
    }
}

/// Takes the decision.
pub(super) async fn submit(visit: &mut Visit) -> PageResult {
    let fields = visit.own_form().await?;
    let of = visit.person()?;
    let (code, slug) = (fields.text("code"), fields.text("workspace"));
    let is_approved = match fields.text("decision") {
        "approve" => true,
        "deny" => false,
        _ => return Err(Failure::invalid("Approve the device, or deny it.")),
    };
    let caller = visit.identity().person_caller(of, Some(slug)).await?;
    let (dispatcher, surface) = (&visit.app.dispatcher, Surface::Console);
    let request = &visit.identified;
    match dispatcher.decide_device(caller, code, is_approved, surface, request).await {
        Ok(_) if is_approved => Ok(page(200, decision_page(DeviceDecision::Approved))),
        Ok(_) => Ok(page(200, decision_page(DeviceDecision::Denied))),
        Err(why) => unusable_code(why, code),
    }
}

/// Returns the page for a code that nothing can be done with.
fn unusable_code(why: Failure, code: &str) -> PageResult {
    match why.kind {
        Kind::NotFound => Ok(page(404, decision_page(DeviceDecision::Gone))),
        Kind::Invalid => {
            let form = Form::from_problem(Problem::from(&why)).with("code", code);
            Ok(page(why.kind.status(), enter_code(&form)))
        }
        _ => Err(why),
    }
}

fn request_view(request: &DeviceRequest, of: &SignedIn, standing: &Standing) -> DeviceApproval {
    let open = standing.workspaces.iter().map(|(record, _)| record);
    let choice = |slug: String, name: String| WorkspaceChoice { slug, name };
    let present = standing.workspace(of, None);
    DeviceApproval {
        code: request.code(),
        machine: request.machine.clone(),
        agents: request.agents.iter().map(ToString::to_string).collect(),
        address: request.address.clone().unwrap_or_else(|| "unknown".to_owned()),
        age: request.age.as_secs(),
        workspaces: open.map(|each| choice(each.slug.to_string(), each.name.clone())).collect(),
        workspace: present.map(|(record, _)| record.slug.to_string()),
        email: of.user.email.to_string(),
        csrf: of.csrf.clone(),
        problem: None,
    }
}
