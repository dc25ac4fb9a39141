//! The checks of what is closed: operations, MCP, devices.

use crate::check::{Check, Group, Severity, Stage};
use crate::probe::Probe;

use super::gate::Gate;
use crate::checks::{closed, device, mcp};

/// The checks of what is closed: operations, MCP, devices.
pub(super) const CHECKS: &[(&[Gate], Check<Probe>)] = &[
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "closed.routes",
            group: Group::Closed,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "Every operation requires a key",
            fix: "Let the proxy pass requests on unchanged; deploy the image of this release.",
            explain: "What is open here is open to everybody.",
            run: |probe| Box::pin(closed::routes(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "closed.mint",
            group: Group::Closed,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "Nobody gets a key without one",
            fix: "Deploy the image of this release.",
            explain: "A key opens a workspace.",
            run: |probe| Box::pin(closed::mint(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "closed.overrides",
            group: Group::Closed,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "No header makes a request another one",
            fix: "Remove the rule of the proxy that rewrites by headers.",
            explain: "Rules of proxies are circumvented so.",
            run: |probe| Box::pin(closed::overrides(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "closed.hidden",
            group: Group::Closed,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "Paths of development are not there",
            fix: "Remove what else is served under this origin.",
            explain: "They tell of machines, or let strangers in.",
            run: |probe| Box::pin(closed::hidden(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "closed.cors",
            group: Group::Closed,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "Pages of other sites get nothing",
            fix: "Remove the headers of CORS that the proxy adds.",
            explain: "Any page could call with a visitor's session.",
            run: |probe| Box::pin(closed::cors(probe)),
        },
    ),
    (
        &[Gate::Canary],
        Check {
            id: "closed.console",
            group: Group::Closed,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "The console leads to the sign-in",
            fix: "Deploy the image of this release.",
            explain: "It shows a company's apps.",
            run: |probe| Box::pin(closed::console(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "mcp.no-key",
            group: Group::Mcp,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "Calls without a key are refused",
            fix: "Let the proxy pass requests on unchanged.",
            explain: "What is open here is open to everybody.",
            run: |probe| Box::pin(mcp::no_key(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "mcp.invalid-keys",
            group: Group::Mcp,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "Nine kinds of wrong keys are refused alike",
            fix: "Let the proxy pass Authorization on unchanged.",
            explain: "Differences tell which keys exist.",
            run: |probe| Box::pin(mcp::invalid_keys(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "mcp.envelopes",
            group: Group::Mcp,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "Malformed requests are refused",
            fix: "Read the log of the server.",
            explain: "A malformed request must not break anything.",
            run: |probe| Box::pin(mcp::envelopes(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "mcp.query-keys",
            group: Group::Mcp,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "A key in an address is none",
            fix: "Remove the rule of the proxy that reads keys from addresses.",
            explain: "Addresses are logged.",
            run: |probe| Box::pin(mcp::query_keys(probe)),
        },
    ),
    (
        &[Gate::Canary],
        Check {
            id: "mcp.large",
            group: Group::Mcp,
            severity: Severity::Medium,
            stage: Stage::Rest,
            title: "A body that is too large is refused",
            fix: "Limit bodies in the proxy to 2 MiB.",
            explain: "Large bodies fill the memory.",
            run: |probe| Box::pin(mcp::large(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "mcp.foreign-pages",
            group: Group::Mcp,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "Requests of other sites' pages are refused",
            fix: "Have the proxy pass Origin on.",
            explain: "Pages could reach the server by DNS rebinding.",
            run: |probe| Box::pin(mcp::foreign_pages(probe)),
        },
    ),
    (
        &[Gate::Canary],
        Check {
            id: "mcp.methods",
            group: Group::Mcp,
            severity: Severity::Medium,
            stage: Stage::Rest,
            title: "Other methods are refused",
            fix: "Deploy the image of this release.",
            explain: "Unexpected methods have unexpected effects.",
            run: |probe| Box::pin(mcp::methods(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "device.start",
            group: Group::Device,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "A device gets a code and the page for it",
            fix: "Set COVIBE_HOSTED_URL to this origin.",
            explain: "Developers set up their machines by it.",
            run: |probe| Box::pin(device::start(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "device.poll",
            group: Group::Device,
            severity: Severity::Critical,
            stage: Stage::Rest,
            title: "A device gets no key before a person approves it",
            fix: "Deploy the image of this release.",
            explain: "Anybody could get a key.",
            run: |probe| Box::pin(device::poll(probe)),
        },
    ),
    (
        &[Gate::Preflight, Gate::Canary],
        Check {
            id: "device.refuses",
            group: Group::Device,
            severity: Severity::High,
            stage: Stage::Rest,
            title: "Codes that are made up are refused",
            fix: "Deploy the image of this release.",
            explain: "Codes could be guessed.",
            run: |probe| Box::pin(device::refuses(probe)),
        },
    ),
];
