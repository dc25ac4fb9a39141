//! Failures: unknown domain, no registrar configured.

use covibe_domain::{DomainName, Failure};

/// The server has no registrar.
pub(crate) fn no_registrar() -> Failure {
    Failure::unready("This server has no registrar.")
        .permanent()
        .hint("Tell the operator, who configures one by OPENSRS_USERNAME and OPENSRS_API_KEY.")
}

/// The workspace has no such domain.
pub(crate) fn unknown_domain(name: &DomainName) -> Failure {
    Failure::not_found(format!("The workspace has no domain {name}."))
        .hint("domains.list shows the workspace's domains.")
}
