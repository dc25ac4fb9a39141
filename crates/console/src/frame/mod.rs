//! The frame of a page: head, navigation and menus around its content.

mod document;

pub(crate) use document::{bare, framed, wide};

use crate::Flash;

/// The data that every page of a signed-in person shows around its content.
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
    pub workspaces: Vec<WorkspaceChoice>,
    /// The person's other companies.
    pub companies: Vec<OtherCompany>,
    /// The slug of the current workspace.
    pub workspace: Option<String>,
    /// True if the person is an admin of the company.
    pub is_admin: bool,
    /// The value of the hidden field `csrf` of every form.
    pub csrf: String,
    /// The message about the person's last action.
    pub flash: Option<Flash>,
}

impl Frame {
    /// Returns the name of the person, or the email address if the name is empty.
    pub fn display_name(&self) -> &str {
        if self.name.trim().is_empty() { &self.email } else { &self.name }
    }

    /// Returns the name of the current workspace.
    pub(crate) fn workspace_name(&self) -> Option<&str> {
        let slug = self.workspace.as_deref()?;
        let choice = self.workspaces.iter().find(|choice| choice.slug == slug);
        Some(choice.map_or(slug, |choice| &choice.name))
    }
}

/// A workspace that a person may enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceChoice {
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
    pub workspaces: Vec<WorkspaceChoice>,
}

/// The part of the console that a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The state of the workspace.
    Overview,
    /// Its repositories.
    Code,
    /// Its apps, databases and other running things.
    Live,
    /// The calls and sessions of agents.
    Activity,
    /// The audit.
    Audit,
    /// The settings.
    Settings,
}
