//! Addresses, names, tokens and folders of something else, and PostgreSQL.

use super::{Case, FaultCause, case};

/// Places that are reached wrongly, or not at all.
pub(super) fn place_faults() -> Vec<Case> {
    let set =
        |fault, variable, expected, mend| case(fault, FaultCause::Set(variable), expected, mend);
    let (coolify, gitea) = (("fail", "coolify.address"), ("fail", "gitea.address"));
    vec![
        set(
            "Coolify's name does not resolve",
            &[("COOLIFY_API_URL", "http://nohost.invalid")],
            coolify,
            "COOLIFY_API_URL",
        ),
        set(
            "nothing listens for Coolify",
            &[("COOLIFY_API_URL", "http://127.0.0.1:1")],
            coolify,
            "COOLIFY_API_URL",
        ),
        set(
            "Gitea's name does not resolve",
            &[("GITEA_API_URL", "http://nohost.invalid")],
            gitea,
            "GITEA_API_URL",
        ),
        set(
            "nothing listens for Gitea",
            &[("GITEA_API_URL", "http://127.0.0.1:1")],
            gitea,
            "GITEA_API_URL",
        ),
        set(
            "Gitea calls itself otherwise",
            &[("GITEA_PUBLIC_URL", "https://git.example")],
            ("warn", "gitea.address"),
            "GITEA_PUBLIC_URL",
        ),
        set(
            "the token is of another user",
            &[("GITEA_USERNAME", "somebody")],
            ("fail", "gitea.admin"),
            "GITEA_USERNAME",
        ),
        set(
            "Coolify's token is wrong",
            &[("COOLIFY_API_TOKEN", "9|no")],
            ("fail", "coolify.version"),
            "COOLIFY_API_TOKEN",
        ),
        set(
            "Gitea's token is wrong",
            &[("GITEA_API_TOKEN", "0123456789012345678901234567890123456789")],
            ("fail", "gitea.admin"),
            "GITEA_API_TOKEN",
        ),
        set(
            "unknown Coolify server",
            &[("COOLIFY_SERVER_UUID", "aaaaaaaaaaaaaaaaaaaaaaaa")],
            ("fail", "coolify.server"),
            "COOLIFY_SERVER_UUID",
        ),
        set(
            "unknown destination of Coolify",
            &[("COOLIFY_DESTINATION_UUID", "aaaaaaaaaaaaaaaaaaaaaaaa")],
            ("fail", "coolify.destination"),
            "COOLIFY_DESTINATION_UUID",
        ),
    ]
}

