//! The menus of the header: the workspace and the person.

use maud::{Markup, html};

use super::{Frame, WorkspaceChoice};
use crate::parts::avatar::avatar;
use crate::parts::form::csrf;
use crate::paths;

/// Returns the choice of the workspace.
pub(super) fn workspaces(frame: &Frame) -> Markup {
    let name = frame.workspace_name().unwrap_or("No workspace");
    html! {
        details.menu.start {
            summary aria-label={ "Workspace: " (name) } { span { (name) } }
            div.menu-list {
                (company(frame, &frame.tenant, &frame.workspaces))
                @for other in &frame.companies { (company(frame, &other.name, &other.workspaces)) }
                @if !frame.companies.is_empty() { a href=(paths::COMPANY) { "Choose a company" } }
            }
        }
    }
}

/// Returns the workspaces of a company, each as a button that leads there.
fn company(frame: &Frame, name: &str, workspaces: &[WorkspaceChoice]) -> Markup {
    html! {
        p.small.muted { (name) }
        form method="post" action=(paths::SWITCH) {
            (csrf(&frame.csrf))
            @for choice in workspaces {
                @let is_present = frame.workspace.as_ref() == Some(&choice.slug);
                button type="submit" name="slug" value=(choice.slug)
                    aria-current=[is_present.then_some("true")] { (choice.name) }
            }
        }
    }
}

/// Returns the person's menu.
pub(super) fn person(frame: &Frame) -> Markup {
    html! {
        details.menu {
            summary aria-label={ "Account: " (frame.display_name()) } { (avatar(frame.display_name(), frame.photo.as_deref(), false)) }
            div.menu-list {
                p {
                    strong { (frame.display_name()) }
                    @if frame.display_name() != frame.email { br; span.small.muted { (frame.email) } }
                }
                a href=(paths::PROFILE) { "Profile" }
                form method="post" action=(paths::SIGN_OUT) {
                    (csrf(&frame.csrf))
                    button type="submit" { "Sign out" }
                }
            }
        }
    }
}
