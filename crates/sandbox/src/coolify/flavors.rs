//! The eight kinds of databases.

use super::Version::{Beta473, V4_3};
use super::body::Field;
use super::body::Rule::{Array, Bool, Number, Short, Text};

/// What a kind's own field is: some are checked as identifiers or passwords since 4.2.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Own {
    /// `^[A-Za-z_]\w{0,62}$`, with what it is when none is given.
    Identifier(&'static str),
    /// 1 to 128 of a set of letters; made up when none is given.
    Password,
    /// Base64 of a file.
    File,
    /// Anything.
    Other,
}

/// A kind of database.
pub(super) struct Flavor {
    /// The last segment of the path that creates one.
    pub(super) name: &'static str,
    /// `database_type`, which answers about a KeyDB lack.
    pub(super) kind: &'static str,
    pub(super) image: &'static str,
    /// The connection URL, with `{field}`s, `{host}` and `{port}`.
    pub(super) url: &'static str,
    pub(super) port: u16,
    pub(super) fields: &'static [(&'static str, Own)],
    /// The volumes, each followed by `-{uuid}`.
    pub(super) volumes: &'static [&'static str],
}

use Own::{File, Identifier, Other, Password};

/// All of them.
pub(super) const ALL: [Flavor; 8] = [
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
        volumes: &["postgres-data"],
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
        volumes: &["mysql-data"],
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
        volumes: &["mariadb-data"],
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
        volumes: &["mongodb-configdb", "mongodb-db"],
    },
    Flavor {
        name: "redis",
        kind: "standalone-redis",
        image: "redis:7.2",
        url: "redis://default:{redis_password}@{host}:{port}/0",
        port: 6379,
        fields: &[("redis_password", Password), ("redis_conf", File)],
        volumes: &["redis-data"],
    },
    Flavor {
        name: "keydb",
        kind: "standalone-keydb",
        image: "eqalpha/keydb:latest",
        url: "redis://:{keydb_password}@{host}:{port}/0",
        port: 6379,
        fields: &[("keydb_password", Password), ("keydb_conf", File)],
        volumes: &["keydb-data"],
    },
    Flavor {
        name: "dragonfly",
        kind: "standalone-dragonfly",
        image: "docker.dragonflydb.io/dragonflydb/dragonfly",
        url: "redis://:{dragonfly_password}@{host}:{port}/0",
        port: 6379,
        fields: &[("dragonfly_password", Password)],
        volumes: &["dragonfly-data"],
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
        volumes: &["clickhouse-data"],
    },
];

/// The one of that name.
pub(super) fn named(name: &str) -> Option<&'static Flavor> {
    ALL.iter().find(|flavor| flavor.name == name)
}

/// What every kind takes, at creation and afterwards.
pub(super) const COMMON: &[Field] = &[
    Field("name", Short(255), Beta473),
    Field("description", Text, Beta473),
    Field("image", Text, Beta473),
    Field("is_public", Bool, Beta473),
    Field("public_port", Number, Beta473),
    Field("public_port_timeout", Number, Beta473),
    Field("instant_deploy", Bool, Beta473),
    Field("limits_memory", Text, Beta473),
    Field("limits_memory_swap", Text, Beta473),
    Field("limits_memory_swappiness", Number, Beta473),
    Field("limits_memory_reservation", Text, Beta473),
    Field("limits_cpus", Text, Beta473),
    Field("limits_cpuset", Text, Beta473),
    Field("limits_cpu_shares", Number, Beta473),
];

/// Taken at creation only.
pub(super) const CREATE: &[Field] = &[Field("tags", Array, V4_3)];

/// Taken by PATCH only.
pub(super) const PATCH: &[Field] = &[
    Field("health_check_enabled", Bool, V4_3),
    Field("health_check_interval", Number, V4_3),
    Field("health_check_timeout", Number, V4_3),
    Field("health_check_retries", Number, V4_3),
    Field("health_check_start_period", Number, V4_3),
];
