//! Failures of providers of DNS.

use std::time::Duration;

use covibe_domain::entities::DnsProvider;
use covibe_domain::{DomainName, Failure, names};

/// The time to wait before writing records again that somebody else changed.
const SOON: Duration = Duration::from_secs(5);

/// The server has no provider.
pub(super) fn no_provider() -> Failure {
    Failure::unready("This server has no DNS provider.").permanent().hint(
        "Tell the operator to configure one with COVIBE_CLOUD_DNS_PROJECT or COVIBE_DNS_UPDATE_SERVER.",
    )
}

/// The server no longer has the provider of the domain or workspace.
pub(super) fn not_configured(provider: DnsProvider) -> Failure {
    Failure::unready(format!("This server has no DNS provider of the kind {provider}."))
        .permanent()
        .hint("Tell the operator: the domain or the workspace uses this kind of provider.")
}

/// There is a zone without this workspace's mark.
pub(super) fn foreign_zone(domain: &DomainName) -> Failure {
    Failure::conflict(format!("A zone for {domain} exists, but not for this workspace.")).hint(
        "It was left unchanged. Tell the operator of this server: only the operator can remove it.",
    )
}

/// A host has records that exclude an alias.
pub(super) fn beside_other_records() -> Failure {
    Failure::conflict("A host has other records, which cannot coexist with a CNAME.")
        .hint("Pass `ip` or `appUuid` for it, or leave it out of `subdomains`.")
}

/// Somebody else keeps changing the same records.
pub(super) fn changed_again() -> Failure {
    Failure::conflict("Somebody else changed the same records at the same time.")
        .hint("Repeat the call in a few seconds.")
        .retry_after(SOON)
}

/// The text is not a valid name in DNS.
pub(super) fn unusable_name(name: &str) -> Failure {
    Failure::rejected(format!("{} is not a valid DNS name.", names::displayable(name, 253)))
        .hint("Each part can have up to 63 letters, digits and inner hyphens.")
}