/// Other places, and names that do not resolve.
pub(super) fn other_faults() -> Vec<Case> {
    let set =
        |fault, variable, expected, mend| case(fault, FaultCause::Set(variable), expected, mend);
    vec![
        set(
            "the registrar is not reached",
            &[("OPENSRS_API_URL", "http://127.0.0.1:1")],
            ("fail", "registrar.account"),
            "OPENSRS_API_URL",
        ),
        set(
            "the registrar's key is wrong",
            &[("OPENSRS_API_KEY", "wrong-key-of-the-registrar")],
            ("fail", "registrar.account"),
            "OPENSRS_API_KEY",
        ),
        set(
            "the docker host is not reached",
            &[("COVIBE_DOCKER_HOST", "unix:///nowhere/docker.sock")],
            ("fail", "docker.host"),
            "COVIBE_DOCKER_HOST",
        ),
        set(
            "no docker host",
            &[("COVIBE_DOCKER_HOST", "")],
            ("warn", "docker.host"),
            "COVIBE_DOCKER_HOST",
        ),
        set(
            "no address of apps",
            &[("COVIBE_INGRESS_ADDRESSES", "")],
            ("warn", "dns.attaching"),
            "COVIBE_INGRESS_ADDRESSES",
        ),
        set(
            "the DNS server does not answer",
            &[
                ("COVIBE_DNS_UPDATE_SERVER", "127.0.0.1:1"),
                ("COVIBE_DNS_UPDATE_KEY_NAME", "covibe"),
                ("COVIBE_DNS_UPDATE_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="),
                ("COVIBE_DNS_NAMESERVERS", "ns1.dns.test,ns2.dns.test"),
            ],
            ("fail", "dns.server"),
            "COVIBE_DNS_UPDATE_SERVER",
        ),
        set(
            "the folder of photos is below a file",
            &[("COVIBE_UPLOAD_DIR", "/dev/null/x")],
            ("fail", "folders"),
            "COVIBE_UPLOAD_DIR",
        ),
        set(
            "the folder of the audit is below a file",
            &[("COVIBE_AUDIT_EXPORT_DIR", "/dev/null/x"), ("COVIBE_AUDIT_DAYS", "90")],
            ("fail", "folders"),
            "COVIBE_AUDIT_EXPORT_DIR",
        ),
        set(
            "metrics for everybody",
            &[("COVIBE_METRICS_BIND", "0.0.0.0:9187")],
            ("warn", "metrics"),
            "COVIBE_METRICS_BIND",
        ),
        set(
            "nobody chose the domain of apps",
            &[("COVIBE_WORKSPACE_DOMAIN", "")],
            ("warn", "workspaces.domain"),
            "COVIBE_WORKSPACE_DOMAIN",
        ),
        set(
            "the server's own name does not resolve",
            &[("COVIBE_HOSTED_URL", "https://nohost.invalid")],
            ("warn", "hosted.url"),
            "COVIBE_HOSTED_URL",
        ),
        set(
            "names of apps do not resolve",
            &[
                ("COVIBE_HOSTED_URL", "https://nohost.invalid"),
                ("COVIBE_WORKSPACE_DOMAIN", "apps.nohost.invalid"),
            ],
            ("warn", "workspaces.names"),
            "wildcard",
        ),
        set(
            "an address that is not this machine's",
            &[("COVIBE_BIND", "192.0.2.7:8787"), ("COVIBE_HOSTED_URL", "https://nohost.invalid")],
            ("fail", "listening"),
            "COVIBE_BIND",
        ),
    ]
}

/// Faults of PostgreSQL.
pub(super) fn postgres_faults() -> Vec<Case> {
    let sql = |fault, make, undo, expected, mend| {
        case(fault, FaultCause::Sql(make, undo), expected, mend)
    };
    vec![
        sql(
            "the table of this month's audit is missing",
            "DO $$ BEGIN EXECUTE 'ALTER TABLE audit_log_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM') || ' RENAME TO hidden'; END $$",
            "DO $$ BEGIN EXECUTE 'ALTER TABLE hidden RENAME TO audit_log_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM'); END $$",
            ("warn", "database.audit"),
            "covibe-server migrate",
        ),
        sql(
            "a later release migrated",
            "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('9999', now())",
            "DELETE FROM __diesel_schema_migrations WHERE version = '9999'",
            ("warn", "database.schema"),
            "run that release",
        ),
        sql(
            "a migration is missing",
            "DELETE FROM __diesel_schema_migrations WHERE version = '0007'",
            "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('0007', now())",
            ("fail", "database"),
            "covibe-server migrate",
        ),
        case(
            "the program that dumps a database is missing",
            FaultCause::Set(&[("PATH", "/nowhere")]),
            ("fail", "backups"),
            "install",
        ),
        case(
            "nothing listens for PostgreSQL",
            FaultCause::Set(&[
                ("DATABASE_URL", "postgres://u:p@127.0.0.1:1/covibe"),
                ("COVIBE_DATABASE_WAIT_SECONDS", "0"),
            ]),
            ("fail", "database"),
            "DATABASE_URL",
        ),
        // Its sessions can't take it back, so that it comes last.
        sql(
            "PostgreSQL is read-only",
            "ALTER DATABASE $db SET default_transaction_read_only = on",
            "SELECT 'it stays so'::text",
            ("fail", "database.writes"),
            "DATABASE_URL",
        ),
    ]
}
