//! Containers of different workspaces on one host: neither finds or reaches the other.

use std::collections::BTreeMap;

use covibe_docker_host::{DockerHost, Error};
use covibe_testkit_docker::{Container, Docker, Recipe};

use crate::fixture::{local, only_container, run, uuid};

/// The command of a container that serves files.
const SERVER: [&str; 6] = ["/bin/busybox", "httpd", "-f", "-p", "80", "-h"];

/// A container of a workspace, and its network's name.
struct App<'a> {
    uuid: String,
    network: String,
    container: Container<'a>,
}

/// A workspace with a network of its own, made as provisioning does, and a container that serves on it.
async fn workspace<'a>(host: &DockerHost, engine: &'a Docker) -> App<'a> {
    let uuid = uuid();
    let network = format!("covibe-{uuid}");
    host.create_network(&network, &BTreeMap::new()).await.unwrap();
    let container = Recipe::new(&uuid, &uuid).network(&network);
    let container = container.argv(SERVER.into_iter().chain(["/bin"])).run(engine);
    App { uuid, network, container }
}

impl App<'_> {
    fn ip(&self) -> String {
        let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        self.container.inspect(format)
    }
}

/// Returns whether a container of `from` resolves a host name.
async fn resolves(host: &DockerHost, from: &App<'_>, name: &str) -> bool {
    succeeds(host, from, &["/bin/busybox", "nslookup", name]).await
}

/// Returns whether a container of `from` connects to the server of another one at an address.
async fn reaches(host: &DockerHost, from: &App<'_>, ip: &str) -> bool {
    succeeds(host, from, &["/bin/busybox", "nc", "-w", "2", ip, "80"]).await
}

async fn succeeds(host: &DockerHost, from: &App<'_>, argv: &[&str]) -> bool {
    let id = only_container(host, &from.uuid).await;
    run(host, &id, argv).await.unwrap().code == Some(0)
}

#[tokio::test]
async fn a_container_neither_resolves_nor_reaches_one_of_another_workspace() {
    let Some(engine) = Docker::with_networks() else { return };
    let host = local(&engine.socket());
    let (mine, other) = tokio::join!(workspace(&host, &engine), workspace(&host, &engine));
    assert!(resolves(&host, &mine, &mine.uuid).await, "its own name");
    assert!(reaches(&host, &mine, &mine.ip()).await, "its own address");
    let (full, short) = (format!("{}.{}", other.uuid, other.network), &other.container.id[..12]);
    for name in [&other.uuid, full.as_str(), short] {
        assert!(!resolves(&host, &mine, name).await, "{name}");
        assert!(resolves(&host, &other, name).await, "{name} is there");
    }
    assert!(!reaches(&host, &mine, &other.ip()).await);
    assert!(reaches(&host, &other, &other.ip()).await, "it is there");
    no_subnet_is_left(&host).await;
}

/// Docker's default pools have about 30.
async fn no_subnet_is_left(host: &DockerHost) {
    for _ in 0..40 {
        match host.create_network(&format!("covibe-{}", uuid()), &BTreeMap::new()).await {
            Ok(()) => {}
            Err(failed) => return assert_eq!(failed, Error::NoSubnet),
        }
    }
    panic!("40 networks");
}
