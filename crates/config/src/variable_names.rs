//! The names of environment variables: which ones are settings, and which ones only look like settings.

use super::secret_files;
use super::settings::{self, GROUPS};

/// Prefixes of names that only this server's variables have.
const PREFIXES: [&str; 6] = ["COVIBE_", "COOLIFY_", "GITEA_", "OPENSRS_", "VIBN_", "WORKOS_"];

/// The beginning of names that end with the uuid of a Coolify server.
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

/// The settings whose values are shown to people who help an operator. Each is a number, a switch or a word of a list,
/// so that none can be a secret where the configuration is valid.
const SHOWN: [&str; 45] = [
    "COVIBE_BIND",
    "COVIBE_MAX_CONNECTIONS",
    "COVIBE_MAX_CONNECTIONS_PER_ADDRESS",
    "COVIBE_KEEP_ALIVE_SECONDS",
    "COVIBE_DRAIN_SECONDS",
    "COVIBE_METRICS_BIND",
    "COVIBE_AUTH_MODE",
    "COVIBE_WORKOS_IMPERSONATION",
    "COVIBE_DATABASE_BACKEND",
    "COVIBE_DATABASE_WAIT_SECONDS",
    "COVIBE_AUDIT_DAYS",
    "COVIBE_REVOKED_KEY_DAYS",
    "COVIBE_ACTIVITY_RETENTION_DAYS",
    "COOLIFY_MAX_CALLS_PER_MINUTE",
    "COVIBE_CONTAINER_WATCH_SECONDS",
    "GITEA_BOT_ROLE",
    "GITEA_HOOK",
    "GITEA_CLONE",
    "OPENSRS_ENVIRONMENT",
    "COVIBE_DOMAIN_PRICE_LIMIT",
    "COVIBE_DOMAIN_AGREED_PRICE_LIMIT",
    "COVIBE_DOMAIN_DAILY_LIMIT",
    "COVIBE_DOMAIN_DAILY_LIMIT_ALL",
    "COVIBE_DOMAIN_PRIVACY_PRICE",
    "COVIBE_STORAGE_BUCKETS_PER_TENANT",
    "COVIBE_ALLOW_REPOSITORY_BUILDS",
    "COVIBE_ALLOW_COMPOSE_REPOSITORIES",
    "COVIBE_ALLOW_DOCKER_SOCK_PROVIDERS",
    "COVIBE_ALLOW_CADDY",
    "COVIBE_CHECK_IMAGES",
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
    "COVIBE_LOG_FORMAT",
    "COVIBE_INGRESS_ADDRESSES",
];

/// Returns whether the value of a setting may be shown.
pub(super) fn is_shown(name: &str) -> bool {
    SHOWN.contains(&name)
}

/// Returns the warning about a name that looks like one of ours and is not read.
pub(crate) fn unknown(name: &str) -> Option<String> {
    let known = || settings::all_settings().map(|setting| setting.name);
    let is_ours = PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let is_foreign = FOREIGN.iter().any(|foreign| name.starts_with(foreign));
    let is_read = name.starts_with(DOCKER_HOST_OF) || secret_files::has_path(name);
    if !is_ours || is_foreign || is_read || known().any(|each| each == name) {
        return None;
    }
    let nearest = known().max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)))?;
    Some(format!("{name} is not a setting and has no effect; did you mean {nearest}?"))
}

/// Returns the part of `--help` that lists the variables.
pub fn help() -> String {
    let groups = GROUPS.iter().map(|group| {
        let names: Vec<_> = group.settings.iter().map(|setting| setting.name).collect();
        format!("  {}:\n    {}", group.title, names.join("\n    "))
    });
    let groups = groups.collect::<Vec<_>>().join("\n");
    format!(
        "Examples:\n  covibe-server sandbox\n      everything simulated, with an API key to try it\n  \
         covibe-server tenant create --name Acme && covibe-server serve\n      a real server with \
         its first key\n\nEnvironment variables, also read from .env.local and .env; a secret \
         also from the file whose path is in NAME_FILE:\n{groups}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_whose_value_is_shown_is_a_known_setting() {
        let is_setting = |name: &&str| settings::all_settings().any(|each| each.name == *name);
        assert!(SHOWN.iter().all(is_setting));
    }

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
