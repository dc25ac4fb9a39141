//! The page of everything that runs: apps, databases, auth providers, domains and object storage.

pub mod app;
pub mod auth_provider;
pub mod deployment;
mod resource_lists;
mod storage;

use covibe_domain::entities::{App, AuthProvider, Database};
use maud::{Markup, html};
use serde::Deserialize;

pub use resource_lists::Domain;
pub use storage::{Storage, Usage};

use crate::Loaded;
use crate::frame::{Frame, Section, framed};
use crate::parts::layout::{head, problem};

/// The answer of `apps.list`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Apps {
    /// The apps.
    pub apps: Vec<App>,
}

/// The answer of `databases.list`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Databases {
    /// The databases.
    pub databases: Vec<Database>,
}

/// The answer of `auth.list`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct AuthProviders {
    /// The auth providers.
    pub providers: Vec<AuthProvider>,
}

/// The answer of `domains.list`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Domains {
    /// The domains.
    pub domains: Vec<Domain>,
}

/// The content of the page. Each part is requested separately, so that one that fails does not hide the others.
#[derive(Clone, Debug)]
pub struct Live {
    /// The apps.
    pub apps: Loaded<Apps>,
    /// The databases.
    pub databases: Loaded<Databases>,
    /// The auth providers.
    pub auth: Loaded<AuthProviders>,
    /// The domains.
    pub domains: Loaded<Domains>,
    /// The object storage.
    pub storage: Loaded<Storage>,
}

/// Returns the page.
pub fn live(frame: &Frame, view: &Live) -> Markup {
    let content = html! {
        (head("Live", "Everything that is running in this workspace."))
        div.stack.loose {
            (part("Apps", &view.apps, |list| resource_lists::apps(&list.apps)))
            (part("Databases", &view.databases, |list| resource_lists::databases(&list.databases)))
            (part("Auth providers", &view.auth, |list| resource_lists::auth(&list.providers)))
            (part("Domains", &view.domains, |list| resource_lists::domains(&list.domains)))
            (part("Object storage", &view.storage, storage::storage))
        }
    };
    framed(frame, Section::Live, "Live", &content)
}

fn part<T>(title: &str, list: &Loaded<T>, show: impl Fn(&T) -> Markup) -> Markup {
    html! {
        section.panel.flush {
            div.panel-head { h2 { (title) } }
            @match list {
                Ok(list) => { (show(list)) }
                Err(why) => { (problem(why)) }
            }
        }
    }
}
