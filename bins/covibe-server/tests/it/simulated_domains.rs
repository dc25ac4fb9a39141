//! The sandbox alone serves the whole way from a search to a domain that DNS answers for.

use covibe_testkit_http::dns_queries;
use serde_json::json;

use crate::sandbox_process::Sandbox;

#[tokio::test]
async fn the_sandbox_supports_buying_and_attaching_a_domain() {
    let sandbox = Sandbox::start();
    let done = async |tool: &str, params| sandbox.call_successfully(tool, params).await;
    let found = done("domains.search", json!({ "names": ["my-shop.com"] })).await;
    assert_eq!(found["domains"][0]["available"], true, "{found}");
    let contact = json!({ "firstName": "Ada", "lastName": "Lovelace", "address1": "1 Main St",
                          "city": "Ottawa", "state": "ON", "country": "CA", "postalCode": "K1A 0B1",
                          "phone": "+1.6135550123", "email": "ada@example.com" });
    done("domains.register", json!({ "domain": "my-shop.com", "contact": contact })).await;
    let app = json!({ "image": "nginx:1.27", "name": "shop", "instantDeploy": false });
    let app = done("apps.create", app).await;
    let attach = json!({ "domain": "my-shop.com", "appUuid": app["uuid"] });
    let attached = done("domains.attach", attach).await;
    assert_eq!(attached["hosts"], json!(["my-shop.com", "www.my-shop.com"]), "{attached}");
    let server = sandbox.text("/upstreams/dns/address").parse().expect("an address");
    for host in ["my-shop.com", "www.my-shop.com"] {
        assert_eq!(dns_queries::ask(server, host, "A").await, ["198.51.100.7"], "{host}");
    }
}
