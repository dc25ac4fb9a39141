//! A problem at one location of a file, and its fix.

use std::borrow::Cow;

/// A problem: a clause in lower case without a full stop, and a fix in sentences.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    pub(crate) text: Cow<'static, str>,
    pub(crate) fix: Option<Cow<'static, str>>,
    /// True if accepting it would let the app reach beyond its workspace. Such problems are listed
    /// first.
    pub(crate) is_escape: bool,
}

impl Problem {
    /// Creates a problem of something that would reach beyond the workspace.
    pub(crate) fn forbidden(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), fix: None, is_escape: true }
    }

    /// Creates a problem of something that is malformed or not supported.
    pub(crate) fn invalid(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), fix: None, is_escape: false }
    }

    /// Returns the same with a fix.
    pub(crate) fn fix(mut self, fix: impl Into<Cow<'static, str>>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}
