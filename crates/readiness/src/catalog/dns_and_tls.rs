//! The checks of DNS and TLS.

use crate::check::{Check, Group, Severity, Stage};
use crate::check_inputs::Probe;

use super::readiness_gates::Gate;
use crate::checks::dns_and_tls;

/// The checks of DNS and TLS.
pub(super) const CHECKS: &[(&[Gate], Check<Probe>)] = &[
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "reach.dns",
            group: Group::Reach,
            severity: Severity::Critical,
            stage: Stage::Reach,
            title: "The name resolves to addresses",
            fix: "Create A and AAAA records for the name.",
            explain: "Customers reach the server by its name.",
            run: |probe| Box::pin(dns_and_tls::resolves(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "reach.public",
            group: Group::Reach,
            severity: Severity::Critical,
            stage: Stage::Reach,
            title: "Every address is public",
            fix: "Point the name at the public address of the host or its load balancer.",
            explain: "A private address points each customer to a different machine.",
            run: |probe| Box::pin(dns_and_tls::public(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "reach.addresses",
            group: Group::Reach,
            severity: Severity::High,
            stage: Stage::Reach,
            title: "Every address accepts connections",
            fix: "Open the port in the firewall, and start the proxy.",
            explain: "Browsers may try any of the addresses.",
            run: |probe| Box::pin(dns_and_tls::addresses(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "tls.chain",
            group: Group::Tls,
            severity: Severity::Critical,
            stage: Stage::Reach,
            title: "The certificate is publicly trusted and valid for this name",
            fix: "Make the proxy obtain a certificate for this name from a public authority, and \
                  send the whole chain.",
            explain: "Agents and npm accept only public authorities.",
            run: |probe| Box::pin(dns_and_tls::chain(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "tls.days",
            group: Group::Tls,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "The certificate is valid for at least two more weeks",
            fix: "Renew the certificate, and find out why it was not renewed automatically.",
            explain: "When the certificate expires, everything stops working at once.",
            run: |probe| Box::pin(dns_and_tls::days(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "tls.old-versions",
            group: Group::Tls,
            severity: Severity::Medium,
            stage: Stage::Rest,
            title: "TLS 1.1 is refused",
            fix: "Allow only TLS 1.2 and later in the proxy.",
            explain: "Traffic with older versions can be read in transit.",
            run: |probe| Box::pin(dns_and_tls::old_versions(probe)),
        },
    ),
    (
        &[Gate::Canary],
        Check {
            id: "tls.redirect",
            group: Group::Tls,
            severity: Severity::Medium,
            stage: Stage::Rest,
            title: "Plain HTTP redirects to https",
            fix: "Open port 80, and redirect its requests to https.",
            explain: "People type names without https.",
            run: |probe| Box::pin(dns_and_tls::redirect(probe)),
        },
    ),
];
