//! Containers, networks and versions on a local engine.

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_docker_host::{
    Access, Conflict, DockerHost, Error, Health, HealthCheck, MountKind, Settings, Status, Trouble,
    is_anonymous_volume,
};
use covibe_testkit_docker::Recipe;

use crate::fixture::{engine, local, only_container, uuid, ways};

#[tokio::test]
async fn the_versions_of_the_engine_and_its_api_are_returned() {
    let engine = engine!();
    let version = local(&engine.socket()).version().await.unwrap();
    assert_eq!(version.access, Access::Local);
    let known = engine.cli(&["version", "--format", "{{.Server.Version}} {{.Server.APIVersion}}"]);
    assert_eq!(format!("{} {}", version.engine, version.api), known);
}

#[tokio::test]
async fn a_resources_containers_are_found_by_label_and_name() {
    let engine = engine!();
    let (own, other) = (uuid(), uuid());
    let _containers = [
        Recipe::new(&format!("web-{own}"), &own)
            .option(["--label", "com.docker.compose.service=web"]),
        Recipe::new(&format!("db-{own}"), &own)
            .option(["--label", "com.docker.compose.service=db"]),
        // An app of a repository's compose file is named anew at each deployment.
        Recipe::new(&format!("worker-{own}-093045123456"), &own)
            .option(["--label", "com.docker.compose.service=worker"]),
        // A preview, another resource's name, and another resource's label.
        Recipe::new(&format!("web-{own}-pr-7"), &own),
        Recipe::new(&format!("web-{other}"), &own),
        Recipe::new(&format!("{own}-1"), &other),
    ]
    .map(|recipe| recipe.run(engine));
    engine.cli(&["stop", "--time", "0", &format!("db-{own}")]);
    let containers = local(&engine.socket()).containers(&own).await.unwrap();
    let seen: Vec<_> =
        containers.iter().map(|it| (it.name.clone(), it.service.as_str(), it.status)).collect();
    let expected = [
        (format!("db-{own}"), "db", Status::Exited),
        (format!("web-{own}"), "web", Status::Running),
        (format!("worker-{own}-093045123456"), "worker", Status::Running),
    ];
    assert_eq!(seen, expected);
    assert_eq!(containers[0].labels["com.docker.compose.project"], own);
}

#[tokio::test]
async fn an_invalid_uuid_is_refused_as_a_filter_of_containers() {
    let engine = engine!();
    let host = local(&engine.socket());
    for uuid in ["", "coolify", "A1B2C3D4E5F6G7H8I9J0K1L2", "a1b2c3d4e5f6g7h8i9j0k1l2,x"] {
        assert!(matches!(host.containers(uuid).await, Err(Error::Invalid(_))), "{uuid}");
    }
}

#[tokio::test]
async fn a_container_is_stopped_started_and_removed_even_repeatedly() {
    let engine = engine!();
    let uuid = uuid();
    let container = Recipe::new(&uuid, &uuid).option(["-v", "/anonymous"]).run(engine);
    let host = local(&engine.socket());
    let id = only_container(&host, &uuid).await;
    assert_eq!(id.as_str(), container.id);
    let state = host.container(&id).await.unwrap();
    let mount = &state.mounts[0];
    assert_eq!((mount.kind, mount.destination.as_str()), (MountKind::Volume, "/anonymous"));
    let volume = mount.name.clone().unwrap();
    let grace = Duration::ZERO;
    for _ in 0..2 {
        host.stop(&id, grace).await.unwrap();
    }
    let state = host.container(&id).await.unwrap();
    assert_eq!((state.status, state.exit_code), (Status::Exited, 137));
    assert!(state.finished_at > state.started_at);
    for _ in 0..2 {
        host.start(&id).await.unwrap();
    }
    host.restart(&id, grace).await.unwrap();
    assert_eq!(host.container(&id).await.unwrap().status, Status::Running);
    assert_eq!(host.has_volume(&volume).await, Ok(true));
    for _ in 0..2 {
        host.remove(&id, true).await.unwrap();
    }
    assert_eq!(host.has_volume(&volume).await, Ok(false));
    assert_eq!(host.container(&id).await, Err(Error::NoContainer));
    assert_eq!(host.start(&id).await, Err(Error::NoContainer));
    assert!(!engine.cli(&["volume", "ls", "--quiet"]).contains(&volume));
}

#[tokio::test]
async fn a_container_is_removed_while_its_anonymous_volume_is_kept() {
    let engine = engine!();
    let uuid = uuid();
    let _container = Recipe::new(&uuid, &uuid).option(["-v", "/anonymous"]).run(engine);
    let host = local(&engine.socket());
    let id = only_container(&host, &uuid).await;
    let volume = host.container(&id).await.unwrap().mounts[0].name.clone().unwrap();
    assert!(is_anonymous_volume(&volume), "{volume}");
    host.remove(&id, false).await.unwrap();
    assert_eq!(host.has_volume(&volume).await, Ok(true));
    engine.cli(&["volume", "rm", &volume]);
}

