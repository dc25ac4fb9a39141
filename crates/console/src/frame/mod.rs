//! What surrounds the content of a page.

mod bare;
mod document;
mod menus;
mod navigation;
mod signed_in;

pub(crate) use bare::{bare, wide};
pub(crate) use signed_in::framed;

use crate::Flash;

/// What every page of a signed-in person shows around its content.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The person's name; may be empty.
    pub name: String,
    /// The person's email address.
    pub email: String,
    /// The path of the person's photo.
    pub photo: Option<String>,
    /// The name of the company.
    pub tenant: String,
    /// The workspaces of the company that the person may enter.
    pub workspaces: Vec<Choice>,
    /// The person's other companies.
    pub companies: Vec<OtherCompany>,
    /// The slug of the present workspace.
    pub workspace: Option<String>,
    /// Whether the person is an admin of the company.
    pub is_admin: bool,
    /// The value of the hidden field `csrf` of every form.
    pub csrf: String,
    /// What the person is told about what they did before.
    pub flash: Option<Flash>,
}

impl Frame {
    /// Returns what the person is called: the name, or the address if there is none.
    pub fn called(&self) -> &str {
        if self.name.trim().is_empty() { &self.email } else { &self.name }
    }

    /// Returns the name of the present workspace.
    pub(crate) fn workspace_name(&self) -> Option<&str> {
        let slug = self.workspace.as_deref()?;
        let choice = self.workspaces.iter().find(|choice| choice.slug == slug);
        Some(choice.map_or(slug, |choice| &choice.name))
    }
}

/// A workspace that a person may enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// Another company of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherCompany {
    /// Its name.
    pub name: String,
    /// Its workspaces that the person may enter.
    pub workspaces: Vec<Choice>,
}

/// The part of the console that a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// How the workspace is.
    Overview,
    /// Its repositories.
    Code,
    /// What runs.
    Live,
    /// What agents did.
    Activity,
    /// The audit.
    Audit,
    /// The settings.
    Settings,
}
