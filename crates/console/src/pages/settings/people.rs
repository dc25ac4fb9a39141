//! The people of the company.

use covibe_domain::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use super::{Tab, page};
use crate::parts::form::{Field, csrf, destructive, select};
use crate::parts::layout::{panel, problem, remark};
use crate::parts::table::{empty, table};
use crate::parts::text::{avatar, badge, block, tag, time, time_or};
use crate::{Form, Frame, Loaded, Tone, paths};

/// A member of the company.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The person's id.
    pub id: String,
    /// The person's name; may be empty.
    #[serde(default)]
    pub name: String,
    /// The person's email address.
    pub email: String,
    /// `admin` or `member`.
    pub role: String,
    /// The path of the photo.
    #[serde(default)]
    pub photo: Option<String>,
    /// The role in the current workspace, if the person is a member of it.
    #[serde(default)]
    pub workspace_role: Option<String>,
    /// The time since which the person is a member of the company.
    #[serde(default)]
    pub since: Option<Timestamp>,
}

/// An invitation that is open.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// Its id.
    pub id: String,
    /// The email address that it is for.
    pub email: String,
    /// The role that the person gets.
    pub role: String,
    /// The time when it expires.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// A link by which a member can choose another password.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingLink {
    /// Its id.
    pub id: String,
    /// The address of the member.
    pub email: String,
    /// The id of the admin who created it.
    pub made_by: String,
    /// The time when it expires.
    pub expires_at: Timestamp,
}

/// The content of the page of the people.
#[derive(Clone, Debug)]
pub struct People {
    /// The members.
    pub members: Loaded<Vec<Member>>,
    /// The open invitations; only admins see them.
    pub invitations: Loaded<Vec<Invitation>>,
    /// The links that nobody has used yet; only admins see them.
    pub links: Loaded<Vec<PendingLink>>,
    /// The id of the person who looks.
    pub own_id: String,
    /// True if the person who looks may change anything.
    pub can_manage: bool,
    /// True if admins create people here; otherwise their company's directory does.
    pub can_create: bool,
    /// The link that this request created, and its recipient's address first. It is shown only now.
    pub link: Option<(String, String)>,
    /// The form for an invitation; its fields are `email` and `role`.
    pub invite: Form,
    /// The form for a new person; its fields are `email`, `name` and `role`.
    pub create: Form,
}

const ROLES: [(&str, &str); 2] = [("member", "Member"), ("admin", "Admin")];

/// Returns the page. Forms are sent to [`paths::INVITE`], [`paths::CREATE_PERSON`], `{PEOPLE}/{id}/role` with `role`,
/// `{PEOPLE}/{id}/workspace` with `inside` (`yes` or `no`), `{PEOPLE}/{id}/remove`, `{PEOPLE}/{id}/link` with `email` `{INVITATIONS}/{id}/revoke` and
/// `{LINKS}/{id}/revoke`.
pub fn people(frame: &Frame, view: &People) -> Markup {
    page(
        frame,
        Tab::People,
        "People",
        &html! {
            @if let Some((email, link)) = &view.link { (shown_once(email, link)) }
            section.panel.flush {
                div.panel-head { h2 { "Members" } }
                @match &view.members {
                    Ok(members) => { (table("Members", &["Person", "Role", "This workspace", "Member since", ""], members.iter().map(|member| row(frame, view, member)))) }
                    Err(why) => { (problem(why)) }
                }
            }
            @if view.can_manage {
                (invitations(frame, &view.invitations))
                (invite(frame, &view.invite))
                @if view.can_create { (pending_links(frame, view)) (create(frame, &view.create)) }
            } @else {
                p.muted { "Admins of your company invite and remove people." }
            }
        },
    )
}

fn shown_once(email: &str, link: &str) -> Markup {
    html! {
        section.panel.stack aria-labelledby="link-title" data-address=(paths::PEOPLE) {
            div.panel-head { h2 #link-title { "One-time link for " (email) } }
            (remark(Tone::Warn, &html! { p { "Send it to this person only. It works once, and is not shown again." } }))
            (block("link", "One-time link", link))
        }
    }
}

fn row(frame: &Frame, view: &People, member: &Member) -> Vec<Markup> {
    let called = if member.name.trim().is_empty() { &member.email } else { &member.name };
    let is_own = member.id == view.own_id;
    vec![
        html! {
            div.row.person {
                (avatar(called, member.photo.as_deref(), false))
                div { (called) @if is_own { " " (tag("you")) } @if called != &member.email { br; span.small.muted { (member.email) } } }
            }
        },
        html! { (badge_of(&member.role)) },
        html! { (access_text(member)) },
        time_or(member.since, "not known"),
        html! { @if view.can_manage && !is_own { (changes(frame, view, member, called)) } },
    ]
}

fn badge_of(role: &str) -> Markup {
    tag(if role == "admin" { "Admin" } else { "Member" })
}

/// Returns whether a person may enter the current workspace.
fn access_text(member: &Member) -> &'static str {
    match (member.role.as_str(), &member.workspace_role) {
        ("admin", _) => "yes, as an admin",
        (_, Some(_)) => "yes",
        (_, None) => "no",
    }
}

