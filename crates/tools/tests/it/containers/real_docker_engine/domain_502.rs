//! "Compose app is up but the domain 502s."

use covibe_testkit_docker::Recipe;
use serde_json::json;

use super::{Host, service};

/// An app whose domain leads to port 3000.
const STACK: &str = "
services:
  web: {image: 'nginx:1.27', expose: ['3000']}
  db: {image: 'postgres:16', environment: {POSTGRES_PASSWORD: '${SERVICE_PASSWORD_DB}'}}
";

#[tokio::test(flavor = "multi_thread")]
async fn compose_app_is_up_but_the_domain_answers_502() {
    let Some(host) = Host::start().await else { return };
    let app = host.stack(STACK).await;
    let server = "mkdir /www; echo hello >/www/index.html
        echo 'error: listen EADDRINUSE: address already in use :::3000' >&2
        echo 'listening on 8080 instead'; httpd -p 127.0.0.1:8080 -h /www";
    let web = Recipe::of_service(&app, "web").script(server).run(host.engine);
    let db = "echo 'ready to accept connections'";
    let db = Recipe::of_service(&app, "db").script(db).run(host.engine);
    web.wait_until_printed("8080 instead");
    db.wait_until_printed("ready");

    let domains = host.call_ok("apps.domains.list", json!({ "uuid": app })).await;
    assert_eq!(domains["domains"][0]["service"], "web", "{domains}");
    let fetch = |port: u16| format!("wget -qO- http://127.0.0.1:{port}/");
    let (code, told) = host.exec(&app, Some("web"), &fetch(3000)).await;
    assert!(code == 1 && told.contains("Connection refused"), "{code} {told}");
    let knock = "echo | nc -w 1 127.0.0.1 3000 && echo open || echo closed";
    let (_, told) = host.exec(&app, Some("web"), knock).await;
    assert!(told.starts_with("closed\n") && told.contains("Connection refused"), "{told}");
    // httpd may not listen yet when it is about to.
    let patient = format!("until {}; do usleep 20000; done 2>/dev/null", fetch(8080));
    assert_eq!(host.exec(&app, Some("web"), &patient).await, (0, "hello\n".to_owned()));

    let params = json!({ "uuid": app, "service": "web", "lines": 200 });
    let logs = host.call_ok("apps.logs", params).await;
    assert_eq!(logs["services"].as_array().map(Vec::len), Some(1), "{logs}");
    let text = service(&logs, "web")["logs"].as_str().expect("a text");
    assert!(text.contains("EADDRINUSE") && text.contains("8080 instead"), "{text}");
    assert!(!text.contains("ready to accept"), "{text}");
    let all = host.call_ok("apps.logs", json!({ "uuid": app })).await;
    let text = service(&all, "db")["logs"].as_str().expect("a text");
    assert!(text.contains("ready to accept connections"), "{text}");
}
