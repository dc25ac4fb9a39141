//! The domains of the services of a compose file, and conflicts of domains.

use covibe_sandbox::coolify::Version;
use covibe_testkit::World;
use serde_json::{Value, json};

use super::{STACK, create_app, create_refused, start_on_release, urls};

/// Two services, none of them called `server`.
const TWO: &str = "services: {web: {image: 'a/web:1', expose: ['80', '81']}, \
                   api: {image: 'a/api:1', expose: ['3000']}, db: {image: 'postgres:16'}}";

fn still(mut params: Value) -> Value {
    params["instantDeploy"] = json!(false);
    params
}

#[tokio::test(flavor = "multi_thread")]
async fn each_service_gets_the_domains_that_the_call_assigns_to_it() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let agent = &world.mark.agent;
        let domains = json!([{ "service": "web", "domain": "auto" },
                             { "service": "web", "domain": "https://WWW.mark.vibnai.com" },
                             { "service": "api", "domain": "api.mark.vibnai.com" }]);
        let params = still(json!({ "composeRaw": TWO, "name": "Shop", "composeDomains": domains }));
        let shop = create_app(agent, &params).await;
        let web = "https://shop.mark.vibnai.com:80,https://www.mark.vibnai.com:80";
        assert_eq!(urls(&world, &shop, "web").await, web);
        assert_eq!(urls(&world, &shop, "api").await, "https://api.mark.vibnai.com:3000");
        assert!(shop.get("warnings").is_none(), "{shop}");
        let params = still(json!({ "composeRaw": TWO, "name": "two", "composeService": "api" }));
        let two = create_app(agent, &params).await;
        assert_eq!(urls(&world, &two, "api").await, "https://two.mark.vibnai.com:3000");
        let params = still(json!({ "composeRaw": TWO, "name": "none", "composeDomains": [] }));
        assert_eq!(create_app(agent, &params).await["domains"], json!([]));
        let params = json!({ "composeRaw": STACK, "name": "x", "domain": "named.mark.vibnai.com" });
        assert_eq!(create_app(agent, &still(params)).await["url"], "https://named.mark.vibnai.com");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_has_no_port_if_the_compose_file_exposes_none() {
    let world = World::embedded().await;
    let file = "services: {only: {image: 'a/only:1'}}";
    let made = create_app(&world.mark.agent, &json!({ "composeRaw": file, "name": "only" })).await;
    assert_eq!(urls(&world, &made, "only").await, "https://only.mark.vibnai.com");
    assert!(made["hints"].to_string().contains("expose"), "{made}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_list_the_services_that_can_have_a_domain() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let before = world.coolify.requests().len();
    for (params, status, error, hint) in [
        (json!({ "composeService": "nope" }), 400, "no service nope", "web, api"),
        (json!({ "composeService": "db" }), 400, "db is a database", "web, api"),
        (
            json!({ "composeDomains": [{ "service": "db", "domain": "auto" }] }),
            400,
            "db is a database",
            "Databases can't have a domain: db",
        ),
        (
            json!({ "composeService": "web", "domain": "evil.com" }),
            403,
            "Domain evil.com is not allowed; must end with .mark.vibnai.com",
            "Use shop.mark.vibnai.com",
        ),
        (
            json!({ "composeDomains": [{ "service": "web", "domain": "x.justine.vibnai.com" }] }),
            403,
            "must end with .mark.vibnai.com",
            "Use shop.mark.vibnai.com",
        ),
        (
            json!({ "composeDomains": [{ "service": "web", "domain": "auto" },
                                       { "service": "api", "domain": "auto" }] }),
            400,
            "cannot point to both web and api",
            "own domain",
        ),
        (json!({ "composeService": "web", "composeDomains": [] }), 400, "can't be combined", ""),
    ] {
        let mut params = params;
        params["composeRaw"] = json!(TWO);
        params["name"] = json!("shop");
        let (told, body) = create_refused(agent, &params).await;
        assert_eq!(told, status, "{body}");
        assert!(body["error"].as_str().is_some_and(|text| text.contains(error)), "{body}");
        assert!(body["hint"].as_str().is_some_and(|text| text.contains(hint)), "{body}");
    }
    assert_eq!(world.coolify.requests().len(), before, "nothing of it went any further");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_several_possible_web_services_is_refused_until_one_is_chosen() {
    let world = World::embedded().await;
    let file = "services: {a: {image: 'a/a:1'}, b: {image: 'a/b:1'}, db: {image: 'postgres:16'}}";
    let params = json!({ "composeRaw": file, "name": "shop" });
    let (status, body) = create_refused(&world.mark.agent, &params).await;
    assert_eq!(status, 400, "{body}");
    assert!(
        body["error"].as_str().is_some_and(|text| text.contains("does not determine")),
        "{body}"
    );
    assert!(body["hint"].as_str().is_some_and(|text| text.contains("a, b")), "{body}");
}

/// A host that leads to one app does not lead to another, whatever sort and port.
#[tokio::test(flavor = "multi_thread")]
async fn a_creation_with_a_taken_host_is_refused_with_a_free_suggestion() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let agent = &world.mark.agent;
        let stack = |name: &str| still(json!({ "composeRaw": STACK, "name": name }));
        let image = |name: &str| still(json!({ "image": "nginx:1", "name": name }));
        create_app(agent, &stack("my-app")).await;
        create_app(agent, &image("shop")).await;
        agent
            .compact("auth.create", &json!({ "provider": "pocketbase", "name": "auth" }))
            .await
            .expect("a provider");
        for (params, free) in [
            (stack("My_App"), "My_App-2"),
            (image("my.app"), "my.app-3"),
            (stack("SHOP"), "SHOP-2"),
            (stack("auth"), "auth-2"),
            (image("auth"), "auth-3"),
        ] {
            let (status, body) = create_refused(agent, &params).await;
            assert_eq!(status, 409, "{body}");
            let suggested = &body["details"]["suggestion"];
            assert_eq!(suggested["name"], free, "{body}");
            assert!(body["hint"].as_str().is_some_and(|hint| hint.contains(free)), "{body}");
            let mut again = params.clone();
            again["name"] = suggested["name"].clone();
            let made = create_app(agent, &again).await;
            assert_eq!(made["domains"], json!([suggested["domain"]]), "{made}");
        }
        let given = json!({ "image": "nginx:1", "name": "a", "domain": "shop.mark.vibnai.com" });
        let (status, body) = create_refused(agent, &given).await;
        assert_eq!(status, 409, "{body}");
        let free = "shop-3.mark.vibnai.com";
        assert_eq!(body["details"]["suggestion"]["domain"], free, "{body}");
    }
}

