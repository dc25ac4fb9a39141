//! Refused parts, each to be planted into an acceptable file.

use serde_json::{Value, json};

/// A path to a mapping or list, and the name and value to add.
pub(crate) type Plant<'a> = (&'static [&'static str], &'a str, Value);

const WEB: &[&str] = &["services", "web"];

/// Keys and items that are rewritten into something harmless.
const REWRITTEN: [&str; 25] = [
    "build",
    "ports",
    "container_name",
    "env_file",
    "label_file",
    "annotations",
    "develop",
    "mac_address",
    "hostname",
    "domainname",
    "scale",
    "sysctls",
    "labels",
    "networks",
    "replicas",
    "placement",
    "name",
    "external",
    "driver",
    "inner",
    "aliases",
    "traefik.enable",
    "Caddy_0",
    "coolify.managed",
    "note",
];

/// Mounts that become volumes of the app.
const MOUNTS: [&str; 4] = ["./a:/a", "~/a:/a", "../a:/a", "/var/lib/mysql"];

/// Returns the plants for which a file is refused.
pub(crate) fn refused_plants() -> Vec<Plant<'static>> {
    let mut plants = all_plants();
    plants.retain(|(path, name, value)| {
        let is_mount =
            value.as_str().is_some_and(|text| MOUNTS.contains(&text) || text == "${X:-/etc}:/a");
        let is_rewritten = REWRITTEN.contains(name)
            || path.iter().any(|step| REWRITTEN.contains(step))
            || *name == "com.docker.compose.project";
        !(is_mount || is_rewritten)
    });
    plants
}

/// Returns every plant. An empty name adds to a list.
pub(crate) fn all_plants() -> Vec<Plant<'static>> {
    let mut plants = of_keys();
    plants.extend(of_lists());
    plants.extend(of_declarations());
    plants
}

