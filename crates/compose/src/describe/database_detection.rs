//! Detection of the services that Coolify treats as databases, which can't have domains.

use crate::judge::checks::image::split;
use crate::yaml_tree::Tree;

/// The base names of images that Coolify treats as databases (4.3.11, `DATABASE_DOCKER_IMAGES`).
const KNOWN_TO_COOLIFY: [&str; 17] = [
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

/// The base names of databases that Coolify treats as applications.
const OTHERS: [&str; 4] = ["keydb", "dragonfly", "valkey", "cockroach"];

/// Returns whether the image is a database, for Coolify or not.
pub(crate) fn is_image(image: &str) -> bool {
    KNOWN_TO_COOLIFY.contains(&base_name(image)) || OTHERS.contains(&base_name(image))
}

fn base_name(image: &str) -> &str {
    let (name, _) = split(image);
    name.rsplit('/').next().unwrap_or(name)
}

/// Returns whether Coolify treats the service as a database (4.3.11, `isDatabaseImageWithContext`,
/// for the form that is sent).
pub(crate) fn is_database(service: &Tree) -> bool {
    let image = service.get("image").and_then(Tree::as_str).unwrap_or_default();
    if !KNOWN_TO_COOLIFY.contains(&base_name(image)) {
        return false;
    }
    let environment = service.get("environment").map(Tree::members).unwrap_or_default();
    let values = || environment.iter().filter_map(|(_, value)| value.as_str());
    let mentions = |words: &[&str]| values().any(|value| contains(value, words));
    let depends = service.get("depends_on").map(Tree::members).unwrap_or_default();
    let kinds = ["mysql", "postgres", "mongo", "redis", "mariadb"];
    let needs_database =
        depends.iter().any(|(name, _)| kinds.iter().any(|kind| name.contains(kind)));
    let is_app = mentions(&["SERVICE_FQDN", "API_KEYS", "APP_", "APPLICATION_"]);
    let database_passwords = [
        "MYSQL_ROOT_PASSWORD",
        "POSTGRES_PASSWORD",
        "MONGO_INITDB_ROOT_PASSWORD",
        "REDIS_PASSWORD",
    ];
    if (is_app && needs_database) || is_checked_by_http(service) {
        return false;
    }
    mentions(&database_passwords) || !needs_database
}

fn is_checked_by_http(service: &Tree) -> bool {
    let http = ["CURL", "WGET", "HTTP://", "HTTPS://", "/HEALTH", "/API/", "/HELLO"];
    let Some(test) = service.get("healthcheck").and_then(|health| health.get("test")) else {
        return false;
    };
    let words: Vec<_> = test.items().iter().filter_map(Tree::as_str).collect();
    contains(test.as_str().unwrap_or(&words.join(" ")), &http)
}

fn contains(text: &str, words: &[&str]) -> bool {
    let text = text.to_ascii_uppercase();
    words.iter().any(|word| text.contains(word))
}
