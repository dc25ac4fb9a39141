//! Requests that are not let through.

use super::*;

fn assert_refused(method: &str, target: &str, body: &str) {
    let target = target.replace("UUID", UUID).replace("ID", &id());
    let decided = decide_request(method, &target, body);
    assert!(
        matches!(&decided, Err(it) if it.status == 403),
        "{method} {target} {body}: {decided:?}"
    );
}

#[test]
fn calls_outside_of_the_allowed_list_are_refused() {
    for (method, target) in [
        ("GET", "/info"),
        ("GET", "/events"),
        ("GET", "/system/df"),
        ("GET", "/system/df?type=image"),
        ("GET", "/images/json"),
        ("GET", "/images/ID/json"),
        ("GET", "/images/sha256:ID/json"),
        ("GET", "/covibe/containers?all=true"),
        ("POST", "/covibe/containers"),
        ("POST", "/covibe/starts"),
        ("GET", "/covibe/starts?since=now"),
        ("GET", "/covibe/starts?since=1.5&within=61"),
        ("GET", "/covibe/starts?since=1.5&filters=%7B%7D"),
        ("GET", "/covibe/starts/ID"),
        ("GET", "/covibe/containers/ID"),
        ("GET", "/covibe/containers/ID/image?x=1"),
        ("POST", "/covibe/containers/ID/image"),
        ("GET", "/covibe/containers/ID/image/json"),
        ("GET", "/covibe/images/ID/json"),
        ("POST", "/images/create?fromImage=x"),
        ("POST", "/build"),
        ("POST", "/auth"),
        ("POST", "/commit?container=ID"),
        ("GET", "/swarm"),
        ("POST", "/swarm/init"),
        ("GET", "/secrets"),
        ("GET", "/plugins"),
        ("POST", "/session"),
        ("POST", "/grpc"),
        ("POST", "/containers/create"),
        ("POST", "/containers/create?name=x"),
        ("POST", "/containers/prune"),
        ("POST", "/containers/ID/attach?stream=1"),
        ("GET", "/containers/ID/attach/ws"),
        ("POST", "/containers/ID/kill"),
        ("POST", "/containers/ID/pause"),
        ("POST", "/containers/ID/update"),
        ("POST", "/containers/ID/rename?name=x"),
        ("POST", "/containers/ID/resize"),
        ("GET", "/containers/ID/export"),
        ("GET", "/containers/ID/stats"),
        ("GET", "/containers/ID/changes"),
        ("PUT", "/containers/ID/archive?path=/"),
        ("HEAD", "/containers/ID/archive?path=/"),
        ("HEAD", "/_ping"),
        ("POST", "/exec/ID/resize?h=1&w=1"),
        ("POST", "/volumes/create"),
        ("POST", "/volumes/prune"),
        ("PUT", "/volumes/UUID_data"),
        ("GET", "/networks"),
        ("POST", "/networks/prune"),
        ("DELETE", "/networks/covibe-UUID?force=1"),
        ("PUT", "/networks/covibe-UUID"),
        ("POST", "/networks/covibe-UUID/connect"),
        ("POST", "/networks/covibe-UUID/disconnect"),
        ("POST", "/networks/UUID/disconnect"),
        ("POST", "/networks/UUID/connect"),
        ("DELETE", "/networks/UUID?force=1"),
        ("GET", "/covibe/other"),
        ("POST", "/covibe/gate"),
        ("GET", "/covibe/exec/ID/kill"),
        ("POST", "/covibe/exec/ID/kill?x=1"),
        ("GET", "/v1.51/v1.51/_ping"),
        ("GET", "/v1.10/_ping"),
        ("CONNECT", "docker:80"),
        ("OPTIONS", "*"),
    ] {
        assert_refused(method, target, "");
    }
}

#[test]
fn container_names_and_partial_ids_are_refused() {
    for container in ["coolify", "UUID", "0af9", &"0AF9".repeat(16), &"0af9".repeat(17), "ID%20"] {
        for target in ["json", "logs?stdout=1&tail=1", "top", "archive?path=/"] {
            assert_refused("GET", &format!("/containers/{container}/{target}"), "");
        }
        for verb in ["start", "stop", "restart"] {
            assert_refused("POST", &format!("/containers/{container}/{verb}"), "");
        }
        assert_refused("DELETE", &format!("/containers/{container}"), "");
        assert_refused("POST", &format!("/containers/{container}/exec"), &command(""));
        assert_refused("POST", &format!("/exec/{container}/start"), "{}");
        assert_refused("GET", &format!("/exec/{container}/json"), "");
        assert_refused("POST", &format!("/covibe/exec/{container}/kill"), "");
        assert_refused("GET", &format!("/covibe/containers/{container}/image"), "");
    }
}

