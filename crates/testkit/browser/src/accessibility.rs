//! Checks of accessibility, of the kind that axe-core makes. The script says for each rule where it comes from.

/// Evaluates to a list of findings.
pub(crate) const SCRIPT: &str = include_str!("accessibility.js");
