//! Globs over names, without regard to case.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::environment_settings::Variables;

/// The maximum number of patterns of a variable.
const MAX_PATTERNS: usize = 200;

/// The word that stands for no pattern at all.
const NONE: &str = "none";

/// Globs; `*` does not match a slash.
#[derive(Clone, Debug)]
pub(super) struct Patterns(GlobSet);

impl Patterns {
    /// Reads a variable; without it, the default patterns.
    pub(super) fn read(variables: &mut Variables<'_>, name: &str, default: &str) -> Self {
        let value = variables.optional(name).unwrap_or_else(|| default.to_owned());
        if value.trim().eq_ignore_ascii_case(NONE) {
            variables.warning(format!("{name} is `none`, so these tools may change everything."));
            return Self(GlobSet::empty());
        }
        Self::parse(&value).unwrap_or_else(|| {
            variables.problem(format!(
                "{name} must be a list of at most {MAX_PATTERNS} globs such as `prod-*`, \
                 separated by commas, or `none` for an empty list."
            ));
            Self(GlobSet::empty())
        })
    }

    fn parse(value: &str) -> Option<Self> {
        let globs: Vec<_> =
            value.split(',').map(str::trim).filter(|glob| !glob.is_empty()).collect();
        if globs.is_empty() || globs.len() > MAX_PATTERNS {
            return None;
        }
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            set.add(
                GlobBuilder::new(glob)
                    .case_insensitive(true)
                    .literal_separator(true)
                    .build()
                    .ok()?,
            );
        }
        set.build().ok().map(Self)
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}
