//! The resource that a verdict is about, in the words of its texts.

use covibe_workspace::{AnyApp, Hosted};

/// The resource that a verdict is about.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// The noun: `app`, `auth provider` or `database`.
    pub(super) noun: &'static str,
    /// Its name.
    pub(super) name: String,
    /// The call that shows its state.
    pub(super) show: String,
    /// The next step once it runs.
    pub(super) use_it: String,
}

impl Subject {
    /// Creates the subject for an app, auth provider or database.
    pub(super) fn new(resource: &Hosted) -> Self {
        let (noun, tool, use_it) = match resource {
            Hosted::App(AnyApp::Application(_) | AnyApp::Service(_)) => {
                ("app", "apps.get", "returns its URL: open it")
            }
            Hosted::Provider(_) => ("auth provider", "auth.get", "returns its URL"),
            Hosted::Database(_) => ("database", "databases.get", "returns internalUrl"),
        };
        let show = format!(r#"{tool} {{"uuid":"{}"}}"#, resource.uuid());
        let use_it = format!("{show} {use_it}");
        Self { noun, name: resource.name().to_owned(), show, use_it }
    }
}
