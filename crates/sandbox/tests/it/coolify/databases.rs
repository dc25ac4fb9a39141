//! The eight flavors of databases.

use covibe_sandbox::coolify::{Collection, Version};
use serde_json::{Value, json};

use crate::simulator_client::{Coolify, PACE, paused_options};

const URLS: [(&str, &str, &str); 8] = [
    ("postgresql", "postgres://postgres:PASSWORD@UUID:5432/postgres", "postgres_password"),
    ("mysql", "mysql://mysql:PASSWORD@UUID:3306/default", "mysql_password"),
    ("mariadb", "mysql://mariadb:PASSWORD@UUID:3306/default", "mariadb_password"),
    (
        "mongodb",
        "mongodb://root:PASSWORD@UUID:27017/?directConnection=true",
        "mongo_initdb_root_password",
    ),
    ("redis", "redis://default:PASSWORD@UUID:6379/0", "redis_password"),
    ("keydb", "redis://:PASSWORD@UUID:6379/0", "keydb_password"),
    ("dragonfly", "redis://:PASSWORD@UUID:6379/0", "dragonfly_password"),
    ("clickhouse", "clickhouse://default:PASSWORD@UUID:9000/default", "clickhouse_admin_password"),
];

#[tokio::test]
async fn every_flavor_has_a_connection_url_but_dragonflys_creation_answer_omits_it() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    for (flavor, url, field) in URLS {
        let answer = coolify
            .post(&format!("/databases/{flavor}"), coolify.with_place(json!({ "name": flavor })))
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let created = answer.json();
        let uuid = created["uuid"].as_str().unwrap();
        let one = coolify.get(&format!("/databases/{uuid}")).await.json();
        let url = url.replace("UUID", uuid).replace("PASSWORD", one[field].as_str().unwrap());
        assert_eq!(one["internal_db_url"], url);
        assert_eq!(created.get("internal_db_url").is_none(), flavor == "dragonfly");
        if flavor != "dragonfly" {
            assert_eq!(created["internal_db_url"], url);
        }
        let kind = (flavor != "keydb").then(|| json!(format!("standalone-{flavor}")));
        assert_eq!(one.get("database_type").cloned(), kind);
        assert!(one["environment_id"].is_i64() && one.get("id").is_none());
    }
    let list = coolify.get("/databases").await.json();
    assert_eq!(list.as_array().unwrap().len(), 9);
}

#[tokio::test]
async fn connection_urls_percent_encode_passwords() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let body = coolify.with_place(
        json!({ "postgres_user": "mark", "postgres_password": "a/b@c", "postgres_db": "site" }),
    );
    let created = coolify.post("/databases/postgresql", body).await.json();
    let url = format!("postgres://mark:a%2Fb%40c@{}:5432/site", created["uuid"].as_str().unwrap());
    assert_eq!(created["internal_db_url"], url);
}

#[tokio::test]
async fn unknown_fields_of_a_database_are_refused_with_an_array_of_names() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let unknown = coolify
        .post("/databases/redis", coolify.with_place(json!({ "colour": "red", "shape": 1 })))
        .await;
    assert_eq!((unknown.status, &unknown.json()["errors"]), (422, &json!(["colour", "shape"])));
    assert_eq!(coolify.simulator.count(Collection::Databases), 1);
}

#[tokio::test]
async fn fields_of_another_database_flavor_are_refused_with_an_object() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let other =
        coolify.post("/databases/redis", coolify.with_place(json!({ "postgres_user": "x" }))).await;
    assert_eq!(
        (other.status, &other.json()["errors"]),
        (422, &json!({ "postgres_user": ["This field is not allowed."] }))
    );
    assert_eq!(coolify.simulator.count(Collection::Databases), 1);
}

#[tokio::test]
async fn a_database_with_invalid_values_is_not_created() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let post = |body: Value| coolify.post("/databases/postgresql", coolify.with_place(body));
    let file = post(json!({ "postgres_conf": "not base64!" })).await;
    assert!(file.json()["errors"]["postgres_conf"].is_string(), "shape b: {}", file.text);
    assert_eq!(post(json!({ "postgres_user": "1 user" })).await.status, 422);
    assert_eq!(post(json!({ "is_public": true, "public_port": 80 })).await.status, 422);
    let typed = post(json!({ "limits_memory": 5 })).await;
    assert_eq!((typed.status, typed.json()), (500, json!({ "message": "Server Error" })));
    assert_eq!(coolify.simulator.count(Collection::Databases), 1);
}