#[test]
fn volumes_and_networks_outside_of_resources_are_refused() {
    for target in [
        "/volumes/coolify-db",
        &format!("/volumes/{}", "0af9".repeat(16)),
        "/volumes/xUUID",
        "/volumes/UUID%2F..%2Fcoolify-db",
        "/networks/coolify",
        "/networks/bridge",
        "/networks/host",
        "/networks/covibe-",
        "/networks/covibe-mark",
        "/networks/ID",
    ] {
        assert_refused("GET", target, "");
    }
    for target in [
        "/volumes/coolify-db",
        "/networks/coolify",
        "/networks/UUID_default",
        "/networks/0af90af90af90af90af90af9",
        "/networks/covibe-mark",
        "/networks/covibe-UUID-x",
        "/networks/x-covibe-UUID",
        "/networks/ID",
    ] {
        assert_refused("DELETE", target, "");
    }
}

#[test]
fn lists_that_are_not_filtered_by_one_resource_are_refused() {
    for query in [
        "",
        "?all=true",
        "?filters=",
        "?filters={}",
        "?filters=[]",
        "?filters={%22label%22:[]}",
        "?filters={%22label%22:[%22com.docker.compose.project%22]}",
        "?filters={%22label%22:[%22com.docker.compose.project=%22]}",
        "?filters={%22label%22:[%22com.docker.compose.project=UUID%22,%22a%22]}",
        "?filters={%22label%22:[%22com.docker.compose.project=coolify%22]}",
        "?filters={%22label%22:[%22com.docker.compose.project!=UUID%22]}",
        "?filters={%22label%22:[%22coolify.name=UUID%22]}",
        "?filters={%22label%22:[%22com.docker.compose.service=UUID%22]}",
        "?filters={%22label%22:[%22com.docker.compose.service=coolify-proxy%22]}",
        "?filters={%22label%22:[%22com.docker.compose.service=x-UUID-proxy%22]}",
        "?filters={%22label%22:[%22com.docker.compose.project=proxy%22]}",
        "?filters={%22label%22:{%22com.docker.compose.project=UUID%22:true}}",
        "?filters={%22volume%22:[%22coolify-db%22]}",
        "?filters={%22volume%22:[%22/UUID%22]}",
        "?filters={%22name%22:[%22UUID%22]}",
        "?filters={%22name%22:[%22^/?UUID%22]}",
        "?filters={%22name%22:[%22^/?coolify$%22]}",
        "?filters={%22name%22:[%22^/?UUID$%22,%22^/?UUID$%22]}",
        "?filters={%22name%22:[%22^/?UUID$%22],%22volume%22:[%22UUID_data%22]}",
        "?filters={%22label%22:[%22com.docker.compose.project=UUID%22],%22label%22:[]}",
        "?filters={%22label%22:[%22com.docker.compose.project=UUID%22],%22x%22:[]}",
        "?filters={%22label%22:[%22com.docker.compose.project=UUID%22]}&size=true",
        "?filters={%22label%22:[%22com.docker.compose.project=UUID%22]}&limit=1",
        "?filters={%22label%22:[%22com.docker.compose.project=UUID%22]}&filters={}",
    ] {
        assert_refused("GET", &format!("/containers/json{query}"), "");
        assert_refused("GET", &format!("/volumes{query}"), "");
    }
    assert_refused("GET", "/volumes?filters={%22volume%22:[%22UUID_x%22]}", "");
    let proxy = "/volumes?filters={%22label%22:[%22com.docker.compose.service=UUID-proxy%22]}";
    assert_refused("GET", proxy, "");
}

