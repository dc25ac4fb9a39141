//! Hosts that Coolify makes up for what asks for one: whenever it happens, they become the workspace's.

use covibe_sandbox::coolify::Version;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Agent, World};
use serde_json::{Value, json};

use super::{changes, create_app, service, start_on_release, urls};

const PLAIN: &str = "services: {server: {image: 'nginx:1'}}";

const ASKING: &str = "services: {server: {image: 'nginx:1', environment: ['SITE=${SERVICE_URL_SERVER}']}, \
                      login: {image: 'nginx:1', environment: [SERVICE_URL_LOGIN_80]}, \
                      admin: {image: 'nginx:1', expose: ['9000'], environment: {SERVICE_FQDN_ADMIN: }}}";

async fn call_ok(agent: &Agent, tool: &str, params: &Value) -> Value {
    let answer = agent.compact(tool, params).await;
    answer.unwrap_or_else(|why| panic!("{tool} {params}: {why}"))
}

/// All its URLs in the file's order, none of them outside the namespace.
async fn all_urls(world: &World, made: &Value) -> Vec<String> {
    let service = service(world, made).await;
    // Coolify returns the containers in any order.
    let order = ["server", "login", "admin"];
    let parts = service["applications"].as_array().expect("a list");
    let part = |name: &&str| parts.iter().find(|part| part["name"] == *name);
    let urls: Vec<_> = order
        .iter()
        .filter_map(part)
        .filter_map(|part| part["fqdn"].as_str().map(str::to_owned))
        .collect();
    assert!(urls.iter().all(|url| url.contains(".mark.vibnai.com")), "{urls:?}");
    urls
}

async fn variables(world: &World, made: &Value) -> String {
    let params = json!({ "uuid": made["uuid"] });
    call_ok(&world.mark.agent, "apps.envs.list", &params).await.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_that_requests_hosts_gets_hosts_of_the_workspace() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let agent = &world.mark.agent;
        let still = json!({ "image": "nginx:1", "name": "crm-admin", "instantDeploy": false });
        create_app(agent, &still).await;
        let app = create_app(agent, &json!({ "composeRaw": PLAIN, "name": "crm" })).await;
        let patch = json!({ "uuid": app["uuid"], "patch": { "composeRaw": ASKING } });
        let answer = call_ok(agent, "apps.update", &patch).await;
        assert_eq!(answer["applied"], json!(["composeRaw"]), "{answer}");
        assert_eq!(
            all_urls(&world, &app).await,
            [
                "https://crm.mark.vibnai.com",
                "https://crm-login.mark.vibnai.com:80",
                "https://crm-admin-2.mark.vibnai.com:9000"
            ],
            "the server keeps what it had"
        );
        let hints = answer["hints"].to_string();
        assert!(hints.contains("crm-login.mark") && hints.contains("crm-admin-2.mark"), "{answer}");
        let variables = variables(&world, &app).await;
        assert!(variables.contains("https://crm-login.mark.vibnai.com"), "{variables}");
        call_ok(agent, "apps.deploy", &json!({ "uuid": app["uuid"] })).await;
        assert_eq!(all_urls(&world, &app).await.len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_hosts_of_an_interrupted_creation_are_replaced_before_its_start() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let agent = &world.mark.agent;
        world.coolify.arm(Fault::new(Name::DropBefore).on("PATCH", "/services/*$").times(9));
        let params = json!({ "composeRaw": ASKING, "name": "crm", "composeService": "server" });
        let answer = agent.compact_raw("apps.create", &params).await;
        assert_eq!(answer.status, 502, "{}", answer.text);
        world.coolify.disarm();
        let listed = call_ok(agent, "apps.list", &json!({})).await;
        let app = &listed["apps"][0];
        assert!(urls(&world, app, "login").await.to_string().contains("sslip.io"));
        world.coolify.clear_requests();
        let deploy = json!({ "uuid": app["uuid"] });
        let answer = agent.compact_raw("apps.deploy", &deploy).await;
        assert_eq!((answer.status, changes(&world).len()), (409, 0), "{}", answer.text);
        create_app(agent, &params).await;
        assert_eq!(changes(&world).last().map(String::as_str), Some("POST /services/*/start"));
        assert!(
            all_urls(&world, app)
                .await
                .contains(&"https://crm-login.mark.vibnai.com:80".to_owned())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_host_at_a_start_is_replaced_by_one_of_the_workspace() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let agent = &world.mark.agent;
        let app = create_app(
            agent,
            &json!({ "composeRaw": ASKING, "name": "crm", "composeService": "server" }),
        )
        .await;
        let uuid = json!({ "uuid": app["uuid"] });
        let none = json!({ "uuid": app["uuid"], "domains": [], "service": "login" });
        call_ok(agent, "apps.domains.set", &none).await;
        // Its variable gone by the operator's hand, the server's address is made up once more.
        let operator = world.operator();
        let envs = format!("/services/{}/envs", app["uuid"].as_str().expect("a text"));
        for env in operator.coolify_list(&envs).await {
            if env["key"] == "SERVICE_URL_SERVER" {
                let path = format!("{envs}/{}", env["uuid"].as_str().expect("a text"));
                operator.coolify("DELETE", &path, &Value::Null).await;
            }
        }
        call_ok(agent, "apps.deploy", &uuid).await;
        let urls = all_urls(&world, &app).await;
        assert_eq!(
            urls[..2],
            ["https://crm.mark.vibnai.com", "https://crm-login.mark.vibnai.com:80"]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_a_requested_domain_returns_no_generated_host() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let agent = &world.mark.agent;
        let params = json!({ "composeRaw": ASKING, "name": "crm", "composeService": "server" });
        let app = create_app(agent, &params).await;
        let none = json!({ "uuid": app["uuid"], "domains": [], "service": "login" });
        let answer = call_ok(agent, "apps.domains.set", &none).await;
        assert!(!answer.to_string().contains("sslip.io"), "{answer}");
        let hint = answer["hint"].as_str().expect("a hint");
        assert!(hint.contains("login") && hint.contains("SERVICE_URL_*"), "{answer}");
        assert_eq!(all_urls(&world, &app).await.len(), 3);
    }
}
