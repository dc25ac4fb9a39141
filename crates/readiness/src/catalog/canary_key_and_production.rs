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
            title: "The server answers a call with the canary's key",
            fix: "Mint a new key for the canary.",
            explain: "Customers make such calls.",
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
            title: "The canary's key can list the tools",
            fix: "Deploy the image of this release.",
            explain: "Clients list the tools first.",
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
            title: "The install command uses this origin",
            fix: "Set COVIBE_HOSTED_URL to this origin.",
            explain: "Developers paste this command.",
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
            fix: "Set it to this origin, and nothing else.",
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
            title: "NEXT_PUBLIC_WORKOS_REDIRECT_URI is the callback of this origin",
            fix: "Set it to <origin>/callback, here and in WorkOS' dashboard.",
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
            fix: "Generate one: openssl rand -base64 32",
            explain: "Anyone who guesses it can sign in as anyone.",
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
            explain: "The database isolates the tenants from each other.",
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
            title: "The serving process does not have the owner's database URL",
            fix: "Set COVIBE_POSTGRES_ADMIN_URL only for the operator's commands.",
            explain: "Row-level security does not apply to the owner.",
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
            explain: "Otherwise, photos are lost with the container.",
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
            title: "`covibe-server check` finds no problems",
            fix: "Run `covibe-server check` on the host, and fix the problems that it reports.",
            explain: "Only this command sees the database role, the upstreams and their limits.",
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
            title: "The names of apps resolve to Coolify's servers",
            fix: "Create the DNS record *.COVIBE_WORKSPACE_DOMAIN, with the addresses of Coolify's \
                  servers.",
            explain: "A new app's name has no DNS record of its own.",
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
            fix: "Check the log of Coolify's proxy. A certificate authority issues only a limited \
                  number of certificates per week for a domain.",
            explain: "Browsers refuse an app without a valid certificate.",
            run: |probe| Box::pin(app_dns_and_tls::certificate(probe)),
        },
    ),
];