#[test]
fn unknown_and_invalid_query_parameters_are_refused() {
    for target in [
        "/containers/ID/logs?stdout=1",
        "/containers/ID/logs?stdout=1&tail=ALL",
        "/containers/ID/logs?stdout=1&tail=",
        "/containers/ID/logs?stdout=1&tail=-1",
        "/containers/ID/logs?stdout=1&tail=abc",
        "/containers/ID/logs?stdout=1&tail=10001",
        "/containers/ID/logs?stdout=1&tail=5&tail=6",
        "/containers/ID/logs?stdout=1&tail=5&follow=true",
        "/containers/ID/logs?stdout=1&tail=5&details=true",
        "/containers/ID/logs?stdout=1&tail=5&since=bogus",
        "/containers/ID/logs?stdout=1&tail=5&since=2026-01-01",
        "/containers/ID/top?ps_args=-eo+pid,command",
        "/containers/ID/archive",
        "/containers/ID/archive?path=etc",
        "/containers/ID/archive?path=",
        "/containers/ID/archive?path=/%00",
        "/containers/ID/archive?path=/%FF",
        "/containers/ID/json?size=true",
        "/_ping?x=1",
        "/version?",
    ] {
        if target != "/version?" {
            assert_refused("GET", target, "");
        }
    }
    for target in
        ["stop?t=601", "stop?t=-1", "stop?signal=HUP", "start?detachKeys=a", "restart?x=1"]
    {
        assert_refused("POST", &format!("/containers/ID/{target}"), "");
    }
    assert_refused("DELETE", "/containers/ID?link=true", "");
    assert_refused("DELETE", "/volumes/UUID_data?force=maybe", "");
    assert_refused("GET", &format!("/containers/ID/archive?path=/{}", "a".repeat(4096)), "");
}

