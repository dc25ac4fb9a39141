//! Addresses, folders, databases and keys of something else, with values of the world.

use covibe_testkit_http::{Location, World};

use super::{Case, FaultCause, case};

/// The URL of the role that the server runs as.
fn database_url(world: &World) -> String {
    let Location::Server(at) = world.location() else { panic!("it is PostgreSQL") };
    at.runtime_url.expose().to_owned()
}

/// The URL of a role that PostgreSQL does not have.
fn unknown_role_url(world: &World) -> String {
    let Location::Server(at) = world.location() else { panic!("it is PostgreSQL") };
    at.url_as("covibe_nobody").expose().to_owned()
}

/// Addresses of programs that are something else, and a proxy that can't serve apps.
pub(super) fn world_faults() -> Vec<Case> {
    let set_from = |fault, variable, value, name| {
        case(fault, FaultCause::SetFrom(variable, value), ("fail", name), variable)
    };
    let proxy =
        |fault, kind, mend| case(fault, FaultCause::Proxy(kind), ("fail", "coolify.proxy"), mend);
    vec![
        set_from(
            "something else listens at the server's address",
            "COVIBE_BIND",
            |world| world.coolify.url.replacen("http://", "", 1),
            "listening",
        ),
        set_from(
            "Coolify is asked over TLS, which it does not speak",
            "COOLIFY_API_URL",
            |world| world.coolify.url.replacen("http", "https", 1),
            "coolify.address",
        ),
        set_from(
            "Gitea is asked over TLS, which it does not speak",
            "GITEA_API_URL",
            |world| world.gitea.url.replacen("http", "https", 1),
            "gitea.address",
        ),
        proxy("the server has no proxy", "none", "start one for the server"),
        proxy("the server's proxy is Caddy", "caddy", "switch to Traefik"),
    ]
}

/// Folders and files that can't be used, and other clouds.
pub(super) fn folder_faults() -> Vec<Case> {
    let set =
        |fault, variable, expected, mend| case(fault, FaultCause::Set(variable), expected, mend);
    vec![
        set(
            "the folder of the data is below a file",
            &[("COVIBE_DATA_DIR", "/dev/null/x")],
            ("fail", "folders"),
            "COVIBE_DATA_DIR",
        ),
        case(
            "the file of the database is damaged",
            FaultCause::DatabaseFile("not a database, but long enough to be read"),
            ("fail", "database"),
            "covibe-server restore",
        ),
        set(
            "Cloud DNS is not reached",
            &[("COVIBE_CLOUD_DNS_API_URL", "http://127.0.0.1:1")],
            ("fail", "dns.cloud"),
            "COVIBE_CLOUD_DNS_PROJECT",
        ),
        set(
            "the API of service accounts is not reached",
            &[("COVIBE_STORAGE_IAM_API_URL", "http://127.0.0.1:1")],
            ("fail", "storage.project"),
            "COVIBE_STORAGE_PROJECT",
        ),
    ]
}

/// Keys that can't open the secrets in the database.
pub(super) fn secrets_faults() -> Vec<Case> {
    let key = |fault, value| {
        let made = FaultCause::SetFrom("VIBN_SECRETS_KEY", value);
        case(fault, made, ("fail", "secrets"), "VIBN_SECRETS_KEY")
    };
    vec![
        key("the secrets key is lost", |_| String::new()),
        key("the secrets key is of another installation", |_| {
            covibe_crypto::SecretBox::fresh_config().expose().to_owned()
        }),
    ]
}

/// Roles and databases of PostgreSQL.
pub(super) fn postgres_faults() -> Vec<Case> {
    let set_from = |fault, variable, value, name, mend| {
        case(fault, FaultCause::SetFrom(variable, value), ("fail", name), mend)
    };
    vec![
        set_from(
            "PostgreSQL does not know the role",
            "DATABASE_URL",
            unknown_role_url,
            "database",
            "DATABASE_URL",
        ),
        set_from(
            "PostgreSQL does not have the database",
            "DATABASE_URL",
            |world| database_url(world).replacen("?host", "_gone?host", 1),
            "database",
            "createdb",
        ),
        set_from(
            "the role of backups sees nothing",
            "COVIBE_POSTGRES_BACKUP_URL",
            database_url,
            "backups",
            "COVIBE_POSTGRES_BACKUP_URL",
        ),
        case(
            "PostgreSQL accepts no more connections",
            FaultCause::Sql(
                "ALTER DATABASE $db CONNECTION LIMIT 0",
                "ALTER DATABASE $db CONNECTION LIMIT -1",
            ),
            ("fail", "database"),
            "max_connections",
        ),
    ]
}
