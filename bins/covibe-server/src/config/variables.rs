//! The environment variables that the server reads, by group.

/// A group of variables.
pub(crate) struct Group {
    /// What they are about.
    pub(crate) title: &'static str,
    /// Their names.
    pub(crate) names: &'static [&'static str],
}

/// All variables.
pub(crate) const GROUPS: [Group; 13] = [
    Group {
        title: "Listening",
        names: &[
            "COVIBE_BIND",
            "COVIBE_HOSTED_URL",
            "COVIBE_WORKSPACE_DOMAIN",
            "COVIBE_TRUSTED_PROXIES",
            "COVIBE_MAX_CONNECTIONS",
            "COVIBE_MAX_CONNECTIONS_PER_ADDRESS",
            "COVIBE_KEEP_ALIVE_SECONDS",
            "COVIBE_DRAIN_SECONDS",
            "COVIBE_METRICS_BIND",
            "COVIBE_METRICS_HOSTS",
        ],
    },
    Group {
        title: "Signing in",
        names: &[
            "COVIBE_AUTH_MODE",
            "WORKOS_CLIENT_ID",
            "WORKOS_API_KEY",
            "WORKOS_COOKIE_PASSWORD",
            "NEXT_PUBLIC_WORKOS_REDIRECT_URI",
            "WORKOS_API_URL",
            "COVIBE_WORKOS_IMPERSONATION",
        ],
    },
    Group {
        title: "Database",
        names: &[
            "COVIBE_DATABASE_BACKEND",
            "COVIBE_DATABASE_WAIT_SECONDS",
            "DATABASE_URL",
            "COVIBE_POSTGRES_ADMIN_URL",
            "COVIBE_POSTGRES_BACKUP_URL",
            "COVIBE_DATA_DIR",
            "COVIBE_BACKUP_DIR",
            "COVIBE_UPLOAD_DIR",
            "VIBN_SECRETS_KEY",
            "COVIBE_AUDIT_DAYS",
            "COVIBE_AUDIT_EXPORT_DIR",
            "COVIBE_REVOKED_KEY_DAYS",
            "COVIBE_ACTIVITY_RETENTION_DAYS",
        ],
    },
    Group { title: "Companion", names: &["COVIBE_COMPANION_DIR", "COVIBE_COMPANION_INSTALL"] },
    Group {
        title: "Coolify",
        names: &[
            "COOLIFY_API_URL",
            "COOLIFY_API_TOKEN",
            "COOLIFY_SERVER_UUID",
            "COOLIFY_DESTINATION_UUID",
            "COOLIFY_MAX_CALLS_PER_MINUTE",
        ],
    },
    Group {
        title: "Docker hosts",
        names: &[
            "COVIBE_DOCKER_HOST",
            "COVIBE_DOCKER_SSH_KEY",
            "COVIBE_DOCKER_KNOWN_HOSTS",
            "COVIBE_CONTAINER_WATCH_SECONDS",
        ],
    },
    Group {
        title: "Gitea",
        names: &[
            "GITEA_API_URL",
            "GITEA_API_TOKEN",
            "GITEA_USERNAME",
            "GITEA_PUBLIC_URL",
            "GITEA_SSH_HOST",
            "GITEA_BOT_ROLE",
            "GITEA_HOOK",
            "GITEA_CLONE",
        ],
    },
    Group {
        title: "OpenSRS",
        names: &[
            "OPENSRS_USERNAME",
            "OPENSRS_API_KEY",
            "OPENSRS_ENVIRONMENT",
            "OPENSRS_API_URL",
            "COVIBE_DOMAIN_PRICE_LIMIT",
            "COVIBE_DOMAIN_DAILY_LIMIT",
            "COVIBE_DOMAIN_PRIVACY_PRICE",
        ],
    },
    Group {
        title: "DNS",
        names: &[
            "COVIBE_INGRESS_ADDRESSES",
            "COVIBE_CLOUD_DNS_PROJECT",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "COVIBE_CLOUD_DNS_API_URL",
            "COVIBE_DNS_UPDATE_SERVER",
            "COVIBE_DNS_UPDATE_KEY_NAME",
            "COVIBE_DNS_UPDATE_KEY",
            "COVIBE_DNS_NAMESERVERS",
        ],
    },
    Group {
        title: "Object storage",
        names: &[
            "COVIBE_STORAGE_PROJECT",
            "COVIBE_STORAGE_LOCATION",
            "COVIBE_STORAGE_API_URL",
            "COVIBE_STORAGE_IAM_API_URL",
        ],
    },
    Group {
        title: "What workspaces may do",
        names: &[
            "COVIBE_ALLOW_REPOSITORY_BUILDS",
            "COVIBE_ALLOW_COMPOSE_REPOSITORIES",
            "COVIBE_ALLOW_DOCKER_SOCK_PROVIDERS",
            "COVIBE_ALLOW_CADDY",
            "COVIBE_IMAGE_REGISTRIES",
            "COVIBE_CHECK_IMAGES",
            "COVIBE_RESERVED_NAMES",
        ],
    },
    Group {
        title: "Limits",
        names: &[
            "COVIBE_MAX_CALLS_PER_SECOND",
            "COVIBE_MAX_CALLS_PER_SECOND_PER_TENANT",
            "COVIBE_MAX_CHANGES_PER_SECOND",
            "COVIBE_MAX_CHANGES_PER_SECOND_PER_TENANT",
            "COVIBE_MAX_MINTED_KEYS_PER_DAY",
            "COVIBE_COOLIFY_WORKERS",
            "COVIBE_MAX_RUNNING_DEPLOYMENTS",
            "COVIBE_MAX_QUEUED_DEPLOYMENTS",
            "COVIBE_MAX_RUNNING_STARTS",
            "COVIBE_PUBLIC_PORTS",
            "COVIBE_SERVICE_MEMORY",
            "COVIBE_MAX_SERVICE_MEMORY",
            "COVIBE_SERVICE_PROCESSES",
        ],
    },
    Group {
        title: "Logs and traces",
        names: &["RUST_LOG", "COVIBE_LOG_FORMAT", "OTEL_EXPORTER_OTLP_ENDPOINT"],
    },
];

