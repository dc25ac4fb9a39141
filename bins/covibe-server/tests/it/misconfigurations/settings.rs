//! Values that the configuration does not take.

use super::{Case, wrong_variable};

/// Values that are no settings.
pub(super) fn setting_faults() -> Vec<Case> {
    vec![
        wrong_variable("COVIBE_BIND is no address", &[("COVIBE_BIND", "127.0.0.1")]),
        wrong_variable("COVIBE_METRICS_BIND is no address", &[("COVIBE_METRICS_BIND", "9187")]),
        wrong_variable(
            "COVIBE_HOSTED_URL is no origin",
            &[("COVIBE_HOSTED_URL", "co-vibe.example")],
        ),
        wrong_variable(
            "COVIBE_WORKSPACE_DOMAIN is no domain",
            &[("COVIBE_WORKSPACE_DOMAIN", "apps")],
        ),
        wrong_variable("unknown backend", &[("COVIBE_DATABASE_BACKEND", "mysql")]),
        wrong_variable(
            "PostgreSQL without an address",
            &[("DATABASE_URL", ""), ("COVIBE_DATABASE_BACKEND", "postgres")],
        ),
        wrong_variable("secrets key of a wrong form", &[("VIBN_SECRETS_KEY", "hunter2")]),
        wrong_variable("unknown way to sign in", &[("COVIBE_AUTH_MODE", "none")]),
        wrong_variable("Coolify's address is none", &[("COOLIFY_API_URL", "coolify.example")]),
        wrong_variable("Gitea's address is none", &[("GITEA_API_URL", "gitea.example")]),
        wrong_variable("no token for Coolify", &[("COOLIFY_API_TOKEN", "")]),
        wrong_variable("no token for Gitea", &[("GITEA_API_TOKEN", "")]),
        wrong_variable("no user of Gitea's token", &[("GITEA_USERNAME", "")]),
        wrong_variable("unknown role of bots", &[("GITEA_BOT_ROLE", "admin")]),
        wrong_variable("unknown kind of hooks", &[("GITEA_HOOK", "user")]),
        wrong_variable("unknown protocol of clones", &[("GITEA_CLONE", "ftp")]),
        wrong_variable("public ports below 1024", &[("COVIBE_PUBLIC_PORTS", "1-2")]),
        wrong_variable("memory of services is no size", &[("COVIBE_SERVICE_MEMORY", "much")]),
        wrong_variable("a switch is no word", &[("COVIBE_ALLOW_CADDY", "yes")]),
        wrong_variable("unknown form of logs", &[("COVIBE_LOG_FORMAT", "xml")]),
        wrong_variable("number of connections", &[("COVIBE_MAX_CONNECTIONS", "0")]),
        wrong_variable("rate of calls", &[("COVIBE_MAX_CALLS_PER_SECOND", "many")]),
        wrong_variable("days of the audit", &[("COVIBE_AUDIT_DAYS", "-1")]),
        wrong_variable("no key of the registrar", &[("OPENSRS_API_KEY", "")]),
        wrong_variable("unknown system of the registrar", &[("OPENSRS_ENVIRONMENT", "test")]),
        wrong_variable("address of apps is none", &[("COVIBE_INGRESS_ADDRESSES", "here")]),
        wrong_variable("docker host of an unknown kind", &[("COVIBE_DOCKER_HOST", "ftp://host")]),
        wrong_variable("seconds of a stop", &[("COVIBE_DRAIN_SECONDS", "soon")]),
        wrong_variable("proxies by name", &[("COVIBE_TRUSTED_PROXIES", "proxy.example")]),
        wrong_variable("deployments at once", &[("COVIBE_MAX_RUNNING_DEPLOYMENTS", "0")]),
        wrong_variable("workers of Coolify", &[("COVIBE_COOLIFY_WORKERS", "all")]),
        wrong_variable(
            "collector of traces is no address",
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", "collector")],
        ),
    ]
}
