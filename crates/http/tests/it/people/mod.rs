//! People with browsers: how they come in, and what their sessions open.

mod access_matrix;
mod appointments;
pub(crate) mod audited_changes;
mod auth_provider_opening;
mod companies;
mod first_run;
mod forms_of_other_workspaces;
mod invitations;
mod people_management;
mod photos;
mod rest_sessions;
mod sign_in;
mod unknown_links;

use covibe_testkit_http::AgentAnswer;

const PASSWORD: &str = "tremor-basil-gondola";

/// Where a redirect leads.
fn location(answer: &AgentAnswer) -> &str {
    assert_eq!(answer.status, 303, "{}", answer.text);
    &answer.headers["location"]
}

/// Checks the headers that every page has.
fn assert_safe(answer: &AgentAnswer) {
    let policy = &answer.headers["content-security-policy"];
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.headers["x-frame-options"], "DENY");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers["cache-control"], "no-store");
}
