//! Reads single variables of the configuration; the modules read those of a subject.

pub(crate) mod auth;
pub(crate) mod companion;
pub(crate) mod database;
pub(crate) mod dns;
pub(crate) mod docker;
mod http_connections_and_metrics;
mod limits;
pub(crate) mod logs;
pub(crate) mod registrar;
pub(crate) mod storage;
pub(crate) mod upstreams;

use std::ops::RangeInclusive;

use covibe_domain::Secret;
use url::Url;

use crate::sources::Sources;

/// Reads variables and collects the mistakes in them.
pub(crate) struct Reader<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) mistakes: Vec<String>,
    /// The variables that others require and that are not set, with the reason.
    pub(crate) missing: Vec<String>,
}

impl Reader<'_> {
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.sources.get(name)
    }

    /// Returns the items of a comma-separated list.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(str::to_owned).collect()
    }

    pub(crate) fn secret(&self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    pub(crate) fn parse<T: std::str::FromStr>(&mut self, name: &str, expected: &str) -> Option<T> {
        let text = self.text(name)?;
        let parsed = text.trim().parse().ok();
        if parsed.is_none() {
            self.mistakes.push(format!("{name}: expected {expected}"));
        }
        parsed
    }

    /// Reads a number within these bounds.
    pub(crate) fn number<T: TryFrom<u64>>(
        &mut self,
        name: &str,
        bounds: RangeInclusive<u64>,
    ) -> Option<T> {
        let expected = format!("a number from {} to {}", bounds.start(), bounds.end());
        let number = self.parse(name, &expected)?;
        if !bounds.contains(&number) {
            self.mistakes.push(format!("{name}: expected {expected}"));
        }
        number.try_into().ok()
    }

    /// Reads a switch, which is off by default.
    pub(crate) fn switch(&mut self, name: &str) -> bool {
        self.parse(name, "true or false").unwrap_or_default()
    }

    /// Reports a missing variable that another one requires.
    pub(crate) fn require<T>(&mut self, value: Option<T>, name: &str, because: &str) -> Option<T> {
        if value.is_none() {
            self.missing.push(format!("{name}: required because {because}"));
        }
        value
    }
}

/// Returns whether an address names a place and nothing more: no credentials, no parameters.
pub(crate) fn is_plain(url: &Url) -> bool {
    url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}