/// Returns the forms by which an admin may change a member.
fn changes(frame: &Frame, view: &People, member: &Member, called: &str) -> Markup {
    let path = |what: &str| format!("{}/{}/{what}", paths::PEOPLE, member.id);
    let is_admin = member.role == "admin";
    let (role, role_text) =
        if is_admin { ("member", "Make member") } else { ("admin", "Make admin") };
    let (inside, inside_text) = match member.workspace_role {
        Some(_) => ("no", "Remove from this workspace"),
        None => ("yes", "Add to this workspace"),
    };
    let question = format!("Remove {called}? Sessions and keys of this person end at once.");
    html! {
        details.actions {
            summary aria-label={ "Change: " (called) } { "Change" }
            div.stack.tight {
                (change(frame, &path("role"), ("role", role), role_text, called))
                @if !is_admin { (change(frame, &path("workspace"), ("inside", inside), inside_text, called)) }
                @if view.can_create { (change(frame, &path("link"), ("email", &member.email), "New password link", called)) }
                (destructive(&path("remove"), &frame.csrf, "Remove", &format!("Remove {called}"), &question))
            }
        }
    }
}

fn change(
    frame: &Frame,
    action: &str,
    (name, value): (&str, &str),
    text: &str,
    called: &str,
) -> Markup {
    html! {
        form method="post" action=(action) {
            (csrf(&frame.csrf))
            input type="hidden" name=(name) value=(value);
            button.button.small type="submit" aria-label={ (text) ": " (called) } { (text) }
        }
    }
}

fn invitations(frame: &Frame, list: &Loaded<Vec<Invitation>>) -> Markup {
    html! {
        section.panel.flush {
            div.panel-head { h2 { "Open invitations" } }
            @match list {
                Ok(list) if list.is_empty() => { (empty("No open invitations", "Invite someone below.", None)) }
                Ok(list) => { (table("Open invitations", &["Email address", "Role", "Ends", ""], list.iter().map(|each| invitation(frame, each)))) }
                Err(why) => { (problem(why)) }
            }
        }
    }
}

fn invitation(frame: &Frame, invitation: &Invitation) -> Vec<Markup> {
    let action = format!("{}/{}/revoke", paths::INVITATIONS, invitation.id);
    let question =
        format!("Revoke the invitation of {}? Its link stops working.", invitation.email);
    vec![
        html! { (invitation.email) },
        badge_of(&invitation.role),
        html! { @if let Some(at) = invitation.expires_at { (time(at)) } @else { (badge("active")) } },
        destructive(
            &action,
            &frame.csrf,
            "Revoke",
            &format!("Revoke the invitation of {}", invitation.email),
            &question,
        ),
    ]
}

fn pending_links(frame: &Frame, view: &People) -> Markup {
    html! {
        section.panel.flush {
            div.panel-head { h2 { "Unused password links" } }
            @match &view.links {
                Ok(list) if list.is_empty() => { (empty("No unused links", "A link is listed here until its person uses it or signs in.", None)) }
                Ok(list) => { (table("Unused password links", &["For", "By", "Ends", ""], list.iter().map(|each| link(frame, view, each)))) }
                Err(why) => { (problem(why)) }
            }
        }
    }
}

fn link(frame: &Frame, view: &People, link: &PendingLink) -> Vec<Markup> {
    let action = format!("{}/{}/revoke", paths::LINKS, link.id);
    let question = format!("Revoke the link for {}? It stops working.", link.email);
    let label = format!("Revoke the link for {}", link.email);
    let members = view.members.as_deref().unwrap_or_default();
    let maker = members.iter().find(|member| member.id == link.made_by);
    vec![
        html! { (link.email) },
        html! { (maker.map_or(&link.made_by, |maker| &maker.email)) },
        time(link.expires_at),
        destructive(&action, &frame.csrf, "Revoke", &label, &question),
    ]
}

fn invite(frame: &Frame, form: &Form) -> Markup {
    let email = Field::email("invite-email", "Email address");
    panel(
        "Invite a person",
        false,
        &html! {
            (form.summary())
            form.stack method="post" action=(paths::INVITE) {
                (csrf(&frame.csrf))
                div.fields {
                    (email.show(form))
                    (select("invite-role", "role", "Role", &ROLES, form.value("role")))
                }
                p.muted.small { "Members work in the workspaces that they are added to. Admins can do everything in all workspaces." }
                div.row { button.button.primary type="submit" { "Invite" } }
            }
        },
    )
}

fn create(frame: &Frame, form: &Form) -> Markup {
    let email = Field::email("create-email", "Email address");
    let name = Field::text("create-name", "name", "Name").optional();
    panel(
        "Create an account",
        false,
        &html! {
            p.muted.prose { "The account exists immediately. You get a one-time link with which the person sets a password." }
            (form.summary())
            form.stack method="post" action=(paths::CREATE_PERSON) {
                (csrf(&frame.csrf))
                div.fields {
                    (email.show(form))
                    (name.show(form))
                    (select("create-role", "role", "Role", &ROLES, form.value("role")))
                }
                div.row { button.button type="submit" { "Create account" } }
            }
        },
    )
}
