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
            title: "The package of the companion is there",
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
            title: "The package is a sound archive",
            fix: "Build it again with `cargo xtask package`, and let no proxy compress it.",
            explain: "npm refuses or misreads another one.",
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
            title: "The package has only plain files",
            fix: "Build it again with `cargo xtask package`.",
            explain: "Links and paths that lead elsewhere overwrite files of developers.",
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
            explain: "Developers would install something else.",
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
            title: "The programs are those that are listed",
            fix: "Build it again with `cargo xtask package`.",
            explain: "A program that was replaced runs on every machine of the customers.",
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
            fix: "Remove the files, revoke what leaked, and build it again.",
            explain: "Everybody can download it.",
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
            title: "The digests are those of the bytes",
            fix: "Copy the package and its record together.",
            explain: "Clients compare them.",
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
            title: "The package is of the version that is served",
            fix: "Put the package of this release into COVIBE_COMPANION_DIR.",
            explain: "Companion and server speak the same release.",
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
            title: "The package has an address that stays",
            fix: "Have the proxy pass cache-control on.",
            explain: "Lock files name it.",
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
            fix: "Have the proxy pass headers on.",
            explain: "A text could be run as a script.",
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
            title: "Browsers keep to https",
            fix: "Have the proxy send strict-transport-security for half a year.",
            explain: "The first request could be read otherwise.",
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
            title: "Pages run no scripts of others",
            fix: "Have the proxy pass content-security-policy on.",
            explain: "It bounds what an injected text can do.",
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
            title: "A forged host changes no address",
            fix: "Have the proxy set Host, and pass no X-Forwarded-Host of clients on.",
            explain: "Links in answers would lead to an attacker.",
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
            explain: "DNS rebinding uses another host.",
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
            fix: "Have the proxy leave out Server and X-Powered-By.",
            explain: "A version shows attackers which holes to try.",
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
            fix: "Set COVIBE_HOSTED_URL to the https origin, and have the proxy set no cookies.",
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
            fix: "Revoke what leaked, and remove it from the answer.",
            explain: "Everything here is open to everybody.",
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
            fix: "Read which software answers: ours does not.",
            explain: "Answers are logged.",
            run: |probe| Box::pin(ready(answer_headers::echoes(probe))),
        },
    ),
];
