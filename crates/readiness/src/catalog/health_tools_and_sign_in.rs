//! The checks of health, tools and sign-in.

use crate::check::{Check, Group, Severity, Stage};
use crate::check_inputs::Probe;

use super::readiness_gates::Gate;
use crate::checks::{health, sign_in};

/// The checks of health, tools and sign-in.
pub(super) const CHECKS: &[(&[Gate], Check<Probe>)] = &[
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "health.answer",
            group: Group::Health,
            severity: Severity::Critical,
            stage: Stage::First,
            title: "The server is healthy",
            fix: "Check the server's log; `covibe-server check` on the host reports the problem.",
            explain: "A degraded server serves no customers.",
            run: |probe| Box::pin(health::answers(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "health.auth-mode",
            group: Group::Health,
            severity: Severity::Critical,
            stage: Stage::First,
            title: "People sign in with WorkOS",
            fix: "Set COVIBE_AUTH_MODE=workos and the WorkOS variables, and restart.",
            explain: "Other modes are for development.",
            run: |probe| Box::pin(health::auth_mode(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "health.database",
            group: Group::Health,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "The database is PostgreSQL, up to date and isolated",
            fix: "Run `covibe-server check` on the host.",
            explain: "The database isolates the tenants from each other.",
            run: |probe| Box::pin(health::database(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "health.version",
            group: Group::Health,
            severity: Severity::High,
            stage: Stage::First,
            title: "The server runs the release of these gates",
            fix: "Update the server, or use the gates of its release.",
            explain: "Everything else is compared with this release.",
            run: |probe| Box::pin(health::version(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "health.discreet",
            group: Group::Health,
            severity: Severity::Medium,
            stage: Stage::Rest,
            title: "The health check reveals nothing about the machine",
            fix: "Remove the details that the proxy adds.",
            explain: "The health check is open to everyone.",
            run: |probe| Box::pin(health::discreet(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "surface.described",
            group: Group::Surface,
            severity: Severity::Critical,
            stage: Stage::First,
            title: "GET /api/mcp describes the tools",
            fix: "Make the proxy forward /api/mcp.",
            explain: "Agents find the tools there.",
            run: |probe| Box::pin(health::tool_description(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "surface.count",
            group: Group::Surface,
            severity: Severity::High,
            stage: Stage::First,
            title: "The server has as many tools as the release",
            fix: "Deploy the image of this release.",
            explain: "Agents rely on the tools.",
            run: |probe| Box::pin(health::count(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "surface.names",
            group: Group::Surface,
            severity: Severity::High,
            stage: Stage::First,
            title: "The tools have the same names as in the release",
            fix: "Deploy the image of this release.",
            explain: "Agents rely on the names.",
            run: |probe| Box::pin(health::names(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "surface.digest",
            group: Group::Surface,
            severity: Severity::Medium,
            stage: Stage::First,
            title: "The tools have the same schemas as in the release",
            fix: "Deploy the image of this release.",
            explain: "Agents rely on the schemas.",
            run: |probe| Box::pin(health::digest(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "sign-in.redirect",
            group: Group::SignIn,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "The sign-in redirects to AuthKit",
            fix: "Set the WorkOS variables, and restart.",
            explain: "Otherwise, nobody can sign in.",
            run: |probe| Box::pin(sign_in::redirect(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "sign-in.callback",
            group: Group::SignIn,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "The sign-in returns to this origin",
            fix: "Set NEXT_PUBLIC_WORKOS_REDIRECT_URI to <origin>/callback, here and in WorkOS' \
                  dashboard.",
            explain: "WorkOS refuses any other address.",
            run: |probe| Box::pin(sign_in::callback(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "sign-in.state",
            group: Group::SignIn,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "Each sign-in has its own state",
            fix: "Make sure that no cache answers /auth/sign-in.",
            explain: "Otherwise, a person could be signed in as someone else.",
            run: |probe| Box::pin(sign_in::state(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "sign-in.pkce",
            group: Group::SignIn,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "Each sign-in has its own challenge",
            fix: "Make sure that no cache answers /auth/sign-in.",
            explain: "Otherwise, anyone who finds a leaked code could sign in with it.",
            run: |probe| Box::pin(sign_in::pkce(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary, Gate::Production],
        Check {
            id: "sign-in.cookie",
            group: Group::SignIn,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "The sign-in cookie is protected",
            fix: "Set COVIBE_HOSTED_URL to the https origin, and make sure that the proxy changes \
                  no cookies.",
            explain: "Scripts and other hosts must not read the cookie.",
            run: |probe| Box::pin(sign_in::cookie(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "sign-in.forged",
            group: Group::SignIn,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "A callback without a started sign-in signs nobody in",
            fix: "Deploy the image of this release.",
            explain: "Otherwise, an attacker could sign people in as the attacker.",
            run: |probe| Box::pin(sign_in::forged_callback(probe)),
        },
    ),
    (
        &[Gate::Canary],
        Check {
            id: "sign-in.sign-out",
            group: Group::SignIn,
            severity: Severity::Medium,
            stage: Stage::Rest,
            title: "A link cannot sign anyone out",
            fix: "Deploy the image of this release.",
            explain: "Otherwise, any page could sign people out.",
            run: |probe| Box::pin(sign_in::sign_out(probe)),
        },
    ),
];
