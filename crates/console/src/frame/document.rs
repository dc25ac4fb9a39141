//! The whole document: with navigation and menus for signed-in people, and bare for everyone else.

use maud::{DOCTYPE, Markup, html};

use super::{Frame, Section, WorkspaceChoice};
use crate::assets::{ICON, SCRIPT, STYLE};
use crate::parts::form::csrf;
use crate::parts::layout::flash;
use crate::parts::text::avatar;
use crate::paths;

/// Returns a page with this title and content within the frame.
pub(crate) fn framed(frame: &Frame, section: Section, title: &str, content: &Markup) -> Markup {
    let body = html! {
        a.skip href="#main" { "Skip to content" }
        header.bar {
            a.brand href=(paths::OVERVIEW) aria-label="Co-Vibe: overview" { (brand()) }
            (workspaces(frame))
            div.spring {}
            (person(frame))
        }
        div.shell {
            (navigation(section))
            main #main tabindex="-1" {
                @if let Some(message) = &frame.flash { (flash(message)) }
                (content)
            }
        }
    };
    let title = match frame.workspace_name() {
        Some(name) => format!("{title} · {name}"),
        None => title.to_owned(),
    };
    document(&title, "console", &body)
}

const SECTIONS: [(Section, &str, &str); 6] = [
    (Section::Overview, "Overview", paths::OVERVIEW),
    (Section::Code, "Code", paths::CODE),
    (Section::Live, "Live", paths::LIVE),
    (Section::Activity, "Activity", paths::ACTIVITY),
    (Section::Audit, "Audit", paths::AUDIT),
    (Section::Settings, "Settings", paths::PEOPLE),
];

/// Returns the links between the parts of the console; the current part is marked.
fn navigation(present: Section) -> Markup {
    html! {
        nav.nav aria-label="Console" {
            ul {
                @for (section, title, path) in SECTIONS {
                    li { a href=(path) aria-current=[(section == present).then_some("page")] { (title) } }
                }
            }
        }
    }
}

/// Returns the choice of the workspace.
fn workspaces(frame: &Frame) -> Markup {
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
fn person(frame: &Frame) -> Markup {
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

/// Returns a narrow page without navigation, for people who are not signed in or have one thing to decide.
pub(crate) fn bare(title: &str, content: &Markup) -> Markup {
    page(title, "bare", content)
}

/// Returns a page of medium width with this title and content.
pub(crate) fn wide(title: &str, content: &Markup) -> Markup {
    page(title, "bare wide", content)
}

fn page(title: &str, class: &str, content: &Markup) -> Markup {
    let body = html! {
        header { a.brand href="/" aria-label="Co-Vibe: about this server" { (brand()) } }
        main #main tabindex="-1" { (content) }
    };
    document(title, class, &body)
}

/// Returns a document with this title, class and body.
fn document(title: &str, class: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="same-origin";
                title { (title) " · Co-Vibe" }
                link rel="icon" type=(ICON.media_type) href=(ICON.path());
                link rel="stylesheet" href=(STYLE.path());
                script src=(SCRIPT.path()) defer {}
            }
            body class=(class) {
                (body)
                div #announcer class="visually-hidden" role="status" {}
            }
        }
    }
}

/// Returns the mark and the name of the product.
fn brand() -> Markup {
    html! {
        svg viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
            path fill="currentColor" d="M3 6.5 12 2l9 4.5v4L12 15 3 10.5zM3 13.5l9 4.5 9-4.5v4L12 22l-9-4.5z" {}
        }
        span { "Co-Vibe" }
    }
}
