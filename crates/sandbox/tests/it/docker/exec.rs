//! Executing something in containers.

use covibe_sandbox::coolify::Condition;
use covibe_sandbox::docker::{Arrangement, Collection};
use serde_json::{Value, json};

use super::{Host, UPGRADE, raw_socket_calls};

async fn running(host: &Host) -> String {
    let app = host.app("site", "acme/site:1", Condition::Running).await;
    host.only_container(&app).await
}

#[tokio::test]
async fn known_commands_have_fixed_output_and_exit_codes_and_others_are_refused() {
    let host = Host::start().await;
    let id = running(&host).await;
    for (line, stdout, stderr, code) in [
        ("echo out; echo err >&2; exit 42", "out\n", "err\n", 42),
        ("true", "", "", 0),
        ("false", "", "", 1),
        ("echo $HOME", "/root\n", "", 0),
        ("nope -x", "", "sh: nope: not found\n", 127),
        ("nope; true", "", "sh: nope: not found\n", 0),
        ("pwd; whoami; id -u", "/app\nroot\n0\n", "", 0),
        (
            "ls /app; cat /nope",
            "package.json\nserver.js\n",
            "cat: can't open '/nope': No such file or directory\n",
            1,
        ),
        ("exit 300; echo never", "", "", 44),
        ("", "", "", 0),
    ] {
        let (out, err, ended) = host.sh(&id, line).await;
        assert_eq!((out.as_str(), err.as_str(), ended), (stdout, stderr, json!(code)), "{line}");
    }
    for line in ["echo $(id)", "env | sort", "true && ls", "echo 'a b'", "ls > /tmp/x"] {
        let (out, err, code) = host.sh(&id, line).await;
        assert!(out.is_empty() && err.contains("the sandbox has no shell") && code == 2, "{line}");
    }
}

#[tokio::test]
async fn a_command_has_the_environment_of_its_container_and_its_own() {
    let host = Host::start().await;
    let app = host.app("site", "acme/site:1", Condition::Running).await;
    let path = format!("/applications/{app}/envs");
    host.coolify.post(&path, json!({ "key": "GREETING", "value": "hello" })).await;
    host.deploy(&app).await;
    let id = host.only_container(&app).await;
    let (out, _, _) = host.sh(&id, "env").await;
    assert!(out.contains("GREETING=hello\n"), "{out}");
    assert!(out.contains(&format!("COOLIFY_RESOURCE_UUID={app}\n")), "{out}");
    assert!(out.contains(&format!("COOLIFY_CONTAINER_NAME={app}-")), "{out}");
    let body = json!({
        "AttachStdout": true, "AttachStderr": true, "Cmd": ["printenv", "OWN"],
        "Env": ["OWN=of this one"], "User": "node", "WorkingDir": "/tmp",
    });
    let created = host.send("POST", &format!("/containers/{id}/exec"), &body).await.json();
    let path = format!("/exec/{}/start", created["Id"].as_str().unwrap());
    let answer = raw_socket_calls::call(&host.socket, "POST", &path, Some("{}"), "").await;
    // Without an upgrade the connection is taken over just the same.
    assert_eq!((answer.status, answer.header("content-length")), (200, None));
    assert_eq!(answer.header("transfer-encoding"), None);
    assert_eq!(answer.texts()[0], "of this one\n");
}

