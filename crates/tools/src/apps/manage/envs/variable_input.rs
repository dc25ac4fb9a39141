//! An environment variable as callers pass it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest value, in characters.
pub(super) const MAX_VALUE: usize = 65_536;

/// The pattern of a name, for the OpenAPI document.
pub(super) const NAME: &str = "^[A-Z_][A-Z0-9_]*$";

/// Parameters that are accepted without effect: Coolify derives from a Dockerfile which variables its build gets.
pub(super) const IGNORED: &[&str] = &["is_build_time", "envs.is_build_time"];

/// The same for a tool that takes variables as `envs` only.
pub(in crate::apps) const IGNORED_IN_ITEMS: &[&str] = &["envs.is_build_time"];

/// One variable to set. It arrives unchanged: leave `isLiteral` and `isMultiline` out.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvInput {
    /// The name, such as `LOG_LEVEL`: capitals, digits and _.
    #[schemars(length(max = 255))]
    #[schemars(
        extend("x-pattern" = NAME),
        example = &"LOG_LEVEL"
    )]
    pub(in crate::apps) key: String,
    /// The value, which arrives unchanged.
    #[schemars(length(max = MAX_VALUE))]
    #[schemars(example = &"info")]
    pub(in crate::apps) value: String,
    /// Leave it out: there are no preview deployments.
    #[serde(default)]
    #[schemars(extend("x-explicit" = true))]
    pub(super) is_preview: Option<bool>,
    /// Leave it out: it follows from the value.
    #[serde(default)]
    pub(super) is_multiline: Option<bool>,
    /// false expands $VAR in the value.
    #[serde(default)]
    pub(super) is_literal: Option<bool>,
    /// For secrets: no answer shows the value again.
    #[serde(default)]
    #[schemars(extend("x-explicit" = true))]
    pub(super) is_shown_once: Option<bool>,
    /// The build gets it, too. Default: true, unless isShownOnce.
    #[serde(default)]
    pub(super) is_build_time: Option<bool>,
    /// Let read-only keys see the value, too.
    #[serde(default)]
    pub(super) is_public: Option<bool>,
}

impl EnvInput {
    /// Returns a variable that arrives unchanged in the running app, and that no build gets. A secret is never
    /// shown again.
    pub(crate) fn exact(key: String, value: String, is_secret: bool) -> Self {
        Self {
            key,
            value,
            is_preview: None,
            is_multiline: Some(false),
            is_literal: Some(true),
            is_shown_once: Some(is_secret),
            is_build_time: Some(false),
            is_public: None,
        }
    }

    /// Returns what identifies the variable: a variable and its preview copy share the key.
    pub(super) fn identity(&self) -> (&str, bool) {
        (&self.key, self.is_preview.unwrap_or_default())
    }

    /// Returns whether the call chooses the form of the value.
    pub(super) fn chooses_form(&self) -> bool {
        self.is_literal.is_some() || self.is_multiline.is_some()
    }

    /// Returns whether the value is shown once.
    pub(in crate::apps) fn is_secret(&self) -> bool {
        self.is_shown_once == Some(true)
    }

    /// Returns whether the value has several lines.
    pub(super) fn has_lines(&self) -> bool {
        self.value.contains(['\n', '\r'])
    }
}
