//! The links between the parts of the console.

use maud::{Markup, html};

use super::Section;
use crate::paths;

const SECTIONS: [(Section, &str, &str); 6] = [
    (Section::Overview, "Overview", paths::OVERVIEW),
    (Section::Code, "Code", paths::CODE),
    (Section::Live, "Live", paths::LIVE),
    (Section::Activity, "Activity", paths::ACTIVITY),
    (Section::Audit, "Audit", paths::AUDIT),
    (Section::Settings, "Settings", paths::PEOPLE),
];

/// Returns the links; the present part is marked.
pub(super) fn navigation(present: Section) -> Markup {
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
