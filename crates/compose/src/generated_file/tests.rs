//! Tests of judging generated files.

use super::*;

const GOOD: &str = "
services:
  web:
    image: docker.io/library/nginx:1
    cap_drop: [ALL]
    cap_add: [CHOWN]
    security_opt: ['no-new-privileges:true']
    container_name: web-u1
    labels:
      - traefik.enable=true
      - 'traefik.http.routers.https-0-u1-web.rule=Host(`shop.mark.test`) && PathPrefix(`/`)'
      - traefik.http.services.https-0-u1-web.loadbalancer.server.port=80
      - caddy_0=https://shop.mark.test
      - caddy_0.handle_path=/*
      - caddy_ingress_network=u1
      - coolify.name=web-u1
    networks: {u1: null, coolify: {aliases: [web-u1]}, inner: {aliases: [www]}}
    volumes: ['u1_data:/data', {type: tmpfs, target: /tmp}, {type: volume, source: u1_data, target: /x}]
  db:
    container_name: db-u1
    networks: [u1]
volumes: {u1_data: {name: u1_data}}
networks: {u1: {name: u1, external: true}, coolify: {name: coolify, external: true}, inner: null}
";

fn strays_of(file: &str) -> Vec<String> {
    let hosts = [("web".to_owned(), vec!["shop.mark.test".to_owned()])];
    let sent = "services: {web: {image: x}}\nnetworks: {inner: null}\n";
    let own = OwnNames { uuid: "u1", hosts: &hosts, sent: Some(sent) };
    strays(file, &own).unwrap().into_iter().map(|stray| stray.path).collect()
}

#[test]
fn an_unreadable_file_yields_none_instead_of_strays() {
    let own = OwnNames { uuid: "u1", hosts: &[], sent: None };
    assert_eq!(strays("services: [", &own), None);
}

#[test]
fn accepts_generated_files_larger_than_two_mebibytes() {
    let mut file = GOOD.to_owned();
    for number in 0..50 {
        let name = format!("s{number}");
        file = file.replacen("services:\n", &format!(
            "services:\n  {name}:\n    container_name: {name}-u1\n    environment: {{A: \"{}\"}}\n",
            "x\u{feff}".repeat(15_000)
        ), 1);
    }
    assert!(file.len() > 2 * 1024 * 1024);
    assert_eq!(strays_of(&file), [""; 0]);
}

#[test]
fn sets_label_is_true_only_for_labels_of_the_generated_file() {
    assert!(sets_label(GOOD, "web", "coolify.name", "web-u1"));
    assert!(sets_label("services: {web: {labels: {caddy: 'a$$b'}}}", "web", "caddy", "a$b"));
    for (service, key, value) in [
        ("web", "coolify.name", "x"),
        ("web", "coolify.x", "web-u1"),
        ("db", "coolify.name", "web-u1"),
    ] {
        assert!(!sets_label(GOOD, service, key, value), "{service} {key} {value}");
    }
    assert!(!sets_label("services: [", "web", "a", ""));
}

#[test]
fn a_generated_file_with_only_own_names_has_no_strays() {
    assert_eq!(strays_of(GOOD), [""; 0]);
}

#[test]
fn reports_every_stray_of_a_generated_file_by_path() {
    for (own, foreign, path) in [
        ("Host(`shop.mark.test`)", "Host(`a.victim.test`)", "services.web.labels"),
        (
            "Host(`shop.mark.test`)",
            "Host(`shop.mark.test`)||Host(`a.victim.test`)",
            "services.web.labels",
        ),
        ("PathPrefix(`/`)", "PathPrefix(`/`) || Host(`x`)", "services.web.labels"),
        ("PathPrefix(`/`)", "PathPrefix(`/`)||Host(`x`)", "services.web.labels"),
        ("rule=Host", "Rule=HostRegexp", "services.web.labels"),
        ("traefik.enable=true", "traefik.tcp.routers.a.rule=HostSNI(`*`)", "services.web.labels"),
        ("caddy_0=https://shop.mark.test", "caddy_0=https://x.test", "services.web.labels"),
        (
            "caddy_0=https",
            "caddy=http://shop.mark.test, https://x.test,https",
            "services.web.labels",
        ),
        ("container_name: web-u1", "container_name: web-u2", "services.web.container_name"),
        ("container_name: db-u1", "x-a: 1", "services.db.container_name"),
        ("aliases: [web-u1]", "aliases: [postgres]", "services.web.networks.coolify"),
        ("inner: null}\n", "inner: {name: u2}}\n", "networks.inner"),
        ("inner: null}\n", "inner: {external: true}}\n", "networks.inner"),
        ("inner: null}\n", "other: {external: true}}\n", "networks.other"),
        ("'u1_data:/data'", "'u2_data:/data'", "services.web.volumes[0]"),
        ("'u1_data:/data'", "'/etc:/data'", "services.web.volumes[0]"),
        ("'u1_data:/data'", "/data", "services.web.volumes[0]"),
        ("{type: tmpfs, target", "{type: bind, source: /, target", "services.web.volumes[1]"),
        ("{name: u1_data}", "{name: u2_data}", "volumes.u1_data"),
        ("{name: u1_data}", "{driver_opts: {o: bind}}", "volumes.u1_data"),
        ("image: docker", "privileged: true\n    image: docker", "services.web.privileged"),
        ("image: docker", "network_mode: host\n    image: docker", "services.web.network_mode"),
        ("image: docker", "pid: host\n    image: docker", "services.web.pid"),
        ("image: docker", "ipc: host\n    image: docker", "services.web.ipc"),
        ("image: docker", "userns_mode: host\n    image: docker", "services.web.userns_mode"),
        ("cap_add: [CHOWN]", "cap_add: [NET_ADMIN]", "services.web.cap_add[0]"),
        ("image: docker", "devices: [/dev/net/tun]\n    image: docker", "services.web.devices"),
        ("image: docker", "ports: ['80:80']\n    image: docker", "services.web.ports"),
        ("no-new-privileges:true", "apparmor:unconfined", "services.web.security_opt[0]"),
    ] {
        let changed = GOOD.replacen(own, foreign, 1);
        assert_ne!(changed, GOOD, "{own}");
        let found = strays_of(&changed);
        assert!(found.iter().any(|each| each == path), "{own} -> {foreign}: {found:?}");
    }
    assert!(!strays_of(&GOOD.replace("web:", "other:")).is_empty(), "another service has the host");
}
