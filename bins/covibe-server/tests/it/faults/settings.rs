//! Values that the configuration does not take.

use super::{Case, wrong};

/// Values that are no settings.
pub(super) fn setting_faults() -> Vec<Case> {
    vec![
        wrong("COVIBE_BIND is no address", &[("COVIBE_BIND", "127.0.0.1")]),
        wrong("COVIBE_METRICS_BIND is no address", &[("COVIBE_METRICS_BIND", "9187")]),
        wrong("COVIBE_HOSTED_URL is no origin", &[("COVIBE_HOSTED_URL", "co-vibe.example")]),
        wrong("COVIBE_WORKSPACE_DOMAIN is no domain", &[("COVIBE_WORKSPACE_DOMAIN", "apps")]),
        wrong("unknown backend", &[("COVIBE_DATABASE_BACKEND", "mysql")]),
        wrong(
            "PostgreSQL without an address",
            &[("DATABASE_URL", ""), ("COVIBE_DATABASE_BACKEND", "postgres")],
        ),
        wrong("secrets key of a wrong form", &[("VIBN_SECRETS_KEY", "hunter2")]),
        wrong("unknown way to sign in", &[("COVIBE_AUTH_MODE", "none")]),
        wrong("Coolify's address is none", &[("COOLIFY_API_URL", "coolify.example")]),
        wrong("Gitea's address is none", &[("GITEA_API_URL", "gitea.example")]),
        wrong("no token for Coolify", &[("COOLIFY_API_TOKEN", "")]),
        wrong("no token for Gitea", &[("GITEA_API_TOKEN", "")]),
        wrong("no user of Gitea's token", &[("GITEA_USERNAME", "")]),
        wrong("unknown role of bots", &[("GITEA_BOT_ROLE", "admin")]),
        wrong("unknown kind of hooks", &[("GITEA_HOOK", "user")]),
        wrong("unknown protocol of clones", &[("GITEA_CLONE", "ftp")]),
        wrong("public ports below 1024", &[("COVIBE_PUBLIC_PORTS", "1-2")]),
        wrong("memory of services is no size", &[("COVIBE_SERVICE_MEMORY", "much")]),
        wrong("a switch is no word", &[("COVIBE_ALLOW_CADDY", "yes")]),
        wrong("unknown form of logs", &[("COVIBE_LOG_FORMAT", "xml")]),
        wrong("number of connections", &[("COVIBE_MAX_CONNECTIONS", "0")]),
        wrong("rate of calls", &[("COVIBE_MAX_CALLS_PER_SECOND", "many")]),
        wrong("days of the audit", &[("COVIBE_AUDIT_DAYS", "-1")]),
        wrong("no key of the registrar", &[("OPENSRS_API_KEY", "")]),
        wrong("unknown system of the registrar", &[("OPENSRS_ENVIRONMENT", "test")]),
        wrong("address of apps is none", &[("COVIBE_INGRESS_ADDRESSES", "here")]),
        wrong("docker host of an unknown kind", &[("COVIBE_DOCKER_HOST", "ftp://host")]),
        wrong("collector of traces is no address", &[("OTEL_EXPORTER_OTLP_ENDPOINT", "collector")]),
    ]
}