#[tokio::test]
async fn a_database_of_an_unknown_environment_or_flavor_is_not_created() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let mut place = coolify.with_place(json!({ "name": "x" }));
    place["environment_name"] = json!("staging");
    assert_eq!(coolify.post("/databases/postgresql", place).await.status, 422);
    assert_eq!(
        coolify.post("/databases/oracle", coolify.with_place(json!({ "name": "x" }))).await.status,
        404
    );
    assert_eq!(coolify.simulator.count(Collection::Databases), 1);
}

#[tokio::test]
async fn a_public_database_needs_a_port_of_its_own() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let body = |port: Value| coolify.with_place(json!({ "is_public": true, "public_port": port }));
    let quiet = coolify.uuid("/databases/redis", body(Value::Null)).await;
    assert_eq!(coolify.get(&format!("/databases/{quiet}")).await.json()["is_public"], false);
    let created = coolify.post("/databases/redis", body(json!(6400))).await.json();
    assert!(created["external_db_url"].as_str().unwrap().ends_with(":6400/0"));
    let taken = coolify.post("/databases/redis", body(json!(6400))).await;
    assert_eq!(
        (taken.status, taken.json()),
        (400, json!({ "message": "Public port already used by another database." }))
    );
}

#[tokio::test]
async fn a_patch_of_a_redis_answers_a_message_and_does_not_change_its_password() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let path = format!(
        "/databases/{}",
        coolify.uuid("/databases/redis", coolify.with_place(json!({ "name": "a" }))).await
    );
    let before = coolify.get(&path).await.json();
    let answer = coolify.patch(&path, json!({ "name": "b", "redis_password": "changed" })).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "message": "Database updated." })));
    let after = coolify.get(&path).await.json();
    assert_eq!(
        (&after["name"], &after["internal_db_url"]),
        (&json!("b"), &before["internal_db_url"])
    );
    let other = coolify.patch(&path, json!({ "mysql_user": "x" })).await;
    assert_eq!(other.json()["errors"], json!({ "mysql_user": ["This field is not allowed."] }));
}

#[tokio::test]
async fn a_patch_accepts_public_ports_that_a_creation_refuses() {
    for version in Version::ALL {
        let coolify = Coolify::on_release(version).await;
        let body = json!({ "is_public": true, "public_port": 6400 });
        coolify.uuid("/databases/redis", coolify.with_place(body.clone())).await;
        let path = format!(
            "/databases/{}",
            coolify.uuid("/databases/keydb", coolify.with_place(json!({ "name": "a" }))).await
        );
        let taken = coolify.patch(&path, body).await;
        // Since 4.2 nothing looks whether the port is taken.
        let is_stored = version == Version::V4_3;
        assert_eq!(taken.status, if is_stored { 200 } else { 400 }, "{}", taken.text);
        coolify.patch(&path, json!({ "is_public": false, "public_port": null })).await;
        // Stored, though it opens nothing.
        assert_eq!(coolify.patch(&path, json!({ "is_public": true })).await.status, 200);
        let one = coolify.get(&path).await.json();
        assert_eq!((&one["is_public"], &one["external_db_url"]), (&json!(true), &Value::Null));
        assert_eq!(coolify.patch(&path, json!({ "public_port": 80 })).await.status, 200);
        let url = coolify.get(&path).await.json()["external_db_url"].clone();
        assert!(url.as_str().unwrap().contains(":80/"), "{url}");
    }
}

#[tokio::test]
async fn a_database_refuses_to_start_or_stop_twice() {
    let coolify = Coolify::with(paused_options()).await;
    let body = coolify.with_place(json!({ "name": "a", "instant_deploy": true }));
    let path = format!("/databases/{}", coolify.uuid("/databases/mongodb", body).await);
    assert_eq!(coolify.get(&path).await.json()["status"], "exited:unhealthy");
    coolify.simulator.advance(PACE);
    assert_eq!(coolify.get(&path).await.json()["status"], "running:healthy");
    for (verb, status) in [("start", 400), ("stop", 200), ("stop", 400), ("restart", 200)] {
        assert_eq!(
            coolify.post(&format!("{path}/{verb}"), json!({})).await.status,
            status,
            "{verb}"
        );
    }
}

#[tokio::test]
async fn deleting_a_database_deletes_its_volumes_by_default() {
    for (query, kept) in
        [("", false), ("?delete_volumes=true", false), ("?delete_volumes=false", true)]
    {
        let coolify = Coolify::on_release(Version::V4_3).await;
        let uuid =
            coolify.uuid("/databases/mysql", coolify.with_place(json!({ "name": "a" }))).await;
        assert_eq!(coolify.delete(&format!("/databases/{uuid}{query}")).await.status, 200);
        let volume = format!("mysql-data-{uuid}");
        assert_eq!(coolify.simulator.names(Collection::Volumes).contains(&volume), kept, "{query}");
    }
}
