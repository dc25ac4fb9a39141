//! Services that help others: people do not see them.

/// The base names of images that help others.
const HELPERS: [&str; 42] = [
    "mailhog",
    "mailpit",
    "mailcatcher",
    "minio",
    "elasticsearch",
    "opensearch",
    "logstash",
    "rabbitmq",
    "kafka",
    "cp-kafka",
    "zookeeper",
    "cp-zookeeper",
    "nats",
    "adminer",
    "pgadmin",
    "pgadmin4",
    "phpmyadmin",
    "prometheus",
    "alertmanager",
    "jaeger",
    "all-in-one",
    "otel-collector",
    "opentelemetry-collector",
    "loki",
    "promtail",
    "meilisearch",
    "typesense",
    "qdrant",
    "gotenberg",
    "tika",
    "browserless",
    "chrome",
    "traefik",
    "nginx-proxy",
    "acme-companion",
    "cloudflared",
    "registry",
    "busybox",
    "memcached",
    "redis",
    "valkey",
    "etcd",
];

/// Returns whether a service of this image helps others.
pub(super) fn is_helper(image: &str) -> bool {
    let base = base_name(image);
    HELPERS.contains(&base) || base.ends_with("-exporter") || base.ends_with("_exporter")
}

/// Returns whether the image is a web server that leads to other services.
pub(super) fn is_plain_proxy(image: &str) -> bool {
    let base = base_name(image);
    matches!(base, "nginx" | "caddy" | "httpd") || base.ends_with("proxy")
}

fn base_name(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or_default();
    let base = name.rsplit('/').next().unwrap_or_default();
    base.split(':').next().unwrap_or_default()
}
