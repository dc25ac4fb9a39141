//! Files and folders that the services of a compose file mount from their repository.

use std::fs;

use serde_json::json;

use super::Site;
use super::repository_compose::{FILE, create_app, file_at_coolify, shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_mounted_folder_of_more_than_50_files_is_refused_unless_the_image_contains_it() {
    let site = Site::new().await;
    site.push(|work| {
        shop(work, FILE);
        for number in 0..60 {
            fs::write(work.join(format!("web/{number}.js")), "1").expect("a file");
        }
    });
    let (_, uuid) = create_app(&site).await;
    assert!(!file_at_coolify(&site, &uuid).await.contains("./web:/app"));
    let reading = FILE.replace("  db:\n", "  db:\n    volumes: ['./web:/docs:ro']\n");
    site.push(|work| shop(work, &reading));
    let refused = site.call("apps.deploy", json!({ "uuid": uuid })).await.expect_err("refused");
    assert!(refused.to_string().contains("more than 50"), "{refused}");
}

/// Their aliases are not written out to find what they mount.
#[tokio::test(flavor = "multi_thread")]
async fn a_compose_file_of_a_call_with_too_many_aliases_is_refused_by_its_size() {
    let site = Site::new().await;
    let mount = |number: usize| format!("./{number}:/{number}, ");
    let mounts: String = (0..1_000).map(mount).collect();
    let service = |number: usize| format!("  s{number}: {{image: 'nginx:1', volumes: *v}}\n");
    let services: String = (0..490).map(service).collect();
    let text = format!("x-v: &v [{mounts}]\nservices:\n{services}");
    let files = json!([
        { "path": "docker-compose.yaml", "content": text },
        { "path": "Dockerfile", "content": "FROM nginx:1\n" },
    ]);
    let params = json!({ "name": "stack", "buildPack": "dockercompose", "files": files });
    let refused = site.call("apps.create", params).await.expect_err("refused");
    assert!(refused.to_string().contains("20,000 values"), "{refused}");
}
