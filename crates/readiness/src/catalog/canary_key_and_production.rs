//! The checks of a canary's key, and of the configuration of production.

use std::future::ready;

use crate::check::{Check, Group, Severity, Stage};
use crate::check_inputs::Probe;

use super::readiness_gates::Gate;
use crate::checks::{app_dns_and_tls, canary_key, production_configuration};

/// The checks of a canary's key, and of the configuration of production.
pub(super) const CHECKS: &[(&[Gate], Check<Probe>)] = &[
    (
        &[Gate::Canary],
        Check {
            id: "key.call",
            group: Group::Key,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "A call with the canary's key is answered",
            fix: "Mint another key for the canary.",
            explain: "Customers do the same.",
            run: |probe| Box::pin(canary_key::call(probe)),
        },
    ),
    (
        &[Gate::Canary],
        Check {
            id: "key.list",
            group: Group::Key,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "The tools are listed with the canary's key",
            fix: "Deploy the image of this release.",
            explain: "Clients do this first.",
            run: |probe| Box::pin(canary_key::list(probe)),
        },
    ),
    (
        &[Gate::Canary],
        Check {
            id: "key.foreign",
            group: Group::Key,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "Resources of another workspace are not visible",
            fix: "Stop serving, and read `covibe-server audit list`.",
            explain: "Workspaces are isolated.",
            run: |probe| Box::pin(canary_key::foreign(probe)),
        },
    ),
    (
        &[Gate::Canary],
        Check {
            id: "key.unconfirmed",
            group: Group::Key,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "Nothing is deleted without a confirmation",
            fix: "Deploy the image of this release.",
            explain: "Agents make mistakes.",
            run: |probe| Box::pin(canary_key::unconfirmed(probe)),
        },
    ),
    (
        &[Gate::Production],
        Check {
            id: "production.install",
            group: Group::Production,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "The install command is of this origin",
            fix: "Set COVIBE_HOSTED_URL to this origin.",
            explain: "Developers paste it.",
            run: |probe| Box::pin(production_configuration::install(probe)),
        },
    ),
    (
        &[Gate::Production],
        Check {
            id: "production.hosted-url",
            group: Group::Production,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "COVIBE_HOSTED_URL is this origin",
            fix: "Set it to the origin alone.",
            explain: "Every address that the server writes begins with it.",
            run: |probe| Box::pin(ready(production_configuration::hosted_url(probe))),
        },
    ),
    (
        &[Gate::Production],
        Check {
            id: "production.redirect-uri",
            group: Group::Production,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "NEXT_PUBLIC_WORKOS_REDIRECT_URI is its callback",
            fix: "Set it to <origin>/callback, and the same in WorkOS' dashboard.",
            explain: "WorkOS refuses any other address.",
            run: |probe| Box::pin(ready(production_configuration::redirect_uri(probe))),
        },
    ),
    (
        &[Gate::Production],
        Check {
            id: "production.cookie-password",
            group: Group::Production,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "WORKOS_COOKIE_PASSWORD is long and random",
            fix: "Create one: openssl rand -base64 32",
            explain: "Anyone who guesses it can sign in as anybody.",
            run: |probe| Box::pin(ready(production_configuration::cookie_password(probe))),
        },
    ),
    (
        &[Gate::Production],
        Check {
            id: "production.backend",
            group: Group::Production,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "COVIBE_DATABASE_BACKEND is postgres",
            fix: "Set it to postgres.",
            explain: "Tenants are isolated by the database.",
            run: |probe| Box::pin(ready(production_configuration::backend(probe))),
        },
    ),
    (
        &[Gate::Production],
        Check {
            id: "production.owner",
            group: Group::Production,
            severity: Severity::Medium,
            stage: Stage::Rest,
            title: "The serving process has no address of the owner",
            fix: "Set COVIBE_POSTGRES_ADMIN_URL only for the operator's commands.",
            explain: "The owner is not bound by row-level security.",
            run: |probe| Box::pin(ready(production_configuration::owner(probe))),
        },
    ),
    (
        &[Gate::Production],
        Check {
            id: "production.upload-folder",
            group: Group::Production,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "COVIBE_UPLOAD_DIR is on a volume",
            fix: "Mount a volume there.",
            explain: "Photos are lost with the container otherwise.",
            run: |probe| Box::pin(ready(production_configuration::upload_folder(probe))),
        },
    ),
    (
        &[Gate::Production],
        Check {
            id: "production.check",
            group: Group::Production,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "`covibe-server check` finds nothing",
            fix: "Run `covibe-server check` on the host, and mend what it names.",
            explain: "The role of the database, the upstreams and their limits are seen only there.",
            run: |probe| Box::pin(production_configuration::check(probe)),
        },
    ),
    (
        &[Gate::Production],
        Check {
            id: "apps.wildcard",
            group: Group::Apps,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "Names of apps lead to the servers of Coolify",
            fix: "Create the DNS record *.COVIBE_WORKSPACE_DOMAIN, with the addresses of Coolify's servers.",
            explain: "A new app is reached by a name that nobody created a record for.",
            run: |probe| Box::pin(app_dns_and_tls::wildcard(probe)),
        },
    ),
    (
        &[Gate::Production],
        Check {
            id: "apps.certificate",
            group: Group::Apps,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "An app has a valid certificate",
            fix: "Look at the log of Coolify's proxy. An authority issues a limited number of certificates a week for a domain.",
            explain: "Browsers refuse an app without one.",
            run: |probe| Box::pin(app_dns_and_tls::certificate(probe)),
        },
    ),
];