/// Prefixes of names that only this server's variables have.
const PREFIXES: [&str; 6] = ["COVIBE_", "COOLIFY_", "GITEA_", "OPENSRS_", "VIBN_", "WORKOS_"];

/// The beginning of names that end with the uuid of a server of Coolify.
pub(crate) const DOCKER_HOST_OF: &str = "COVIBE_DOCKER_HOST_";

/// Beginnings of names that belong to others: a client's key, switches of the tests, the settings of nightly backups, of
/// the companion, of the servers for sub-agents and of the gates, and what Coolify and Gitea set in their containers.
const FOREIGN: [&str; 17] = [
    "VIBN_API_KEY",
    "COVIBE_TEST_",
    "COVIBE_SERVER",
    "COVIBE_BACKUP",
    "COVIBE_ALERT_COMMAND",
    "COVIBE_HOME",
    "COVIBE_MCP_TOKEN",
    "COVIBE_AGENT_HOME",
    "COVIBE_BASE_URL",
    "COVIBE_PROTECTED_",
    "COVIBE_CANARY_",
    "COVIBE_CLIENTS",
    "COOLIFY_URL",
    "COOLIFY_FQDN",
    "COOLIFY_BRANCH",
    "GITEA__",
    "GITEA_ACTIONS",
];

/// Returns the warning about a name that looks like one of ours and is not read.
pub(crate) fn unknown(name: &str) -> Option<String> {
    let known = || GROUPS.iter().flat_map(|group| group.names.iter());
    let is_ours = PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let is_foreign = FOREIGN.iter().any(|foreign| name.starts_with(foreign));
    let is_host = name.starts_with(DOCKER_HOST_OF);
    if !is_ours || is_foreign || is_host || known().any(|each| *each == name) {
        return None;
    }
    let nearest = known().max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)))?;
    Some(format!("{name} is not a setting and has no effect; did you mean {nearest}?"))
}

/// Returns the part of `--help` that lists the variables.
pub(crate) fn help() -> String {
    let groups = GROUPS.iter().map(|Group { title, names }| {
        let names = names.join("\n    ");
        format!("  {title}:\n    {names}")
    });
    let groups = groups.collect::<Vec<_>>().join("\n");
    format!(
        "Examples:\n  covibe-server sandbox\n      everything simulated, with an API key to try it\n  \
         covibe-server tenant create --name Acme && covibe-server serve\n      a real server with \
         its first key\n\nEnvironment variables, also read from .env.local and .env:\n{groups}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_variable_is_reported_with_the_nearest_name() {
        let told = unknown("COVIBE_BINDS").unwrap();
        assert!(told.ends_with("did you mean COVIBE_BIND?"), "{told}");
        assert!(unknown("COOLIFY_TOKEN").unwrap().contains("COOLIFY_API_TOKEN"));
        for fine in ["COVIBE_BIND", "PATH", "VIBN_API_KEY", "GITEA__server__ROOT_URL"] {
            assert_eq!(unknown(fine), None, "{fine}");
        }
    }
}
