//! The checks of the package, of headers and of all answers.

use std::future::ready;

use crate::check::{Check, Group, Severity, Stage};
use crate::check_inputs::Probe;

use super::readiness_gates::Gate;
use crate::checks::{answer_headers, companion_package};

/// The checks of the package, of headers and of all answers.
pub(super) const CHECKS: &[(&[Gate], Check<Probe>)] = &[
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "package.answer",
            group: Group::Package,
            severity: Severity::Critical,
            stage: Stage::First,
            title: "The package of the companion is available",
            fix: "Build it with `cargo xtask package`, and set COVIBE_COMPANION_DIR.",
            explain: "Developers install it first.",
            run: |probe| Box::pin(companion_package::answers(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "package.archive",
            group: Group::Package,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "The package is a valid archive",
            fix: "Build it again with `cargo xtask package`, and make sure that no proxy \
                  compresses it.",
            explain: "npm refuses or misreads an invalid archive.",
            run: |probe| Box::pin(companion_package::archive(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "package.entries",
            group: Group::Package,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "The package contains only regular files",
            fix: "Build it again with `cargo xtask package`.",
            explain: "Links, and paths out of the package, could overwrite developers' files.",
            run: |probe| Box::pin(companion_package::entries(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "package.description",
            group: Group::Package,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "The package is Co-Vibe's",
            fix: "Put the package of `cargo xtask package` into COVIBE_COMPANION_DIR.",
            explain: "Otherwise, developers would install something else.",
            run: |probe| Box::pin(companion_package::description(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "package.programs",
            group: Group::Package,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "The programs match the manifest",
            fix: "Build it again with `cargo xtask package`.",
            explain: "A replaced program would run on every customer's machines.",
            run: |probe| Box::pin(companion_package::programs(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "package.leaks",
            group: Group::Package,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "The package contains no secrets",
            fix: "Remove the files, revoke the leaked secrets, and build the package again.",
            explain: "Anyone can download the package.",
            run: |probe| Box::pin(companion_package::leaks(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "package.integrity",
            group: Group::Package,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "The digests match the package",
            fix: "Copy the package and its record together.",
            explain: "Clients compare the digests.",
            run: |probe| Box::pin(companion_package::integrity(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "package.version",
            group: Group::Package,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "The package has the version of the server",
            fix: "Put the package of this release into COVIBE_COMPANION_DIR.",
            explain: "The companion and the server must be of the same release.",
            run: |probe| Box::pin(companion_package::version(probe)),
        },
    ),
    (
        &[Gate::Canary],
        Check {
            id: "package.versioned",
            group: Group::Package,
            severity: Severity::Medium,
            stage: Stage::Rest,
            title: "The package has a permanent address",
            fix: "Make the proxy forward cache-control.",
            explain: "Lock files contain this address.",
            run: |probe| Box::pin(companion_package::versioned_address(probe)),
        },
    ),
    (
        &[Gate::Canary],
        Check {
            id: "headers.nosniff",
            group: Group::Headers,
            severity: Severity::Medium,
            stage: Stage::Rest,
            title: "Browsers do not guess content types",
            fix: "Make the proxy forward the headers.",
            explain: "Otherwise, a browser could run text as a script.",
            run: |probe| Box::pin(answer_headers::nosniff(probe)),
        },
    ),
    (
        &[Gate::Canary],
        Check {
            id: "headers.hsts",
            group: Group::Headers,
            severity: Severity::Medium,
            stage: Stage::Rest,
            title: "Browsers use only https",
            fix: "Make the proxy send strict-transport-security with a max-age of half a year.",
            explain: "Otherwise, the first request could be read.",
            run: |probe| Box::pin(answer_headers::hsts(probe)),
        },
    ),
    (
        &[Gate::Canary],
        Check {
            id: "headers.policy",
            group: Group::Headers,
            severity: Severity::Medium,
            stage: Stage::Rest,
            title: "Pages run no scripts from other origins",
            fix: "Make the proxy forward content-security-policy.",
            explain: "The policy limits the effect of injected text.",
            run: |probe| Box::pin(answer_headers::policy(probe)),
        },
    ),
    (
        &[Gate::Canary],
        Check {
            id: "headers.forged-host",
            group: Group::Headers,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "A forged host does not change any address",
            fix: "Make the proxy set Host, and remove X-Forwarded-Host from the requests of \
                  clients.",
            explain: "Otherwise, links in answers would point to an attacker.",
            run: |probe| Box::pin(answer_headers::forged_host(probe)),
        },
    ),
    (
        &[Gate::Canary],
        Check {
            id: "headers.other-hosts",
            group: Group::Headers,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "Requests for other hosts are refused",
            fix: "Set COVIBE_HOSTED_URL.",
            explain: "DNS rebinding uses a different host.",
            run: |probe| Box::pin(answer_headers::other_hosts(probe)),
        },
    ),
    (
        &[Gate::Canary],
        Check {
            id: "headers.software",
            group: Group::Headers,
            severity: Severity::Medium,
            stage: Stage::Rest,
            title: "Responses reveal no software versions",
            fix: "Make the proxy remove Server and X-Powered-By.",
            explain: "A version shows attackers which vulnerabilities to try.",
            run: |probe| Box::pin(answer_headers::software(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "leaks.cookies",
            group: Group::Leaks,
            severity: Severity::High,
            stage: Stage::Last,
            title: "Every cookie is protected",
            fix: "Set COVIBE_HOSTED_URL to the https origin, and make sure that the proxy sets no \
                  cookies.",
            explain: "Scripts and other hosts must not read them.",
            run: |probe| Box::pin(ready(answer_headers::cookies(probe))),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "leaks.bytes",
            group: Group::Leaks,
            severity: Severity::Critical,
            stage: Stage::Last,
            title: "No answer contains a secret",
            fix: "Revoke the leaked secret, and remove it from the answer.",
            explain: "Everyone can read these answers.",
            run: |probe| Box::pin(ready(answer_headers::leaks(probe))),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "leaks.echoes",
            group: Group::Leaks,
            severity: Severity::High,
            stage: Stage::Last,
            title: "No answer repeats a key",
            fix: "Find out which software sends the answer: Co-Vibe does not repeat keys.",
            explain: "Answers are logged.",
            run: |probe| Box::pin(ready(answer_headers::echoes(probe))),
        },
    ),
];
