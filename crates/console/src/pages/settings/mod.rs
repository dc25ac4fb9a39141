//! The settings: people, keys, agents and the person's own profile.

pub mod agent_connections;
pub mod companion_install;
pub mod keys;
pub mod people;
pub mod profile;

use maud::{Markup, html};

use crate::frame::{Frame, Section, framed};
use crate::paths;

/// A part of the settings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    People,
    Keys,
    Agents,
    Profile,
}

const TABS: [(Tab, &str, &str); 4] = [
    (Tab::People, "People", paths::PEOPLE),
    (Tab::Keys, "Keys", paths::KEYS),
    (Tab::Agents, "Agent setup", paths::AGENTS),
    (Tab::Profile, "Profile", paths::PROFILE),
];

fn page(frame: &Frame, tab: Tab, title: &str, content: &Markup) -> Markup {
    let content = html! {
        div.head { h1 { (title) } }
        nav.tabs aria-label="Settings" {
            ul role="list" {
                @for (each, title, path) in TABS {
                    li { a href=(path) aria-current=[(each == tab).then_some("page")] { (title) } }
                }
            }
        }
        div.stack.loose { (content) }
    };
    framed(frame, Section::Settings, title, &content)
}