#[test]
fn requests_with_unexpected_bodies_are_refused() {
    assert_refused("GET", "/_ping", "{}");
    assert_refused("GET", "/covibe/containers", "{}");
    assert_refused("GET", "/covibe/containers/ID/image", "{}");
    assert_refused("POST", "/containers/ID/start", r#"{"Binds":["/:/host"]}"#);
    assert_refused("POST", "/containers/ID/stop", "x");
    assert_refused("DELETE", "/volumes/UUID_data", "x");
    for body in ["x", "{}{}", r#"{"marker":"short"}"#, r#"{"marker":7}"#, r#"{"pid":1}"#] {
        assert_refused("POST", "/covibe/exec/ID/kill", body);
    }
}

#[test]
fn commands_with_input_terminal_or_privileges_are_refused() {
    for members in [
        r#","AttachStdin":true"#,
        r#","Tty":true"#,
        r#","Privileged":true"#,
        r#","privileged":true"#,
        r#","Privileged":false,"Privileged":true"#,
        r#","DetachKeys":"ctrl-a""#,
        r#","ConsoleSize":[1,2]"#,
        r#","User":"-x""#,
        r#","User":"a b""#,
        r#","User":"a:b:c""#,
        r#","User":"a\nb""#,
        r#","User":"$(id)""#,
        r#","User":":x""#,
        r#","WorkingDir":"app""#,
        r#","WorkingDir":"/proc/self/fd/8""#,
        r#","WorkingDir":"//proc/./self/fd/8""#,
        r#","WorkingDir":"/app/../proc/self/fd/8""#,
        r#","WorkingDir":"/a\u0000b""#,
        r#","Env":["COVIBE_EXEC=0123456789abcdef"]"#,
        r#","Cmd":["x"]"#,
        r#","Binds":["/:/host"]"#,
        r#","HostConfig":{}"#,
    ] {
        assert_refused("POST", "/containers/ID/exec", &command(members));
    }
    assert_refused("POST", "/containers/ID/exec?x=1", &command(""));
    let mark = "COVIBE_EXEC=0123456789abcdef";
    for (argv, env) in [
        ("[]", format!(r#"["{mark}"]"#)),
        (r#""ls""#, format!(r#"["{mark}"]"#)),
        (r#"["ls"]"#, "[]".to_owned()),
        (r#"["ls"]"#, r#"["COVIBE_EXEC=x"]"#.to_owned()),
        (r#"["ls"]"#, r#"["COVIBE_EXEC"]"#.to_owned()),
        (r#"["ls"]"#, format!(r#"["{mark}","{mark}"]"#)),
        (r#"["ls"]"#, format!(r#"["{mark}","COVIBE_EXEC"]"#)),
        (r#"["ls"]"#, format!(r#"["{mark}","A B=1"]"#)),
        (r#"["ls"]"#, format!(r#"["{mark}","1A=1"]"#)),
        (r#"["ls"]"#, format!(r#"["{mark}","=1"]"#)),
        (r#"["ls"]"#, format!(r#"["{mark}","A"]"#)),
        (r#"["ls"]"#, format!(r#"["{mark}","A=\u0000"]"#)),
        (r#"["ls","\u0000"]"#, format!(r#"["{mark}"]"#)),
        (r#"["ls","\ud800"]"#, format!(r#"["{mark}"]"#)),
    ] {
        assert_refused("POST", "/containers/ID/exec", &format!(r#"{{"Cmd":{argv},"Env":{env}}}"#));
    }
    let many = vec!["\"x\""; 1025].join(",");
    let body = format!(r#"{{"Cmd":[{many}],"Env":["{mark}"]}}"#);
    assert_refused("POST", "/containers/ID/exec", &body);
}

#[test]
fn starts_of_detached_or_terminal_commands_are_refused() {
    for body in [
        r#"{"Detach":true}"#,
        r#"{"Tty":true}"#,
        r#"{"Detach":false,"Detach":true}"#,
        r#"{"detach":true}"#,
        r#"{"ConsoleSize":[1,2]}"#,
        r#"{"x":1}"#,
        "[]",
        "null",
        "x",
    ] {
        assert_refused("POST", "/exec/ID/start", body);
    }
}

#[test]
fn disconnections_of_other_containers_than_coolifys_proxy_are_refused() {
    let target = format!("/networks/{UUID}/disconnect");
    for body in [
        "{}",
        r#"{"Container":"coolify"}"#,
        r#"{"Container":"coolify-proxy","Force":true}"#,
        r#"{"Container":"coolify-proxy","EndpointConfig":{}}"#,
        r#"{"Container":"coolify-proxy","Container":"coolify"}"#,
    ] {
        assert_refused("POST", &target, body);
    }
    let body = r#"{"Container":"coolify-proxy"}"#;
    assert_refused("POST", "/networks/coolify/disconnect", body);
    assert_refused("POST", "/networks/0af90af90af90af90af90af9/disconnect", body);
}

#[test]
fn creations_of_networks_with_other_names_or_options_are_refused() {
    for body in [
        r#"{"Name":"coolify"}"#,
        r#"{"Name":"covibe-"}"#,
        r#"{"Name":"covibe-mark"}"#,
        r#"{"Name":"covibe-UUID-x"}"#,
        r#"{"Name":"covibe-UUID/x"}"#,
        r#"{"Name":"UUID"}"#,
        "{}",
        r#"{"Name":"covibe-UUID","Driver":"host"}"#,
        r#"{"Name":"covibe-UUID","Driver":"macvlan"}"#,
        r#"{"Name":"covibe-UUID","Attachable":false}"#,
        r#"{"Name":"covibe-UUID","Internal":true}"#,
        r#"{"Name":"covibe-UUID","EnableIPv6":true}"#,
        r#"{"Name":"covibe-UUID","Scope":"swarm"}"#,
        r#"{"Name":"covibe-UUID","IPAM":{"Config":[{"Subnet":"10.0.0.0/8"}]}}"#,
        r#"{"Name":"covibe-UUID","ConfigFrom":{"Network":"host"}}"#,
        r#"{"Name":"covibe-UUID","Options":{"com.docker.network.bridge.name":"docker0"}}"#,
        r#"{"Name":"covibe-UUID","Labels":{"com.docker.compose.project":"x"}}"#,
        r#"{"Name":"covibe-UUID","Labels":{"coolify.managed":"true"}}"#,
        r#"{"Name":"covibe-UUID","Labels":{"traefik.enable":"true"}}"#,
        r#"{"Name":"covibe-UUID","Labels":{"covibe.":"x"}}"#,
        r#"{"Name":"covibe-UUID","Labels":{"covibe.a b":"x"}}"#,
        r#"{"Name":"covibe-UUID","Labels":{"covibe.a":"x\ny"}}"#,
        r#"{"Name":"covibe-UUID","Name":"host"}"#,
    ] {
        assert_refused("POST", "/networks/create", &body.replace("UUID", UUID));
    }
}
