//! The eight kinds of databases that Coolify offers, and the proxies through which public ones are reached.

use self::FieldKind::{File, Identifier, Other, Password};
use crate::core::Setting;

/// The type of a flavor's own field. Identifiers and passwords are checked since 4.2.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// `^[A-Za-z_]\w{0,62}$`, with its default.
    Identifier(&'static str),
    /// 1 to 128 of a set of characters; random by default.
    Password,
    /// A file in base64.
    File,
    /// Any text.
    Other,
}

/// A kind of database.
pub(crate) struct Flavor {
    /// The last segment of the path that creates one.
    pub(crate) name: &'static str,
    /// `database_type`, which a KeyDB's answers lack.
    pub(crate) kind: &'static str,
    pub(crate) image: &'static str,
    /// The template of the connection URL, with `{field}`s, `{host}` and `{port}`.
    pub(crate) url: &'static str,
    pub(crate) port: u16,
    /// The fields that only this flavor has.
    pub(crate) fields: &'static [(&'static str, FieldKind)],
    /// The volumes and where they are mounted; docker's names are `{volume}-{uuid}`.
    pub(crate) volumes: &'static [(&'static str, &'static str)],
}

/// Every flavor.
pub(crate) const FLAVORS: [Flavor; 8] = [
    Flavor {
        name: "postgresql",
        kind: "standalone-postgresql",
        image: "postgres:16-alpine",
        url: "postgres://{postgres_user}:{postgres_password}@{host}:{port}/{postgres_db}",
        port: 5432,
        fields: &[
            ("postgres_user", Identifier("postgres")),
            ("postgres_password", Password),
            ("postgres_db", Identifier("postgres")),
            ("postgres_initdb_args", Other),
            ("postgres_host_auth_method", Other),
            ("postgres_conf", File),
        ],
        volumes: &[("postgres-data", "/var/lib/postgresql/data")],
    },
    Flavor {
        name: "mysql",
        kind: "standalone-mysql",
        image: "mysql:8",
        url: "mysql://{mysql_user}:{mysql_password}@{host}:{port}/{mysql_database}",
        port: 3306,
        fields: &[
            ("mysql_root_password", Password),
            ("mysql_password", Password),
            ("mysql_user", Identifier("mysql")),
            ("mysql_database", Identifier("default")),
            ("mysql_conf", File),
        ],
        volumes: &[("mysql-data", "/var/lib/mysql")],
    },
    Flavor {
        name: "mariadb",
        kind: "standalone-mariadb",
        image: "mariadb:11",
        url: "mysql://{mariadb_user}:{mariadb_password}@{host}:{port}/{mariadb_database}",
        port: 3306,
        fields: &[
            ("mariadb_conf", File),
            ("mariadb_root_password", Password),
            ("mariadb_user", Identifier("mariadb")),
            ("mariadb_password", Password),
            ("mariadb_database", Identifier("default")),
        ],
        volumes: &[("mariadb-data", "/var/lib/mysql")],
    },
    Flavor {
        name: "mongodb",
        kind: "standalone-mongodb",
        image: "mongo:7",
        url: "mongodb://{mongo_initdb_root_username}:{mongo_initdb_root_password}@{host}:{port}/?directConnection=true",
        port: 27017,
        fields: &[
            ("mongo_conf", File),
            ("mongo_initdb_root_username", Identifier("root")),
            ("mongo_initdb_root_password", Password),
            ("mongo_initdb_database", Identifier("default")),
        ],
        volumes: &[("mongodb-configdb", "/data/configdb"), ("mongodb-db", "/data/db")],
    },
    Flavor {
        name: "redis",
        kind: "standalone-redis",
        image: "redis:7.2",
        url: "redis://default:{redis_password}@{host}:{port}/0",
        port: 6379,
        fields: &[("redis_password", Password), ("redis_conf", File)],
        volumes: &[("redis-data", "/data")],
    },
    Flavor {
        name: "keydb",
        kind: "standalone-keydb",
        image: "eqalpha/keydb:latest",
        url: "redis://:{keydb_password}@{host}:{port}/0",
        port: 6379,
        fields: &[("keydb_password", Password), ("keydb_conf", File)],
        volumes: &[("keydb-data", "/data")],
    },
    Flavor {
        name: "dragonfly",
        kind: "standalone-dragonfly",
        image: "docker.dragonflydb.io/dragonflydb/dragonfly",
        url: "redis://:{dragonfly_password}@{host}:{port}/0",
        port: 6379,
        fields: &[("dragonfly_password", Password)],
        volumes: &[("dragonfly-data", "/data")],
    },
    Flavor {
        name: "clickhouse",
        kind: "standalone-clickhouse",
        image: "clickhouse/clickhouse-server:25.11",
        url: "clickhouse://{clickhouse_admin_user}:{clickhouse_admin_password}@{host}:{port}/default",
        port: 9000,
        fields: &[
            ("clickhouse_admin_user", Identifier("default")),
            ("clickhouse_admin_password", Password),
        ],
        volumes: &[("clickhouse-data", "/var/lib/clickhouse")],
    },
];

/// Returns the flavor with that name.
pub(crate) fn find_flavor(name: &str) -> Option<&'static Flavor> {
    FLAVORS.iter().find(|flavor| flavor.name == name)
}

/// The fate of the proxies of public databases that Coolify starts from now on, as seen with 4.3.11.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DatabaseProxies {
    /// They run.
    #[default]
    Start,
    /// Their image can't be pulled: no container exists, but the database is reported as public.
    Unpullable,
    /// Another program of the host has the port: the container is created and does not start, and Coolify makes the
    /// database private again without a word.
    PortTaken,
}

impl Setting for DatabaseProxies {}

/// A proxy that is on the host, whether its database exists or not.
pub(crate) struct DatabaseProxy {
    /// The id of its container, which the one in its place does not have.
    pub(crate) id: String,
    /// The uuid of its database.
    pub(crate) database: String,
    pub(crate) network: String,
    pub(crate) phase: ProxyPhase,
}

/// The state of the program of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyPhase {
    /// It was not started.
    Created,
    /// It does not find its database, ends, and is started again.
    Restarting,
    /// It found its database once, which is enough.
    Running,
}