/// Keys of a service, with a value as JSON.
const KEYS: [(&str, &str); 56] = [
    ("privileged", "true"),
    ("pid", r#""host""#),
    ("ipc", r#""host""#),
    ("uts", r#""host""#),
    ("userns_mode", r#""host""#),
    ("cgroup", r#""host""#),
    ("cgroup_parent", r#""/""#),
    ("network_mode", r#""host""#),
    ("net", r#""host""#),
    ("cap_add", r#"["ALL"]"#),
    ("devices", r#"["/dev/sda"]"#),
    ("device_cgroup_rules", r#"["c 1:3 mr"]"#),
    ("gpus", r#""all""#),
    ("runtime", r#""runc""#),
    ("sysctls", r#"{"net.core.somaxconn": "1"}"#),
    ("group_add", r#"["docker"]"#),
    ("credential_spec", r#"{"file": "x"}"#),
    ("annotations", r#"{"a": "b"}"#),
    ("cpuset", r#""0""#),
    ("oom_kill_disable", "true"),
    ("oom_score_adj", "-1000"),
    ("ports", r#"["80:80"]"#),
    ("container_name", r#""x""#),
    ("extra_hosts", r#"["a:1.2.3.4"]"#),
    ("dns", r#"["1.1.1.1"]"#),
    ("external_links", r#"["x"]"#),
    ("volumes_from", r#"["x"]"#),
    ("env_file", r#"".env""#),
    ("label_file", r#""x""#),
    ("use_api_socket", "true"),
    ("provider", r#"{"type": "x"}"#),
    ("post_start", r#"[{"command": "id"}]"#),
    ("pre_stop", r#"[{"command": "id"}]"#),
    ("build", r#"".""#),
    ("develop", "{}"),
    ("storage_opt", r#"{"size": "1"}"#),
    ("blkio_config", r#"{"weight": 1}"#),
    ("mac_address", r#""02:42:ac:11:65:43""#),
    ("isolation", r#""process""#),
    ("extends", r#"{"file": "x.yml", "service": "x"}"#),
    ("models", r#"["x"]"#),
    ("volume_driver", r#""x""#),
    ("ports", r#"[{"target": 80, "published": "8080", "mode": "host"}]"#),
    ("ports", r#"[{"target": 80, "app_protocol": "http", "host_ip": "0.0.0.0"}]"#),
    ("network_mode", r#""container:coolify""#),
    ("network_mode", r#""service:web""#),
    ("hostname", r#""Coolify-proxy""#),
    ("domainname", r#""coolify.internal""#),
    ("links", r#"["web:coolify"]"#),
    ("links", r#"["web:coolify-db"]"#),
    ("pull_policy", r#""never""#),
    ("scale", "2"),
    ("image", r#""3f9a""#),
    ("image", r#""sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef""#),
    ("image", r#""l3mn0pq8r5st2uv7wx4yz1ab:latest""#),
    ("stop_grace_period", r#""24h""#),
];

fn of_keys() -> Vec<Plant<'static>> {
    KEYS.iter().map(|(key, value)| (WEB, *key, serde_json::from_str(value).unwrap())).collect()
}

fn of_lists() -> Vec<Plant<'static>> {
    const VOLUMES: &[&str] = &["services", "web", "volumes"];
    const LABELS: &[&str] = &["services", "web", "labels"];
    const ENVIRONMENT: &[&str] = &["services", "web", "environment"];
    const DEPLOY: &[&str] = &["services", "web", "deploy"];
    let mut plants: Vec<Plant<'_>> = [
        json!("/etc:/etc"),
        json!("./a:/a"),
        json!("~/a:/a"),
        json!("../a:/a"),
        json!("/var/run/docker.sock:/var/run/docker.sock:ro"),
        json!("/var/lib/mysql"),
        json!("${X:-/etc}:/a"),
        json!({ "type": "bind", "source": "/etc", "target": "/a" }),
        json!({ "type": "volume", "source": "/etc", "target": "/a" }),
        json!({ "type": "volume", "source": "data", "target": "/a", "volume": { "subpath": "../x" } }),
        json!({ "type": "image", "source": "nginx", "target": "/a" }),
        json!({ "type": "cluster", "source": "data", "target": "/a" }),
    ]
    .into_iter()
    .map(|mount| (VOLUMES, "", mount))
    .collect();
    let listed = ["SERVICE_FQDN_WEB=evil.com", "COMPOSE_FILE=/x", "A=${DOCKER_HOST:-tcp://x}"];
    let passed_on = ["PATH", "HTTPS_PROXY", "SSH_AUTH_SOCK", "A={{ server.KEY }}"];
    let misread = ["A=$$x", "A=${B:+c}", "A-B=${SERVICE_URL_WEB}", "A=$B{SERVICE_URL_WEB:-x}"];
    let variables = listed.iter().chain(&passed_on).chain(&misread);
    plants.extend(variables.map(|variable| (ENVIRONMENT, "", json!(variable))));
    let labels = ["traefik.enable=true", "a=traefik.http.middlewares.x", "caddy_0=x"];
    plants.extend(labels.map(|label| (LABELS, "", json!(label))));
    plants.extend([
        (&["services", "web", "networks", "inner", "aliases"][..], "", json!("coolify")),
        (LABELS, "note", json!("coolify.traefik.middlewares=x")),
        (ENVIRONMENT, "LOGNAME", Value::Null),
        (ENVIRONMENT, "PLANTED", json!("$Q{SERVICE_FQDN_WEB:-evil.com}")),
        (ENVIRONMENT, "PLANTED", json!("$$2y$$10$$x")),
        (&["services", "web", "security_opt"], "", json!("seccomp:unconfined")),
        (LABELS, "traefik.enable", json!("true")),
        (LABELS, "Caddy_0", json!("x")),
        (LABELS, "coolify.managed", json!("true")),
        (LABELS, "com.docker.compose.project", json!("x")),
        (ENVIRONMENT, "SERVICE_FQDN_WEB", json!("evil.com")),
        (ENVIRONMENT, "SERVICE_URL_WEB_80", json!("https://evil.com")),
        (ENVIRONMENT, "COMPOSE_FILE", json!("/x")),
        (ENVIRONMENT, "PLANTED", json!("${DOCKER_HOST:-tcp://x}")),
        (ENVIRONMENT, "PLANTED", json!("{{team.SECRET}}")),
        (DEPLOY, "replicas", json!(2)),
        (DEPLOY, "placement", json!({})),
        (&["services", "web", "logging"], "driver", json!("syslog")),
        (&["services", "web", "networks", "inner"], "ipv4_address", json!("10.0.0.1")),
    ]);
    plants
}

fn of_declarations() -> Vec<Plant<'static>> {
    vec![
        (&[], "name", json!("x")),
        (&[], "include", json!(["x.yml"])),
        (&[], "models", json!({})),
        (&["services"], "coolify", json!({ "image": "nginx" })),
        (&["volumes", "data"], "external", json!(true)),
        (&["volumes", "data"], "name", json!("x")),
        (&["volumes", "data"], "driver", json!("nfs")),
        (&["volumes", "data"], "driver_opts", json!({ "device": "/etc" })),
        (&["networks", "inner"], "external", json!(true)),
        (&["networks", "inner"], "name", json!("coolify")),
        (&["networks", "inner"], "driver", json!("host")),
        (&["networks", "inner"], "driver_opts", json!({ "a": "b" })),
        (&["networks", "inner"], "ipam", json!({})),
        (&["networks", "inner"], "attachable", json!(true)),
        (&["configs", "site"], "file", json!("/etc/shadow")),
        (&["configs", "site"], "external", json!(true)),
        (&["secrets", "key1"], "file", json!("/etc/shadow")),
        (&["secrets", "key1"], "external", json!(true)),
        (&["secrets", "key1"], "environment", json!("SSH_AUTH_SOCK")),
    ]
}

/// Adds the plant to a file, and replaces values of another type on its path.
pub(crate) fn plant(file: &mut Value, (path, name, value): &Plant<'_>) {
    let mut at = file;
    for (number, step) in (1..).zip(*path) {
        let is_list = at[*step].is_array() && number == path.len();
        let fits = at[*step].is_object() || (is_list && name.is_empty());
        if !fits {
            at[*step] = json!({});
        }
        at = &mut at[*step];
    }
    if !name.is_empty() {
        at[*name] = value.clone();
    } else if let Some(items) = at.as_array_mut() {
        items.push(value.clone());
    } else {
        *at = json!([value]);
    }
}
