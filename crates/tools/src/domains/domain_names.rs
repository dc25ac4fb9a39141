//! Names of domains as callers write them.

use covibe_domain::{DomainName, Failure, names};

/// The maximum number of characters of a name as it is written: one in another script is shorter than in ASCII.
pub(super) const LONGEST: usize = 253;

/// Returns the domain that a caller wrote.
///
/// # Errors
///
/// Invalid, with what a domain is.
pub(super) fn domain(written: &str) -> Result<DomainName, Failure> {
    DomainName::from_written(written).map_err(|_| {
        let shown = names::displayable(written, LONGEST);
        Failure::invalid(format!("{shown} is not a domain."))
            .hint("Pass a domain such as example.com: no URL, no path and no port.")
    })
}
