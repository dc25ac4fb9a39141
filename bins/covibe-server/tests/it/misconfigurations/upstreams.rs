//! Answers and settings of Coolify and Gitea.

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::gitea::Settings;

use super::{Case, FaultCause, always_failing, case, status};

/// Answers of Coolify.
pub(super) fn coolify_faults() -> Vec<Case> {
    let coolify = |fault, with: Fault, name, mend| {
        case(fault, FaultCause::Coolify(with), ("fail", name), mend)
    };
    vec![
        coolify(
            "Coolify's API is off",
            status(403, "API is disabled.").on("GET", "/"),
            "coolify.version",
            "enable API access",
        ),
        coolify(
            "an address that Coolify does not allow",
            status(403, "You are not allowed to access the API.").on("GET", "/"),
            "coolify.version",
            "allowed IPs",
        ),
        coolify(
            "Coolify rejects the token",
            status(401, "Unauthenticated.").on("GET", "/"),
            "coolify.version",
            "COOLIFY_API_TOKEN",
        ),
        coolify(
            "Coolify fails",
            status(500, "Server Error").on("GET", "/"),
            "coolify.version",
            "log",
        ),
        coolify(
            "Coolify's limit",
            always_failing(Name::Limited, "GET", "/"),
            "coolify.version",
            "COOLIFY_MAX_CALLS_PER_MINUTE",
        ),
        coolify(
            "a page in the place of Coolify's API",
            always_failing(Name::Malformed, "GET", "/servers"),
            "coolify.server",
            "COOLIFY_API_URL",
        ),
        coolify(
            "a proxy redirects Coolify's",
            always_failing(Name::ProxyRedirect, "GET", "/"),
            "coolify.version",
            "COOLIFY_API_URL",
        ),
        coolify(
            "a proxy answers for Coolify",
            always_failing(Name::ProxyNotFound, "GET", "/"),
            "coolify.version",
            "COOLIFY_API_URL",
        ),
        coolify(
            "Coolify can't list its servers",
            status(500, "Server Error").on("GET", "/servers$"),
            "coolify.server",
            "log",
        ),
        coolify(
            "the token may not deploy",
            status(403, "Missing required permissions: deploy").on("POST", "/deploy"),
            "coolify.deploy",
            "COOLIFY_API_TOKEN",
        ),
        coolify(
            "the token may not write",
            status(403, "Missing required permissions: write").on("POST", "/projects"),
            "coolify.write",
            "COOLIFY_API_TOKEN",
        ),
        coolify(
            "the token may not read",
            status(403, "Missing required permissions: read").on("GET", "/servers$"),
            "coolify.read",
            "COOLIFY_API_TOKEN",
        ),
    ]
}

/// Answers of Gitea.
pub(super) fn answer_faults() -> Vec<Case> {
    let gitea =
        |fault, with: Fault, name, mend| case(fault, FaultCause::Gitea(with), ("fail", name), mend);
    vec![
        gitea(
            "Gitea rejects the token",
            status(401, "invalid username, password or token").on("GET", "/user$"),
            "gitea.admin",
            "GITEA_API_TOKEN",
        ),
        gitea("Gitea fails", status(500, "").on("GET", "/version"), "gitea.version", "log"),
        gitea(
            "Gitea's limit",
            always_failing(Name::Limited, "GET", "/version"),
            "gitea.version",
            "proxy in front of Gitea",
        ),
        gitea(
            "a proxy redirects Gitea's",
            always_failing(Name::ProxyRedirect, "GET", "/"),
            "gitea.version",
            "GITEA_API_URL",
        ),
        gitea(
            "bots get no tokens",
            status(401, "").on("POST", "/users/*/tokens$"),
            "gitea.provisioning",
            "GITEA_API_TOKEN",
        ),
        gitea(
            "no organisations are made",
            status(403, "").on("POST", "/admin/users/*/orgs$"),
            "gitea.provisioning",
            "token",
        ),
        case(
            "hooks are switched off",
            FaultCause::Gitea(status(403, "").on("GET", "/orgs/*/hooks$")),
            ("warn", "gitea.hooks"),
            "DISABLE_WEBHOOKS",
        ),
    ]
}

/// The settings of Gitea that refuse what provisioning does.
pub(super) fn gitea_faults() -> Vec<Case> {
    let base = Settings::default;
    let set = |fault, settings, name, mend| {
        case(fault, FaultCause::Settings(settings), ("fail", name), mend)
    };
    vec![
        set(
            "an old Gitea",
            Settings { version: "1.20.6".to_owned(), ..base() },
            "gitea.version",
            "upgrade",
        ),
        set(
            "an old Forgejo",
            Settings { version: "6.0.0+gitea-1.21.1".to_owned(), ..base() },
            "gitea.version",
            "upgrade",
        ),
        set(
            "no private users",
            Settings { private_users: false, ..base() },
            "gitea.provisioning",
            "private user",
        ),
        set(
            "passwords are too long",
            Settings { min_password_length: 99, ..base() },
            "gitea.provisioning",
            "log",
        ),
        set("no SSH keys", Settings { ssh_keys: false, ..base() }, "gitea.provisioning", "log"),
        set(
            "no keys of ed25519",
            Settings { ed25519_keys: false, ..base() },
            "gitea.provisioning",
            "log",
        ),
        set(
            "a second factor for all",
            Settings { two_factor_enforced: true, ..base() },
            "gitea.repositories",
            "TWO_FACTOR_AUTH",
        ),
        set(
            "the quota is used up",
            Settings { quota_used_up: true, ..base() },
            "gitea.repositories",
            "[quota] ENABLED",
        ),
    ]
}

/// The settings of Gitea that let strangers or workspaces do more than they should, or refuse accounts.
pub(super) fn open_gitea_faults() -> Vec<Case> {
    let base = Settings::default;
    let set = |fault, settings, status, name, mend| {
        case(fault, FaultCause::Settings(settings), (status, name), mend)
    };
    vec![
        set("a Gitea with known holes", base(), "warn", "gitea.version", "upgrade"),
        set("anybody can sign up", base(), "warn", "gitea.sign_up", "DISABLE_REGISTRATION"),
        set(
            "repositories can be imported",
            Settings { mirrors: false, ..base() },
            "warn",
            "gitea.migrations",
            "DISABLE_MIGRATIONS",
        ),
        set(
            "repositories can be mirrored",
            Settings { migrations: false, ..base() },
            "warn",
            "gitea.migrations",
            "[mirror] ENABLED = false",
        ),
        set(
            "passwords count as leaked",
            Settings { leaked_passwords: true, ..base() },
            "fail",
            "gitea.provisioning",
            "log",
        ),
        set(
            "the addresses of bots are not allowed",
            Settings { email_domains: vec!["example.com".to_owned()], ..base() },
            "fail",
            "gitea.provisioning",
            "log",
        ),
    ]
}
