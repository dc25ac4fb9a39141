//! Pages of signed-in people.

use maud::{Markup, html};

use super::document::{brand, document};
use super::navigation::navigation;
use super::{Frame, Section, menus};
use crate::parts::notice::flash;
use crate::paths;

/// Returns a page with this title and content within the frame.
pub(crate) fn framed(frame: &Frame, section: Section, title: &str, content: &Markup) -> Markup {
    let body = html! {
        a.skip href="#main" { "Skip to content" }
        header.bar {
            a.brand href=(paths::OVERVIEW) aria-label="Co-Vibe: overview" { (brand()) }
            (menus::workspaces(frame))
            div.spring {}
            (menus::person(frame))
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
