//! The people of the company.

use covibe_console::pages::settings::people::{Invitation, Member, PendingLink, People, people};
use covibe_console::{Form, paths};
use covibe_domain::Failure;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::console::flash::CompletedAction;
use crate::console::workspace_and_rights::Workplace;
use crate::people::{PageResult, page};

/// The answer of `people.list`.
#[derive(Default, Deserialize)]
pub(super) struct Members {
    pub(super) people: Vec<Member>,
}

/// The answer of `invitations.list`.
#[derive(Default, Deserialize)]
struct Invitations {
    invitations: Vec<Invitation>,
}

/// The answer of `people.links.list`.
#[derive(Default, Deserialize)]
struct Links {
    links: Vec<PendingLink>,
}

/// Shows the page.
pub(in crate::console) async fn show(at: &Workplace) -> PageResult {
    Ok(page(200, people(&at.frame, &view(at).await)))
}

async fn view(at: &Workplace) -> People {
    let can_manage = at.frame.is_admin;
    let invitations = async {
        if can_manage {
            at.load::<Invitations>("invitations.list", json!({})).await
        } else {
            Ok(Invitations::default())
        }
    };
    let links = async {
        if can_manage && at.has_passwords {
            at.load::<Links>("people.links.list", json!({})).await
        } else {
            Ok(Links::default())
        }
    };
    let members = at.load::<Members>("people.list", json!({}));
    let (members, invitations, links) = tokio::join!(members, invitations, links);
    People {
        members: members.map(|list| list.people),
        invitations: invitations.map(|list| list.invitations),
        links: links.map(|list| list.links),
        own_id: at.signed_in.user.id.to_string(),
        can_manage,
        can_create: at.has_passwords,
        link: None,
        invite: Form::default(),
        create: Form::default(),
    }
}

/// Invites a person. The answer is the only one that has the link.
pub(in crate::console) async fn invite(at: &Workplace) -> PageResult {
    let params = json!({ "email": at.form.text("email"), "role": at.form.text("role") });
    let invited = at.call("invitations.create", params).await;
    show_link(at, invited, |view, form| view.invite = form).await
}

/// Creates a person. The answer is the only one that has the link.
pub(in crate::console) async fn create(at: &Workplace) -> PageResult {
    let mut params = json!({ "email": at.form.text("email"), "role": at.form.text("role") });
    if !at.form.text("name").is_empty() {
        params["name"] = json!(at.form.text("name"));
    }
    let created = at.call("people.create", params).await;
    show_link(at, created, |view, form| view.create = form).await
}

/// Shows the link that was made, or the form again.
async fn show_link(
    at: &Workplace,
    made: Result<Value, Failure>,
    put: impl FnOnce(&mut People, Form),
) -> PageResult {
    let mut view = view(at).await;
    match made {
        Ok(answer) => {
            let link = answer["link"].as_str().map(str::to_owned);
            view.link = link.map(|link| (at.form.text("email").to_owned(), link));
            Ok(page(200, people(&at.frame, &view)))
        }
        Err(why) => {
            let form = Form::from_problem(at.problem(&why));
            let fields = ["email", "name", "role"].into_iter();
            put(&mut view, fields.fold(form, |form, name| form.with(name, at.form.text(name))));
            Workplace::refused_form(&why, people(&at.frame, &view))
        }
    }
}

/// Changes the role of a member.
pub(in crate::console) async fn change_role(at: &Workplace) -> PageResult {
    let params = json!({ "userId": at.part("id"), "role": at.form.text("role") });
    at.call("people.update", params).await?;
    at.go(paths::PEOPLE, CompletedAction::RoleChanged)
}

/// Lets a member into the current workspace, or takes them out of it.
pub(in crate::console) async fn change_workspace(at: &Workplace) -> PageResult {
    let is_inside = at.form.text("inside") == "yes";
    let params = json!({ "userId": at.part("id"), "inWorkspace": is_inside });
    at.call("people.update", params).await?;
    at.go(paths::PEOPLE, CompletedAction::RoleChanged)
}

/// Makes a link by which a member chooses another password. The answer is the only one that has it.
pub(in crate::console) async fn link(at: &Workplace) -> PageResult {
    let made = Ok(at.call("people.link", json!({ "userId": at.part("id") })).await?);
    show_link(at, made, |view, form| view.create = form).await
}

/// Removes a member.
pub(in crate::console) async fn remove(at: &Workplace) -> PageResult {
    at.call("people.remove", json!({ "userId": at.part("id") })).await?;
    at.go(paths::PEOPLE, CompletedAction::PersonRemoved)
}

/// Revokes an invitation.
pub(in crate::console) async fn revoke(at: &Workplace) -> PageResult {
    at.call("invitations.revoke", json!({ "invitationId": at.part("id") })).await?;
    at.go(paths::PEOPLE, CompletedAction::InvitationRevoked)
}

/// Revokes a link by which a member can choose another password.
pub(in crate::console) async fn revoke_link(at: &Workplace) -> PageResult {
    at.call("people.links.revoke", json!({ "linkId": at.part("id") })).await?;
    at.go(paths::PEOPLE, CompletedAction::LinkRevoked)
}
