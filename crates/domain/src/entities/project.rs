//! A project: what the owner of a workspace plans, brings along or has built.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words;
use crate::{ProjectId, Timestamp};

words! {
    /// What sort of project.
    ProjectKind {
        /// A product requirements document.
        Prd = "prd",
        /// Something that was brought along from elsewhere.
        Import = "import",
        /// An application.
        App = "app",
    }
}

/// A link of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Link {
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it leads.
    pub url: String,
}

/// A project as the agent sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// What sort of project.
    pub kind: ProjectKind,
    /// Its text; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Its repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Its links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
