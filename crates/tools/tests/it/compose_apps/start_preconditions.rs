//! The judgement on a compose app's stored file before each start.

use covibe_testkit::World;
use serde_json::json;

use super::foreign_routes::deploy_file;
use super::{create_app, service};

/// Returns a file whose one service has this member too.
fn file_with(member: &str) -> String {
    format!("services:\n  s3:\n    image: docker.io/acme/s3:1\n    {member}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_of_a_stored_compose_file_with_forbidden_settings_is_refused() {
    for member in [
        "network_mode: host",
        "privileged: true",
        "privileged: false",
        "pid: host",
        "cap_add: [NET_ADMIN]",
        "devices: ['/dev/net/tun:/dev/net/tun']",
        "ports: ['8080:80']",
        "security_opt: ['apparmor:unconfined']",
        "volumes: ['/var/run/docker.sock:/var/run/docker.sock']",
        "dns: [10.0.0.1]",
        "extra_hosts: ['host.docker.internal:host-gateway']",
        "logging: {driver: syslog}",
    ] {
        let world = World::embedded().await;
        let (status, asked) = deploy_file(&world, &file_with(member)).await;
        assert_eq!(status, 422, "{member}: {asked:?}");
        assert_eq!(asked, [""; 0], "{member}: nothing is changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_file_accepted_by_an_earlier_release_can_still_be_started() {
    let networks = "networks: {inner: null}\nnetworks:\n  inner: null";
    for member in [
        networks,
        "hostname: files",
        "container_name: files",
        "labels: ['a=b']",
        "volumes: ['data:/data']",
        "platform: linux/amd64",
        "environment: ['NEEDED=${NEEDED:?a value}']",
    ] {
        let world = World::embedded().await;
        let (status, asked) =
            deploy_file(&world, &file_with(member).replace("docker.io/acme", "acme")).await;
        assert_eq!(status, 200, "{member}: {asked:?}");
        let last = asked.last().map(String::as_str);
        assert_eq!(last, Some("POST /services/*/start"), "{member}: {asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_with_limits_under_deploy_resources_can_be_started() {
    let world = World::embedded().await;
    let file = "services: {web: {image: 'acme/web:1', expose: ['80'], \
                deploy: {resources: {limits: {memory: 512M}}}}}";
    let app = create_app(&world.mark.agent, &json!({ "composeRaw": file, "name": "shop" })).await;
    let deploy = json!({ "uuid": app["uuid"], "wait": true });
    let deployed = world.mark.agent.compact("apps.deploy", &deploy).await.expect("a deployment");
    assert_eq!(deployed["outcome"]["verdict"], "running", "{deployed}");
    let stored = service(&world, &app).await["docker_compose_raw"].to_string();
    assert!(stored.contains("pids: 4096") && !stored.contains("pids_limit"), "{stored}");
}