#[tokio::test]
async fn a_crash_loop_and_a_health_check_are_reported() {
    let engine = engine!();
    let uuid = uuid();
    let health = ["--health-cmd", "echo no database; exit 3", "--health-interval", "50ms"];
    let container = Recipe::new(&uuid, &uuid).option(health).option(["--health-retries", "1"]);
    let _container = container.run(engine);
    let host = local(&engine.socket());
    let id = only_container(&host, &uuid).await;
    // A busy engine ends a check that it could not start in time with a code and a text of its own.
    let is_ours = |check: &HealthCheck| (check.exit_code, &*check.output) == (3, "no database\n");
    let state = loop {
        let state = host.container(&id).await.unwrap();
        if state.health_log.iter().any(is_ours) {
            break state;
        }
    };
    assert_eq!(state.health, Some(Health::Unhealthy));
    host.stop(&id, Duration::ZERO).await.unwrap();

    let uuid = crate::fixture::uuid();
    let crash = Recipe::new(&uuid, &uuid).option(["--restart", "always"]).argv(["/bin/false"]);
    let crash = crash.run(engine);
    while crash.inspect("{{.RestartCount}}") == "0" {}
    let state = host.container(&only_container(&host, &uuid).await).await.unwrap();
    assert!(state.restart_count > 0, "{state:?}");
}

#[tokio::test]
async fn a_network_is_created_once_and_removed_only_when_unused() {
    let engine = engine!();
    let host = local(&engine.socket());
    let name = format!("covibe-{}", uuid());
    assert_eq!(host.network(&name).await, Ok(None));
    let labels = BTreeMap::from([("covibe.workspace".to_owned(), "mark \"x\"".to_owned())]);
    host.create_network(&name, &labels).await.unwrap();
    let network = host.network(&name).await.unwrap().unwrap();
    assert_eq!((network.driver.as_str(), network.attachable), ("bridge", true));
    assert_eq!(network.labels, labels);
    let again = host.create_network(&name, &labels).await;
    assert_eq!(again, Err(Error::Conflict(Conflict::Exists)));
    assert_eq!(host.network(&network.id[..12]).await, Ok(None));
    let uuid = uuid();
    assert!(!network.has_proxy && !network.is_used);
    let on_it = Recipe::new(&uuid, &uuid).network(&name).run(engine);
    assert!(host.network(&name).await.unwrap().unwrap().is_used);
    assert_eq!(host.remove_network(&name).await, Err(Error::Conflict(Conflict::NetworkInUse)));
    drop(on_it);
    host.remove_network(&name).await.unwrap();
    assert_eq!(host.network(&name).await, Ok(None));
    host.remove_network(&name).await.unwrap();
}

/// By each way to the engine, the gate among them.
#[tokio::test]
async fn the_proxy_and_the_network_of_a_resource_are_removed() {
    let engine = engine!();
    for (host, _server) in ways(engine) {
        let (app, database) = (format!("{}z", &uuid()[..23]), uuid());
        assert_eq!(host.proxy(&database).await, Ok(None));
        engine.cli(&["network", "create", "--attachable", &app]);
        let main = Recipe::new("coolify-proxy", "coolify-proxy").network(&app).run(engine);
        let name = format!("{database}-proxy");
        let service = format!("com.docker.compose.service={name}");
        let _proxy = Recipe::new(&name, "proxy").option(["--label", &service]).run(engine);
        let _other =
            Recipe::new(&format!("{name}-{app}"), &app).option(["--label", &service]).run(engine);

        let proxy = host.proxy(&database).await.unwrap().unwrap();
        assert_eq!((proxy.name.as_str(), proxy.status), (name.as_str(), Status::Running));
        host.remove(&proxy.id, true).await.unwrap();
        assert_eq!(host.proxy(&database).await, Ok(None));

        let network = host.network(&app).await.unwrap().unwrap();
        assert!(network.has_proxy && !network.is_used);
        let used = Err(Error::Conflict(Conflict::NetworkInUse));
        assert_eq!(host.remove_network(&app).await, used);
        host.disconnect_proxy(&app).await.unwrap();
        host.remove_network(&app).await.unwrap();
        assert_eq!(host.network(&app).await, Ok(None));
        host.disconnect_proxy(&app).await.unwrap();
        drop(main);
    }
}

/// By each way to the engine, the gate among them.
#[tokio::test]
async fn a_deployments_helper_container_is_reported_only_while_it_runs() {
    let engine = engine!();
    for (host, _server) in ways(engine) {
        let deployment = uuid();
        let _other = Recipe::new(&format!("web-{deployment}"), &deployment).run(engine);
        assert_eq!(host.has_deployment_helper(&deployment).await, Ok(false));
        let helper = Recipe::new(&deployment, "").run(engine);
        assert_eq!(host.has_deployment_helper(&deployment).await, Ok(true));
        drop(helper);
        assert_eq!(host.has_deployment_helper(&deployment).await, Ok(false));
        assert!(matches!(host.has_deployment_helper(".*").await, Err(Error::Invalid(_))));
    }
}

#[tokio::test]
async fn a_stopped_engine_is_reported_as_not_connected() {
    let folder = tempfile::tempdir().unwrap();
    let host = local(&folder.path().join("docker.sock"));
    let down = Error::NotConnected(Trouble::NoEngine);
    assert_eq!(host.version().await, Err(down.clone()));
    drop(std::os::unix::net::UnixListener::bind(folder.path().join("docker.sock")).unwrap());
    assert_eq!(host.containers(&uuid()).await, Err(down.clone()));
    assert!(!down.may_have_happened());
}

#[test]
fn a_host_over_ssh_without_known_hosts_is_refused() {
    let settings = Settings::new("ssh://covibe@192.0.2.1".parse().unwrap());
    let refused = DockerHost::new(settings).unwrap_err();
    assert!(refused.to_string().contains("known_hosts"), "{refused}");
}
