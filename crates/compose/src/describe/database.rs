//! Whether Coolify takes a service for a database, which can have no domains.

use crate::canonical::Plain;

/// The last segments of the names of images that hold databases (Coolify 4.3.11,
/// `DATABASE_DOCKER_IMAGES`).
const COOLIFYS: [&str; 17] = [
    "mariadb",
    "mongodb",
    "redis",
    "mysql",
    "mysql-server",
    "postgis",
    "postgres",
    "postgresql",
    "mongo",
    "memcached",
    "couchdb",
    "neo4j",
    "influxdb",
    "clickhouse-server",
    "timescaledb",
    "timescaledb-ha",
    "pgvector",
];

/// Databases that Coolify takes for applications.
const OTHERS: [&str; 4] = ["keydb", "dragonfly", "valkey", "cockroach"];

/// Whether the image holds a database, whatever Coolify takes it for.
pub(crate) fn is_image(image: &str) -> bool {
    COOLIFYS.contains(&base(image)) || OTHERS.contains(&base(image))
}

fn base(image: &str) -> &str {
    let (name, _) = crate::judge::checks::image::split(image);
    name.rsplit('/').next().unwrap_or(name)
}

/// Whether Coolify takes the service for a database (4.3.11, `isDatabaseImageWithContext`, as it
/// reads the form that is sent).
pub(crate) fn is_database(service: &Plain) -> bool {
    let image = service.get("image").and_then(Plain::as_str).unwrap_or_default();
    if !COOLIFYS.contains(&base(image)) {
        return false;
    }
    let environment = service.get("environment").map(Plain::members).unwrap_or_default();
    let values = || environment.iter().filter_map(|(_, value)| value.as_str());
    let says = |words: &[&str]| values().any(|value| contains(value, words));
    let depends = service.get("depends_on").map(Plain::members).unwrap_or_default();
    let kinds = ["mysql", "postgres", "mongo", "redis", "mariadb"];
    let on_databases = depends.iter().any(|(name, _)| kinds.iter().any(|kind| name.contains(kind)));
    let of_app = says(&["SERVICE_FQDN", "API_KEYS", "APP_", "APPLICATION_"]);
    let of_database = [
        "MYSQL_ROOT_PASSWORD",
        "POSTGRES_PASSWORD",
        "MONGO_INITDB_ROOT_PASSWORD",
        "REDIS_PASSWORD",
    ];
    if (of_app && on_databases) || asks_http(service) {
        return false;
    }
    says(&of_database) || !on_databases
}

fn asks_http(service: &Plain) -> bool {
    let http = ["CURL", "WGET", "HTTP://", "HTTPS://", "/HEALTH", "/API/", "/HELLO"];
    let Some(test) = service.get("healthcheck").and_then(|health| health.get("test")) else {
        return false;
    };
    let words: Vec<_> = test.items().iter().filter_map(Plain::as_str).collect();
    contains(test.as_str().unwrap_or(&words.join(" ")), &http)
}

fn contains(text: &str, words: &[&str]) -> bool {
    let text = text.to_ascii_uppercase();
    words.iter().any(|word| text.contains(word))
}
