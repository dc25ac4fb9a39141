//! Containers whose commands end at once.

use super::Host;

const FILE: &str = "services:\n  web: {image: 'nginx:1', command: [sh, -c, 'echo no database; exit 3']}\n  \
                    once: {image: 'acme/once:1', command: 'false', restart: 'on-failure'}\n  \
                    done: {image: 'acme/done:1', command: 'true', restart: 'on-failure'}\n  \
                    init: {image: 'acme/init:1', command: 'sh -c \"exit 4\"', restart: 'no'}\n  \
                    api: {image: 'acme/api:1', command: [node, .]}\n";

#[tokio::test]
async fn a_container_whose_command_ends_restarts_unless_its_policy_forbids_it() {
    let host = Host::start().await;
    let uuid = host.service(FILE).await;
    host.engine.advance(host.coolify.pace * 3);
    for (part, status, code, loops) in [
        ("web", "restarting", 3, true),
        ("once", "restarting", 1, true),
        ("done", "exited", 0, false),
        ("init", "exited", 4, false),
        ("api", "running", 0, false),
    ] {
        let told = host.inspect(&format!("{part}-{uuid}")).await;
        let state = &told["State"];
        assert_eq!(
            (&state["Status"], &state["ExitCode"]),
            (&status.into(), &code.into()),
            "{part}"
        );
        assert_eq!(told["RestartCount"].as_u64().unwrap() > 1, loops, "{part}: {told}");
    }
    let path = format!("/containers/web-{uuid}/logs?stdout=1&stderr=1");
    let [stdout, stderr] = host.get(&path).await.texts();
    assert!(
        stdout.starts_with("no database\nno database\n") && stderr.is_empty(),
        "{stdout}{stderr}"
    );
    host.coolify.simulator.advance(host.coolify.pace * 20);
    let told = host.coolify.get(&format!("/services/{uuid}")).await.json();
    assert_eq!(told["status"], "degraded:unhealthy", "{told}");
    let of = |name: &str| {
        let all = told["applications"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap()["status"].clone()
    };
    assert_eq!((of("web"), of("api")), ("restarting:unknown".into(), "running:unknown".into()));
}
