//! Projects: what a workspace plans, imports or builds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words;
use crate::{ProjectId, Timestamp};

words! {
    /// The kind of a project.
    ProjectKind {
        /// A product requirements document.
        Prd = "prd",
        /// An import from elsewhere.
        Import = "import",
        /// An application.
        App = "app",
    }
}

/// A link of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Link {
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Design")]
    pub title: Option<String>,
    /// Its target.
    #[schemars(example = &"https://example.com/design")]
    pub url: String,
}

/// A project as agents see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name.
    #[schemars(example = &"Spring campaign")]
    pub name: String,
    /// Its kind.
    pub kind: ProjectKind,
    /// Its text; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"# Spring campaign")]
    pub body: Option<String>,
    /// Its repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"shop")]
    pub repo: Option<String>,
    /// Its links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last updated.
    pub updated_at: Timestamp,
}