#[tokio::test]
async fn a_command_runs_until_its_process_is_killed() {
    let host = Host::start().await;
    let id = running(&host).await;
    let exec = host.exec(&id, &["sh", "-c", "echo first; sleep 1000; echo never"]).await;
    let inspect = || async { host.get(&format!("/exec/{exec}/json")).await.json() };
    let before = inspect().await;
    assert_eq!((&before["Pid"], &before["ExitCode"]), (&json!(0), &Value::Null));
    let path = format!("/exec/{exec}/start");
    let mut connection =
        raw_socket_calls::open(&host.socket, "POST", &path, Some("{}"), UPGRADE).await;
    let reading = tokio::spawn(async move { raw_socket_calls::read(&mut connection).await });
    while inspect().await["Running"] != true {
        tokio::task::yield_now().await;
    }
    let pid = inspect().await["Pid"].as_u64().unwrap();
    assert!(pid > 1 << 22, "no process of this machine can have that number: {pid}");
    assert!(host.engine.names(Collection::Processes)[0].contains("sleep 1000"));
    let top = host.get(&format!("/containers/{id}/top")).await.json().to_string();
    assert!(top.contains(&pid.to_string()), "{top}");
    let token = format!("X-Sandbox-Token: {}\r\n", host.engine.control_token().expose());
    let path = format!("/__sandbox/processes/{pid}");
    assert_eq!(raw_socket_calls::call(&host.socket, "DELETE", &path, None, "").await.status, 401);
    assert_eq!(
        raw_socket_calls::call(&host.socket, "DELETE", &path, None, &token).await.status,
        204
    );
    assert_eq!(reading.await.unwrap().texts()[0], "first\n");
    let after = inspect().await;
    assert_eq!(
        (&after["Running"], &after["ExitCode"], &after["Pid"]),
        (&json!(false), &json!(137), &json!(pid))
    );
    assert_eq!(
        raw_socket_calls::call(&host.socket, "DELETE", &path, None, &token).await.status,
        404
    );
}

#[tokio::test]
async fn a_command_continues_without_its_client_but_ends_with_its_container() {
    let host = Host::start().await;
    let id = running(&host).await;
    let exec = host.exec(&id, &["yes"]).await;
    let path = format!("/exec/{exec}/start");
    drop(raw_socket_calls::open(&host.socket, "POST", &path, Some("{}"), UPGRADE).await);
    let inspect = || async { host.get(&format!("/exec/{exec}/json")).await.json() };
    while inspect().await["Running"] != true {
        tokio::task::yield_now().await;
    }
    host.post(&format!("/containers/{id}/stop")).await;
    let after = inspect().await;
    assert_eq!((&after["Running"], &after["ExitCode"]), (&json!(false), &json!(137)));
    host.delete(&format!("/containers/{id}")).await;
    assert_eq!(host.get(&format!("/exec/{exec}/json")).await.status, 404);
}

#[tokio::test]
async fn command_output_of_any_size_is_delivered_completely() {
    let host = Host::start().await;
    host.arrange("site", Arrangement { output_bytes: 30_000_000, ..Arrangement::default() });
    let id = running(&host).await;
    let (out, _, code) = host.sh(&id, "output").await;
    assert_eq!((out.len(), code), (30_000_000, json!(0)));
}

#[tokio::test]
async fn commands_in_containers_that_do_not_run_are_refused() {
    let host = Host::start().await;
    host.arrange("paused", Arrangement { paused: true, ..Arrangement::default() });
    for (name, condition, text) in [
        ("over", Condition::Exited, "is not running"),
        ("loop", Condition::Restarting, "is restarting, wait until the container is running"),
        ("paused", Condition::Running, "is paused, unpause the container before exec"),
    ] {
        let app = host.app(name, "acme/site:1", condition).await;
        let id = host.only_container(&app).await;
        let body = json!({ "AttachStdout": true, "Cmd": ["true"] });
        let refused = host.send("POST", &format!("/containers/{id}/exec"), &body).await;
        assert_eq!(refused.status, 409, "{refused:?}");
        assert_eq!(refused.message().to_lowercase(), format!("container {id} {text}"));
    }
}

#[tokio::test]
async fn a_shell_command_in_an_image_without_a_shell_fails_with_127() {
    let host = Host::start().await;
    host.arrange("site", Arrangement { no_shell: true, ..Arrangement::default() });
    let id = running(&host).await;
    let (out, err, code) = host.sh(&id, "echo x").await;
    assert_eq!(code, 127);
    assert!(out.starts_with("OCI runtime exec failed: ") && err.is_empty(), "{out}");
    let exec = host.exec(&id, &["sh"]).await;
    let path = format!("/exec/{exec}/start");
    raw_socket_calls::call(&host.socket, "POST", &path, Some("{}"), "").await;
    assert_eq!(host.get(&format!("/exec/{exec}/json")).await.json()["Pid"], 0, "it never ran");
    let again = raw_socket_calls::call(&host.socket, "POST", &path, Some("{}"), "").await;
    let text = format!("Error: Exec command {exec} has already run\r\n");
    assert_eq!((again.status, again.texts()), (200, [text, String::new()]));
}
