//! `apps.domains.list` and `apps.domains.set`, for all kinds of apps.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_sandbox::coolify::Version;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::fixture::{Ground, STACK, members_of, served_world, text, world};
use crate::support::CallStyle;
use crate::support::workspace_resources::repository;

/// The hosts that a call set or listed.
fn hosts(answer: &Value) -> Vec<&str> {
    members_of(&answer["domains"], "domain")
}

async fn set(ground: &Ground<'_>, uuid: &str, domains: &[&str]) -> Value {
    ground.call_ok("apps.domains.set", json!({ "uuid": uuid, "domains": domains })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apps_domains_are_replaced_on_every_release() {
    for version in Version::ALL {
        let world = world(version).await;
        let ground = Ground::new(&world, &world.mark);
        let uuid = ground.repo_app("site").await;
        let listed = ground.call_ok("apps.domains.list", json!({ "uuid": uuid })).await;
        assert_eq!(listed["uuid"], json!(uuid));
        assert_eq!(
            listed["domains"],
            json!([{ "domain": "site.mark.vibnai.com", "url": "https://site.mark.vibnai.com" }])
        );
        let wanted =
            ["API.mark.vibnai.com", "https://api.mark.vibnai.com/", "www.mark.vibnai.com:8080"];
        let answer = set(&ground, &uuid, &wanted).await;
        assert_eq!(hosts(&answer), ["api.mark.vibnai.com", "www.mark.vibnai.com"]);
        assert_eq!(
            (&answer["domains"][1]["port"], &answer["domains"][1]["url"]),
            (&json!(8080), &json!("https://www.mark.vibnai.com"))
        );
        assert_eq!(answer["removed"], json!(["site.mark.vibnai.com"]));
        assert_eq!((answer.get("notPersisted"), &answer["needsDeploy"]), (None, &json!(true)));
        assert_eq!(
            ground.application(&uuid).await["fqdn"],
            "https://api.mark.vibnai.com,https://www.mark.vibnai.com:8080"
        );
        let again = set(&ground, &uuid, &["api.mark.vibnai.com", "www.mark.vibnai.com"]).await;
        assert_eq!(again["needsDeploy"], false, "the port is kept: {again}");
        let none = set(&ground, &uuid, &[]).await;
        assert_eq!((&none["domains"], none.get("hint")), (&json!([]), None), "{none}");
        let service = json!({ "uuid": uuid, "domains": [], "service": "web" });
        ground.call_refused("apps.domains.set", service, 400).await;
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn domains_of_a_compose_app_are_attached_to_its_services() {
    for version in Version::ALL {
        let world = world(version).await;
        let ground = Ground::new(&world, &world.mark);
        let uuid = ground.stack("crm", STACK).await;
        let listed = ground.call_ok("apps.domains.list", json!({ "uuid": uuid })).await;
        let own = json!([{ "domain": "crm.mark.vibnai.com", "service": "server",
                           "url": "https://crm.mark.vibnai.com", "port": 3000 }]);
        assert_eq!(listed["domains"], own);
        // `server` where none is named; its container's port stays.
        let answer = set(&ground, &uuid, &["new.mark.vibnai.com"]).await;
        assert_eq!(answer["domains"][0]["port"], 3000, "{answer}");
        assert_eq!(answer["removed"], json!(["crm.mark.vibnai.com"]));
        let of_worker =
            json!({ "uuid": uuid, "domains": ["jobs.mark.vibnai.com"], "service": "worker" });
        let answer = ground.call_ok("apps.domains.set", of_worker).await;
        assert_eq!(hosts(&answer), ["new.mark.vibnai.com", "jobs.mark.vibnai.com"]);
        assert_eq!(answer["domains"][1]["port"], 9000, "what its file exposes: {answer}");
        let kept = ground.service(&uuid).await;
        let urls = ["https://new.mark.vibnai.com:3000", "https://jobs.mark.vibnai.com:9000"];
        // Coolify returns them in any order.
        let mut kept = members_of(&kept["applications"], "fqdn");
        kept.sort_unstable();
        assert_eq!(kept, [urls[1], urls[0]], "as Coolify has them");
        let clash =
            json!({ "uuid": uuid, "domains": ["new.mark.vibnai.com"], "service": "worker" });
        let refused = ground.call_refused("apps.domains.set", clash, 409).await;
        assert!(refused["hint"].to_string().contains("server"), "{refused}");
        for (service, word) in [("db", "database"), ("no-such", "no service")] {
            let params =
                json!({ "uuid": uuid, "domains": ["x.mark.vibnai.com"], "service": service });
            let refused = ground.call_refused("apps.domains.set", params, 400).await;
            assert!(refused["error"].to_string().contains(word), "{refused}");
            let hint = refused["hint"].to_string();
            assert!(hint.contains("server, worker") && !hint.contains("db"), "{refused}");
        }
        let none = set(&ground, &uuid, &[]).await;
        assert_eq!(hosts(&none), ["jobs.mark.vibnai.com"]);
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn domains_of_a_stack_without_a_server_go_to_its_first_web_service() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let file = "services:\n  db:\n    image: postgres:16\n  web:\n    image: nginx:1\n    expose: [\"80\"]\n";
    let uuid = ground.stack("blog", file).await;
    let answer = set(&ground, &uuid, &["a.mark.vibnai.com"]).await;
    assert_eq!(
        (&answer["domains"][0]["service"], &answer["domains"][0]["port"]),
        (&json!("web"), &json!(80))
    );
}

/// Writes a file into a repository as the workspace's agent.
async fn commit(ground: &Ground<'_>, repo: &str, path: &str, content: &str) {
    let content = STANDARD.encode(content);
    let body = json!({ "content": content, "message": "compose" });
    ground.gitea(repo, &format!("contents/{path}"), &body).await;
}

async fn until_finished(ground: &Ground<'_>, uuid: &str) {
    for _ in 0..400 {
        let listed = ground.call_ok("apps.deployments", json!({ "uuid": uuid })).await;
        match listed["deployments"][0]["status"].as_str() {
            Some("finished") => return,
            Some("queued" | "in_progress") => {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            other => panic!("{other:?}: {listed}"),
        }
    }
    panic!("the deployment does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_compose_app_accepts_domains_after_its_first_deployment() {
    for version in Version::ALL {
        let world = world(version).await;
        let ground = Ground::new(&world, &world.mark);
        let repo = repository(ground.agent(), "shop").await;
        let file = "services:\n  web:\n    build: .\n  api:\n    build: ./api\n  db:\n    image: postgres:16\n";
        commit(&ground, &repo, "docker-compose.yaml", file).await;
        commit(&ground, &repo, "Dockerfile", "FROM node:22\n").await;
        commit(&ground, &repo, "api/Dockerfile", "FROM node:22\n").await;
        let create = json!({ "repo": repo, "dockerComposeLocation": "/docker-compose.yaml", "instantDeploy": false, "composeService": "web" });
        let uuid = text(&ground.call_ok("apps.create", create).await["uuid"]);
        let early = json!({ "uuid": uuid, "domains": ["shop.mark.vibnai.com"], "service": "web" });
        let of_api =
            json!({ "uuid": uuid, "domains": ["api.mark.vibnai.com:9000"], "service": "api" });
        let refused = ground.call_refused("apps.domains.set", of_api.clone(), 422).await;
        assert!(refused["hint"].to_string().contains("apps.deploy"), "{refused}");
        ground.call_ok("apps.deploy", json!({ "uuid": uuid })).await;
        until_finished(&ground, &uuid).await;
        let answer = ground.call_ok("apps.domains.set", early).await;
        let own = json!([{ "domain": "shop.mark.vibnai.com", "service": "web", "url": "https://shop.mark.vibnai.com" }]);
        assert_eq!(answer["domains"], own, "on {}", version.text());
        let answer = ground.call_ok("apps.domains.set", of_api).await;
        assert_eq!(
            answer["domains"].as_array().map(Vec::len),
            Some(2),
            "web keeps its own: {answer}"
        );
        let unknown =
            json!({ "uuid": uuid, "domains": ["x.mark.vibnai.com"], "service": "server" });
        let refused = ground.call_refused("apps.domains.set", unknown, 400).await;
        assert!(refused["hint"].to_string().contains("web, api, db"), "{refused}");
        let none = json!({ "uuid": uuid, "domains": [], "service": "api" });
        let answer = ground.call_ok("apps.domains.set", none).await;
        assert_eq!(hosts(&answer), ["shop.mark.vibnai.com"]);
        assert_eq!(answer["removed"], json!(["api.mark.vibnai.com"]));
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_in_use_is_refused_for_another_app_with_a_free_suggestion() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let one = ground.image_app("one").await;
    let two = ground.stack("two", STACK).await;
    let auth = json!({ "provider": "pocketbase", "name": "auth" });
    let auth = ground.call_ok("auth.create", auth).await;
    let of_auth = auth["domains"][0].as_str().expect("a host").to_owned();
    for (uuid, host) in [
        (&one, "two.mark.vibnai.com"),
        (&one, "two.mark.vibnai.com:3000"),
        (&one, of_auth.as_str()),
        (&two, "http://one.mark.vibnai.com"),
    ] {
        let params = json!({ "uuid": uuid, "domains": [host] });
        let refused = ground.call_refused("apps.domains.set", params, 409).await;
        let free = text(&refused["details"]["suggestion"]["domain"]);
        assert!(refused["hint"].as_str().is_some_and(|hint| hint.contains(&free)), "{refused}");
        let spare = json!({ "uuid": one, "domains": [free] });
        let spare = ground.call_ok("apps.domains.set", spare).await;
        assert_eq!(hosts(&spare), [free.as_str()]);
        set(&ground, &one, &["one.mark.vibnai.com"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_refusal_of_a_taken_domain_does_not_disclose_its_owner() {
    for version in Version::ALL {
        let world = world(version).await;
        let ground = Ground::new(&world, &world.mark);
        let theirs = Ground::new(&world, &world.justine).image_app("theirs").await;
        let (app, stack) = (ground.image_app("web").await, ground.stack("crm", STACK).await);
        // By an operator's hand: a host of this workspace leads to somebody else's app.
        let grabbed = json!({ "domains": "https://grabbed.mark.vibnai.com" });
        ground.coolify("PATCH", &format!("/applications/{theirs}"), &grabbed).await;
        let port = |uuid: &String| if *uuid == stack { ":443" } else { "" };
        for uuid in [&app, &stack] {
            let host = format!("grabbed.mark.vibnai.com{}", port(uuid));
            let params = json!({ "uuid": uuid, "domains": [host] });
            let before = ground.call_ok("apps.domains.list", json!({ "uuid": uuid })).await;
            let (status, answer) = ground.call("apps.domains.set", params).await;
            if status == 200 {
                // Coolify compares whole URLs: with a port it is another one.
                assert_eq!(*uuid, stack, "{answer}");
                continue;
            }
            assert_eq!(
                (status, &answer["error"]),
                (409, &json!("The domain grabbed.mark.vibnai.com is taken."))
            );
            assert!(
                !answer.to_string().contains("theirs") && !answer.to_string().contains(&theirs),
                "{answer}"
            );
            assert_eq!(ground.call_ok("apps.domains.list", json!({ "uuid": uuid })).await, before);
        }
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn domains_that_coolify_drops_are_reported_with_the_reason() {
    for version in Version::ALL {
        let mut options = Options::default();
        options.coolify.version = version;
        options.coolify.is_build_server = true;
        let world = World::start(options).await.expect("SQLite is built in");
        let ground = Ground::new(&world, &world.mark);
        let create = json!({ "image": "nginx:1.27", "name": "web", "instantDeploy": false });
        let (status, made) = ground.call("apps.create", create).await;
        if version == Version::V4_3 {
            assert!(status >= 400, "nothing can be created on a build server: {made}");
            continue;
        }
        let uuid = text(&made["uuid"]);
        let answer = set(&ground, &uuid, &["a.mark.vibnai.com"]).await;
        assert_eq!(answer["notPersisted"], json!(["a.mark.vibnai.com"]), "{answer}");
        assert!(answer["hint"].as_str().is_some_and(|hint| hint.contains("proxy")), "{answer}");
        assert_eq!((&answer["domains"], &answer["needsDeploy"]), (&json!([]), &json!(false)));
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_domains_are_refused_by_every_surface() {
    let world = served_world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let app = ground.image_app("my-api").await;
    let stack = ground.stack("my-stack", STACK).await;
    let requests = world.coolify.requests().len();
    for via in CallStyle::ALL {
        for (uuid, name) in [(&app, "my-api"), (&stack, "my-stack")] {
            for host in ["evil.com", "my-site.justine.vibnai.com", "10.0.0.1", "mark.vibnai.com"] {
                let params = json!({ "uuid": uuid, "domains": ["ok.mark.vibnai.com", host] });
                let (status, refused) = ground.call_by(via, "apps.domains.set", &params).await;
                assert_eq!(status, 403, "{refused}");
                let error = format!("Domain {host} is not allowed; must end with .mark.vibnai.com");
                assert_eq!(refused["error"], error);
                let hint = refused["hint"].as_str().expect("a hint");
                let expected = format!("Use {name}.mark.vibnai.com. ");
                assert!(hint.starts_with(&expected) && hint.contains("attach"), "{hint}");
            }
            let params = json!({ "uuid": uuid, "domains": ["*.mark.vibnai.com"] });
            let (status, refused) = ground.call_by(via, "apps.domains.set", &params).await;
            assert_eq!(status, 422, "{refused}");
            assert_eq!(refused["error"], "*.mark.vibnai.com is not a valid host name.");
            let fields = &refused["details"]["fields"];
            assert_eq!(fields["domains[0]"], json!(["is not a valid host name"]), "{refused}");
            let params =
                json!({ "image": "nginx:1", "name": "new", "domain": "*.mark.vibnai.com" });
            let (status, refused) = ground.call_by(via, "apps.create", &params).await;
            assert_eq!(status, 422, "{refused}");
            assert!(refused["details"]["fields"]["domain"].is_array(), "{refused}");
            for host in [
                "ok.mark.vibnai.com/path",
                "u:p@ok.mark.vibnai.com",
                "ok.mark.vibnai.com:0",
                "ftp://ok.mark.vibnai.com",
            ] {
                let params = json!({ "uuid": uuid, "domains": [host] });
                let (status, refused) = ground.call_by(via, "apps.domains.set", &params).await;
                assert_eq!(status, 400, "{host}: {refused}");
                assert!(
                    refused["error"].as_str().is_some_and(|text| text.contains("domains[0]")),
                    "{refused}"
                );
            }
        }
    }
    let many: Vec<_> = (0..21).map(|n| format!("a{n}.mark.vibnai.com")).collect();
    ground.call_refused("apps.domains.set", json!({ "uuid": app, "domains": many }), 400).await;
    let written = world.coolify.requests().into_iter().skip(requests);
    assert!(
        written.clone().count() > 0 && written.into_iter().all(|request| request.method == "GET")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_of_two_concurrent_calls_gets_a_host() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let (one, two) = (ground.image_app("one").await, ground.image_app("two").await);
    for round in 0..6 {
        let host = format!("wanted-{round}.mark.vibnai.com");
        let set = async |uuid: &str| {
            let params = json!({ "uuid": uuid, "domains": [host] });
            ground.call("apps.domains.set", params).await.0
        };
        let (first, second) = tokio::join!(set(&one), set(&two));
        assert!(matches!((first, second), (200 | 409, 409) | (409, 200)), "{first} {second}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_with_a_lost_answer_is_reported_as_possibly_applied() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuids = [ground.repo_app("site").await, ground.stack("crm", STACK).await];
    for (uuid, kind) in uuids.iter().zip(["applications", "services"]) {
        for (tool, params) in [
            ("apps.domains.set", json!({ "uuid": uuid, "domains": ["x.mark.vibnai.com"] })),
            ("apps.update", json!({ "uuid": uuid, "patch": { "description": "x" } })),
        ] {
            let path = format!("/{kind}/{uuid}");
            world.coolify.arm(Fault::new(Name::StatusAfter).on("PATCH", &path).status(500));
            let failure = ground.call_refused(tool, params.clone(), 502).await;
            assert_eq!(failure["details"]["mayHaveHappened"], true, "{failure}");
            // The same call again ends it.
            ground.call_ok(tool, params).await;
            set(&ground, uuid, &[]).await;
        }
    }
}