/// Somebody who is none of ours has it: Coolify says so, and whose it is stays there.
#[tokio::test(flavor = "multi_thread")]
async fn the_refusal_of_a_taken_domain_does_not_disclose_its_owner() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let operator = world.operator();
        let servers = operator.coolify_list("/servers").await;
        let body = json!({
            "name": "hand-made", "docker_registry_image_name": "nginx", "ports_exposes": "80",
            "server_uuid": servers[0]["uuid"], "destination_uuid": covibe_sandbox::coolify::DESTINATION, "environment_name": "production",
            "project_uuid": world.justine.record.coolify_project_uuid,
            "domains": "https://crm.mark.vibnai.com:3000,https://web.mark.vibnai.com",
        });
        operator.coolify("POST", "/applications/dockerimage", &body).await;
        for (params, free) in [
            (json!({ "composeRaw": STACK, "name": "crm" }), "crm-2"),
            (json!({ "image": "nginx:1", "name": "web" }), "web-2"),
        ] {
            let answer = world.mark.agent.compact_raw("apps.create", &params).await;
            assert_eq!(answer.status, 409, "{}", answer.text);
            assert!(!answer.text.contains("hand-made"), "{}", answer.text);
            assert_eq!(answer.json()["details"]["suggestion"]["name"], free, "{}", answer.text);
            let mut again = params.clone();
            again["name"] = json!(free);
            create_app(&world.mark.agent, &again).await;
        }
    }
}

/// Coolify gives a host of its own to what asks for one in its variables: it becomes one of the
/// workspace's, and the variables say so.
#[tokio::test(flavor = "multi_thread")]
async fn hosts_requested_by_variables_are_in_the_workspaces_namespace() {
    const ASKING: &str = "services: {server: {image: 'a/b:1', expose: ['3000'], \
                          environment: {SERVICE_FQDN_SERVER_3000: }}, \
                          admin: {image: 'a/c:1', environment: [SERVICE_URL_ADMIN_8080]}}";
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let agent = &world.mark.agent;
        create_app(agent, &still(json!({ "image": "nginx:1", "name": "crm-admin" }))).await;
        let made = create_app(agent, &json!({ "composeRaw": ASKING, "name": "crm" })).await;
        assert_eq!(urls(&world, &made, "server").await, "https://crm.mark.vibnai.com:3000");
        assert_eq!(urls(&world, &made, "admin").await, "https://crm-admin-2.mark.vibnai.com:8080");
        assert!(made["hints"].to_string().contains("crm-admin-2.mark.vibnai.com"), "{made}");
        let params = json!({ "uuid": made["uuid"] });
        let envs = agent.compact("apps.envs.list", &params).await.expect("variables");
        assert!(!envs.to_string().contains("sslip.io"), "{envs}");
        let find = |key: &str| {
            let envs = envs["envs"].as_array().expect("a list");
            envs.iter().find(|env| env["key"] == key).expect("a variable")["value"].clone()
        };
        assert_eq!(find("SERVICE_FQDN_SERVER"), "crm.mark.vibnai.com");
        assert_eq!(find("SERVICE_URL_ADMIN"), "https://crm-admin-2.mark.vibnai.com");
    }
}
