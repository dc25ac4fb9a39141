//! New databases.

use covibe_domain::entities::Flavor;
use covibe_sandbox::Recorded;
use covibe_sandbox::coolify::{Collection, Version};
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{call, call_refused, expect_success, writes};
use crate::support::tool_name_spelling::dotted;
use crate::support::{CallStyle, served, served_on};

/// Of every sort of letter that a password may have.
const PASSWORD: &str = "aZ9!@#%^*_+-=[]:,.?/~";

/// A text with its `%XX` taken back.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).expect("two digits"));
        bytes.extend(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// Holds when it is the URL that was expected, and can be taken apart again.
fn assert_url(url: &Value, expected: &str, uuid: &str) {
    let url = url.as_str().expect("a URL");
    let expected = expected.replace("‹p›", PASSWORD).replace("‹uuid›", uuid);
    assert_eq!(decoded(url), expected);
    let parts = reqwest::Url::parse(url).expect("a URL");
    assert_eq!(
        (parts.host_str(), parts.password().map(decoded)),
        (Some(uuid), Some(PASSWORD.to_owned()))
    );
}

/// The credentials that a flavor has, and the URL that they make; `‹p›` stands for the password.
fn requested_database(flavor: Flavor) -> (Value, &'static str) {
    let user = json!({ "user": "app_user", "password": PASSWORD });
    let all = json!({ "user": "app_user", "password": PASSWORD, "database": "app_db" });
    let password = json!({ "password": PASSWORD });
    match flavor {
        Flavor::Postgresql => (all, "postgres://app_user:‹p›@‹uuid›:5432/app_db"),
        Flavor::Mysql | Flavor::Mariadb => (all, "mysql://app_user:‹p›@‹uuid›:3306/app_db"),
        Flavor::Mongodb => (all, "mongodb://app_user:‹p›@‹uuid›:27017/?directConnection=true"),
        Flavor::Redis => (password, "redis://default:‹p›@‹uuid›:6379/0"),
        Flavor::Keydb | Flavor::Dragonfly => (password, "redis://:‹p›@‹uuid›:6379/0"),
        Flavor::Clickhouse => (user, "clickhouse://app_user:‹p›@‹uuid›:9000/default"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn database_urls_contain_the_requested_credentials() {
    for version in Version::ALL {
        let world = served_on(version).await;
        for (flavor, via) in Flavor::ALL.iter().zip(CallStyle::ALL.into_iter().cycle()) {
            let (credentials, url) = requested_database(*flavor);
            let params = json!({ "type": flavor, "credentials": credentials });
            let made = expect_success(&world, via, "databases.create", &params).await;
            let uuid = made["uuid"].as_str().expect("a text");
            assert_url(&made["internalUrl"], url, uuid);
            let got = expect_success(&world, via, "databases.get", &json!({ "uuid": uuid })).await;
            assert_eq!(got["internalUrl"], made["internalUrl"], "on {}", version.text());
            assert_eq!(got["type"], flavor.as_str());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unsupported_parameters_of_a_type_are_refused_before_any_request() {
    let world = served(Options::default()).await;
    let before = world.coolify.requests().len();
    let with = |flavor: &str, more: Value| {
        let mut params = json!({ "type": flavor });
        params
            .as_object_mut()
            .expect("an object")
            .extend(more.as_object().cloned().unwrap_or_default());
        params
    };
    let credentials = |name: &str, value: &str| json!({ "credentials": { name: value } });
    let long = "a".repeat(64);
    let endless = "a".repeat(129);
    for params in [
        with("redis", credentials("user", "app")),
        with("keydb", credentials("database", "app")),
        with("dragonfly", credentials("user", "app")),
        with("clickhouse", credentials("database", "app")),
        with("mysql", credentials("user", "root")),
        with("mariadb", credentials("user", "ROOT")),
        with("postgresql", credentials("user", "1app")),
        with("postgresql", credentials("user", &long)),
        with("postgresql", credentials("database", "a-b")),
        with("postgresql", credentials("database", "a; DROP TABLE x")),
        with("postgresql", credentials("password", " ")),
        with("postgresql", credentials("password", "with blank")),
        with("postgresql", credentials("password", "a'b")),
        with("postgresql", credentials("password", "a$b")),
        with("redis", credentials("password", "{{team.SECRET}}")),
        with("redis", credentials("password", "a(b")),
        with("redis", credentials("password", "a{{server.KEY}}b")),
        with("postgresql", credentials("password", &endless)),
        with("postgresql", json!({ "image": "postgres:" })),
        with("postgresql", json!({ "image": "postgres; id" })),
        with("postgresql", json!({ "image": "a//b" })),
        with("postgresql", json!({ "limits": { "memory": "1" } })),
        with("postgresql", json!({ "limits": { "memory": "1k" } })),
        with("postgresql", json!({ "limits": { "memory": "5m" } })),
        with("postgresql", json!({ "limits": { "cpus": "-1" } })),
        with("postgresql", json!({ "limits": { "swap": "1g" } })),
        with("postgresql", json!({ "isPublic": true, "publicPort": 1023 })),
        with("postgresql", json!({ "isPublic": true, "publicPort": 65536 })),
        with("postgresql", json!({ "instantDeploy": false })),
    ] {
        let told = call(&world, CallStyle::Modern, "databases.create", &params).await;
        assert_eq!(told.status, 400, "{params}: {}", told.answer.text);
    }
    for port in [2222, 3000, 8000] {
        let reserved = with("postgresql", json!({ "isPublic": true, "publicPort": port }));
        let told = call(&world, CallStyle::Modern, "databases.create", &reserved).await;
        assert_eq!(told.status, 422, "{}", told.answer.text);
    }
    assert_eq!(world.coolify.requests().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_parameter_of_a_database_creation_is_sent_to_coolify() {
    for version in Version::ALL {
        let world = served_on(version).await;
        let params = json!({
            "type": "postgresql", "name": "main", "image": "postgres:17-alpine", "isPublic": true,
            "publicPort": 15432, "limits": { "memory": "512m", "cpus": "0.5" },
        });
        let made = expect_success(&world, CallStyle::JsonRpc, "databases.create", &params).await;
        assert_eq!((&made["isPublic"], &made["publicPort"]), (&json!(true), &json!(15432)));
        assert_eq!(made["image"], "postgres:17-alpine");
        assert!(made["externalUrl"].as_str().is_some_and(|url| url.contains(":15432/")), "{made}");
        let requests = world.coolify.requests();
        let body = requests.iter().find(|one| one.path.ends_with("/databases/postgresql"));
        let body = body.and_then(|one| one.body.clone()).expect("a body");
        assert_eq!((&body["limits_memory"], &body["limits_cpus"]), (&json!("512m"), &json!("0.5")));
        assert_eq!(body["limits_memory_swap"], json!("512m"), "no swap beside the memory");
        assert_eq!(body["instant_deploy"], false, "it is started in a place of its own");
        assert!(requests.iter().any(|one| one.path.ends_with("/start")), "{requests:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_port_in_use_is_refused_for_another_database() {
    for version in Version::ALL {
        let world = served_on(version).await;
        let public = |name: &str, port: u16| json!({ "type": "redis", "name": name, "isPublic": true, "publicPort": port });
        expect_success(&world, CallStyle::Rest, "databases.create", &public("first", 16379)).await;
        for via in CallStyle::ALL {
            let told =
                call_refused(&world, via, "databases.create", &public("second", 16379), 409).await;
            assert!(
                told["hint"].as_str().is_some_and(|hint| hint.contains("publicPort")),
                "{told}"
            );
        }
        assert_eq!(
            world.coolify.names(Collection::Databases).iter().filter(|n| *n == "second").count(),
            0
        );
        expect_success(&world, CallStyle::Rest, "databases.create", &public("second", 16380)).await;
    }
}

/// Somebody may take the port between the look and the creation.
#[tokio::test(flavor = "multi_thread")]
async fn an_automatically_chosen_port_taken_meanwhile_is_replaced() {
    let world = World::embedded().await;
    let taken = json!({ "message": "Public port already used by another database." });
    let fault = Fault::new(Name::Status).status(400).body(taken).on("POST", "/databases/redis");
    let params = |name: &str| json!({ "type": "redis", "name": name, "isPublic": true });
    world.coolify.arm(fault.clone().times(2));
    let made = expect_success(&world, CallStyle::Tool, "databases.create", &params("first")).await;
    assert!(made["publicPort"].is_u64(), "{made}");
    world.coolify.arm(fault.times(u32::MAX));
    call_refused(&world, CallStyle::Tool, "databases.create", &params("second"), 409).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_creation_after_a_lost_answer_returns_the_databases_url() {
    let world = World::embedded().await;
    for flavor in Flavor::ALL {
        let (credentials, url) = requested_database(*flavor);
        let params =
            json!({ "type": flavor, "name": format!("{flavor}-x"), "credentials": credentials });
        let path = format!("/databases/{flavor}");
        world.coolify.arm(Fault::new(Name::DropAfter).on("POST", &path));
        call_refused(&world, CallStyle::Tool, "databases.create", &params, 502).await;
        let creations = || {
            let requests = world.coolify.requests();
            let is_it = |one: &&Recorded| one.method == "POST" && one.path.ends_with(&path);
            requests.iter().filter(is_it).count()
        };
        let before = creations();
        let made = expect_success(&world, CallStyle::Tool, "databases.create", &params).await;
        assert_eq!(creations(), before, "it is found, not made again");
        let uuid = made["uuid"].as_str().expect("a text");
        assert_url(&made["internalUrl"], url, uuid);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_creation_of_a_database_with_other_values_is_a_conflict() {
    for version in Version::ALL {
        let world = served_on(version).await;
        let base = json!({ "type": "postgresql", "name": "main" });
        let with = |more: &Value| {
            let mut params = base.clone();
            params
                .as_object_mut()
                .expect("an object")
                .extend(more.as_object().expect("one").clone());
            params
        };
        let first = json!({ "image": "postgres:17-alpine", "isPublic": true, "publicPort": 15432,
            "credentials": { "user": "app", "password": PASSWORD, "database": "shop" },
            "limits": { "memory": "512m", "cpus": "0.5" } });
        world.coolify.arm(Fault::new(Name::DropAfter).on("POST", "/databases/postgresql"));
        call_refused(&world, CallStyle::Tool, "databases.create", &with(&first), 502).await;
        let before = writes(&world);
        let second = json!({ "image": "postgres:16", "isPublic": false,
            "credentials": { "user": "other", "password": "hunter2hunter2", "database": "other" },
            "limits": { "memory": "1g", "cpus": "2" } });
        let all = [
            "credentials.user",
            "credentials.password",
            "credentials.database",
            "isPublic",
            "image",
            "limits.memory",
            "limits.cpus",
        ];
        for via in CallStyle::ALL {
            let told = call_refused(&world, via, "databases.create", &with(&second), 409).await;
            assert_eq!(told["details"]["differs"], json!(all), "{told}");
            let hint = dotted(told["hint"].clone()).to_string();
            assert!(hint.contains("databases.delete"), "{told}");
            assert!(!told.to_string().contains("hunter2"), "{told}");
            let other = with(&json!({ "publicPort": 15433, "isPublic": true }));
            let told = call_refused(&world, via, "databases.create", &other, 409).await;
            assert_eq!(told["details"]["differs"], json!(["publicPort"]), "{told}");
            let hint = dotted(told["hint"].clone()).to_string();
            assert!(hint.contains("databases.update"), "{told}");
        }
        assert_eq!(writes(&world), before, "nothing is changed by the way");
        // As often as it was refused, the first call's values finish it; so does asking for none.
        let params = if version == Version::V4_1 { base.clone() } else { with(&first) };
        let made = expect_success(&world, CallStyle::Tool, "databases.create", &params).await;
        assert_eq!(
            (&made["image"], &made["publicPort"]),
            (&json!("postgres:17-alpine"), &json!(15432))
        );
    }
}
