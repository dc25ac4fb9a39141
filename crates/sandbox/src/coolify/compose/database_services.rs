//! The services of a compose file that Coolify treats as databases: they can have no URL.

use super::yaml_parser::Yaml;

/// The last segments of `DATABASE_DOCKER_IMAGES` (beta.473 to 4.3.11).
const IMAGES: [&str; 17] = [
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

const VARIABLES: [&str; 4] =
    ["MYSQL_ROOT_PASSWORD", "POSTGRES_PASSWORD", "MONGO_INITDB_ROOT_PASSWORD", "REDIS_PASSWORD"];
const PORTS: [&str; 8] = ["3306", "5432", "27017", "6379", "8086", "9200", "7687", "8123"];
const CHECKS: [&str; 4] = ["PG_ISREADY", "MYSQLADMIN PING", "MONGO", "REDIS-CLI PING"];
const APPLICATION_VARIABLES: [&str; 4] = ["SERVICE_FQDN", "API_KEYS", "APP_", "APPLICATION_"];
const APPLICATION_CHECKS: [&str; 7] =
    ["CURL", "WGET", "HTTP://", "HTTPS://", "/HEALTH", "/API/", "/HELLO"];
const NAMES: [&str; 5] = ["mysql", "postgres", "mongo", "redis", "mariadb"];

/// Returns whether a service is a database: `isDatabaseImage`, with the service as its context.
pub(super) fn is_database(image: &str, service: &Yaml) -> bool {
    // Coolify cuts at the first colon, so a registry's port hides the name; it does not cut a digest.
    let name = image.split(':').next().unwrap_or_default();
    let base = name.rsplit('/').next().unwrap_or(name);
    IMAGES.contains(&base) && !looks_like_application(service)
}

/// `isDatabaseImageWithContext`, in the order of its decisions.
fn looks_like_application(service: &Yaml) -> bool {
    // Coolify sees only the values of a mapping.
    let environment = upper(service.get("environment"));
    let check = upper(service.get("healthcheck").and_then(|check| check.get("test")));
    // Coolify sees the indexes of a list, and so no names.
    let depends = service.get("depends_on").map(Yaml::members).unwrap_or_default();
    let depends = depends.iter().any(|(name, _)| contains_any(name, &NAMES));
    let ports = upper(service.get("ports"));
    if (contains_any(&environment, &APPLICATION_VARIABLES) && depends)
        || contains_any(&check, &APPLICATION_CHECKS)
    {
        return true;
    }
    let is_database = (contains_any(&ports, &PORTS) && contains_any(&check, &CHECKS))
        || contains_any(&environment, &VARIABLES);
    !is_database && depends
}

/// Joins the texts of a value, in capitals.
fn upper(value: Option<&Yaml>) -> String {
    let Some(value) = value else { return String::new() };
    let items = value.items().iter().chain(value.members().iter().map(|(_, value)| value));
    let mut texts: Vec<_> = items.filter_map(Yaml::text).collect();
    texts.extend(value.text());
    texts.join(" ").to_ascii_uppercase()
}

fn contains_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_database_service(image: &str, service: &str) -> bool {
        is_database(image, &Yaml::parse(service).unwrap())
    }

    #[test]
    fn database_images_are_recognized_by_their_last_segment() {
        for image in ["postgres:16", "redis", "ghcr.io/x/postgres:16", "timescale/timescaledb:1"] {
            assert!(is_database_service(image, "{}"), "{image}");
        }
        for image in [
            "nginx:1",
            "postgrest/postgrest",
            "localhost:5000/postgres:16",
            "postgres@sha256:00",
            "registry.supertokens.io/supertokens/supertokens-postgresql:latest",
            "valkey/valkey:8",
        ] {
            assert!(!is_database_service(image, "{}"), "{image}");
        }
    }

    #[test]
    fn the_rest_of_a_service_can_make_a_database_image_an_application() {
        assert!(!is_database_service(
            "redis",
            "healthcheck: {test: [CMD, curl, 'http://x/health']}"
        ));
        assert!(!is_database_service(
            "mysql",
            "environment: [APP_URL=x]\ndepends_on: {mysql2: {}}"
        ));
        assert!(!is_database_service("mysql", "depends_on: {mysql2: {}}"));
        assert!(is_database_service("mysql", "depends_on: [mysql2]"));
        assert!(is_database_service(
            "mysql",
            "environment: [MYSQL_ROOT_PASSWORD=x]\ndepends_on: {mysql2: {}}"
        ));
        assert!(is_database_service(
            "redis",
            "depends_on: {redis2: {}}\nports: [6379]\nhealthcheck: {test: redis-cli ping}"
        ));
    }
}
