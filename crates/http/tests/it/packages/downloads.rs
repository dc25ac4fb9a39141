//! The files and the registry, as any client of HTTP sees them.

use std::fs;

use covibe_testkit_http::World;
use reqwest::Method;
use serde_json::json;

use super::{Stranger, put_package};

const PATHS: [&str; 5] = [
    "/downloads/co-vibe.tgz",
    "/downloads/co-vibe.json",
    "/downloads/co-vibe-2.4.0.tgz",
    "/npm/@co-vibe%2flocal",
    "/npm/@co-vibe/local/-/local-2.4.0.tgz",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_package_names_the_command_that_builds_one() {
    let world = World::embedded().await;
    let stranger = Stranger::at(&world);
    for path in PATHS {
        let answer = stranger.get(path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
        let told = answer.json();
        assert_eq!(told["error"], "This server has no package of the companion.", "{path}");
        assert!(told["hint"].as_str().is_some_and(|hint| hint.contains("cargo xtask package")));
    }
    // It is found without a restart.
    put_package(&world, "2.4.0", b"tarball");
    for path in PATHS {
        assert_eq!(stranger.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_download_is_revalidated_and_versioned_ones_are_cached_forever() {
    let world = World::embedded().await;
    let stranger = Stranger::at(&world);
    for version in ["2.4.0", "2.10.0", "2.10.0-rc.1"] {
        put_package(&world, version, format!("tarball {version}").as_bytes());
    }
    let newest = stranger.get("/downloads/co-vibe.tgz").await;
    assert_eq!((newest.status, newest.text.as_str()), (200, "tarball 2.10.0"));
    assert_eq!(newest.headers["content-type"], "application/gzip");
    assert_eq!(newest.headers["cache-control"], "no-cache");
    assert_eq!(newest.headers["content-length"], "14");
    assert_eq!(newest.headers["content-disposition"], "attachment; filename=co-vibe-2.10.0.tgz");
    assert_eq!(newest.headers["x-content-type-options"], "nosniff");
    let tag = newest.headers["etag"].clone();
    let again = stranger.ask(Method::GET, "/downloads/co-vibe.tgz", Some(&tag)).await;
    assert_eq!(
        (again.status().as_u16(), again.headers()["etag"].to_str().unwrap()),
        (304, tag.as_str())
    );
    assert_eq!(again.headers()["cache-control"], "no-cache");
    for version in ["2.4.0", "2.10.0", "2.10.0-rc.1"] {
        let answer = stranger.get(&format!("/downloads/co-vibe-{version}.tgz")).await;
        assert_eq!((answer.status, answer.text), (200, format!("tarball {version}")));
        assert_eq!(answer.headers["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(answer.headers["etag"] == tag, version == "2.10.0");
    }
    let missing = stranger.get("/downloads/co-vibe-2.5.0.tgz").await;
    assert_eq!(missing.status, 404);
    assert!(missing.json()["hint"].as_str().is_some_and(|hint| hint.contains("2.10.0")));

    put_package(&world, "2.11.0", b"newer");
    let newer = stranger.ask(Method::GET, "/downloads/co-vibe.tgz", Some(&tag)).await;
    assert_eq!(newer.status(), 200, "whoever has the one before gets the newer one");
    assert_eq!(newer.text().await.expect("a body"), "newer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_request_returns_the_headers_of_a_download_without_its_body() {
    let world = World::embedded().await;
    let stranger = Stranger::at(&world);
    put_package(&world, "2.4.0", b"tarball");
    for path in PATHS {
        let got = stranger.get(path).await;
        let head = stranger.ask(Method::HEAD, path, None).await;
        assert_eq!(head.status(), 200, "{path}");
        for name in ["content-length", "etag", "cache-control", "content-type"] {
            assert_eq!(head.headers()[name], got.headers[name], "{path}: {name}");
        }
        assert_eq!(head.text().await.expect("no body"), "");
        let refused = stranger.ask(Method::POST, path, None).await;
        assert_eq!(
            (refused.status().as_u16(), refused.headers()["allow"].to_str().unwrap()),
            (405, "GET, HEAD")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_version_is_described_with_the_command_that_installs_it() {
    let world = World::embedded().await;
    let stranger = Stranger::at(&world);
    let record = put_package(&world, "2.4.0", b"tarball");
    let answer = stranger.get("/downloads/co-vibe.json").await;
    let install = format!("npm install --save-dev {}/downloads/co-vibe.tgz", stranger.origin);
    let expected = json!({
        "version": "2.4.0", "size": 7, "integrity": record["integrity"], "sha256": record["sha256"],
        "install": install,
    });
    assert_eq!((answer.status, answer.json()), (200, expected));
    assert_eq!(answer.headers["cache-control"], "no-cache");
    let tag = answer.headers["etag"].clone();
    assert_eq!(
        stranger.ask(Method::GET, "/downloads/co-vibe.json", Some(&tag)).await.status(),
        304
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registry_lists_every_version_below_its_own_address() {
    let world = World::embedded().await;
    let stranger = Stranger::at(&world);
    put_package(&world, "2.4.0", b"old");
    let record = put_package(&world, "2.5.0", b"new");
    let documents =
        ["@co-vibe%2flocal", "@co-vibe%2Flocal", "@co-vibe/local", "%40co-vibe%2flocal"];
    for name in documents {
        let answer = stranger.get(&format!("/npm/{name}")).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text);
        let told = answer.json();
        assert_eq!(
            (&told["name"], &told["dist-tags"]["latest"]),
            (&json!("@co-vibe/local"), &json!("2.5.0"))
        );
        let versions = told["versions"].as_object().expect("versions");
        assert_eq!(versions.len(), 2);
        let newest = &versions["2.5.0"];
        assert_eq!(newest["name"], "@co-vibe/local");
        assert_eq!(newest["bin"]["covibe-local"], "bin/covibe-local.js");
        assert_eq!(newest["dist"]["integrity"], record["scoped"]["integrity"]);
        let tarball = newest["dist"]["tarball"].as_str().expect("an address");
        let path = tarball.strip_prefix(&format!("{}/npm/", stranger.origin)).expect("its own");
        let tarball = stranger.get(&format!("/npm/{path}")).await;
        assert_eq!((tarball.status, tarball.text.as_str()), (200, "scoped new"));
    }
    for other in [
        "@co-vibe%2fother",
        "co-vibe",
        "@co-vibe",
        "@co-vibe/local/",
        "@co-vibe/local/-/local-9.9.9.tgz",
    ] {
        assert_eq!(stranger.get(&format!("/npm/{other}")).await.status, 404, "{other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_in_download_paths_reach_no_other_files() {
    let world = World::embedded().await;
    let stranger = Stranger::at(&world);
    put_package(&world, "2.4.0", b"tarball");
    let folder = world.companion();
    for name in ["secret.tgz", "co-vibe-x.tgz", "co-vibe-local.tgz"] {
        fs::write(folder.join(name), "secret").expect("a file");
    }
    fs::write(folder.with_file_name("co-vibe-1.0.0.tgz"), "secret").expect("a file");
    for path in [
        "/downloads/secret.tgz",
        "/downloads/co-vibe-x.tgz",
        "/downloads/co-vibe-local.tgz",
        "/downloads/co-vibe-local-2.4.0.tgz",
        "/downloads/co-vibe-2.4.0.json",
        "/downloads/co-vibe-..%2fco-vibe-1.0.0.tgz",
        "/downloads/..%2fco-vibe-1.0.0.tgz",
        "/downloads/%2e%2e%2fcovibe.sqlite",
        "/downloads/co-vibe-2.4.0.tgz%00",
        "/downloads/",
        "/npm/@co-vibe/local/-/local-..%2f..%2fco-vibe-1.0.0.tgz",
        "/npm/@co-vibe%2flocal%2f-%2f..%2f..%2fsecret.tgz",
        "/npm/",
    ] {
        let answer = stranger.get(path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
        assert!(answer.json()["error"].is_string(), "{path}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn symbolic_links_and_incomplete_packages_are_not_served() {
    let world = World::embedded().await;
    let stranger = Stranger::at(&world);
    put_package(&world, "2.4.0", b"tarball");
    for version in ["3.0.0", "3.1.0", "3.2.0"] {
        put_package(&world, version, b"tarball");
    }
    let file = |name: &str| world.companion().join(name);
    let elsewhere = world.companion().with_file_name("secret");
    fs::write(&elsewhere, "secret!").expect("a file");
    fs::remove_file(file("co-vibe-3.0.0.tgz")).expect("removed");
    std::os::unix::fs::symlink(&elsewhere, file("co-vibe-3.0.0.tgz")).expect("a link");
    fs::write(file("co-vibe-3.1.0.tgz"), "half").expect("a file");
    fs::write(file("co-vibe-3.2.0.json"), "{").expect("a file");
    for version in ["3.0.0", "3.1.0", "3.2.0"] {
        let answer = stranger.get(&format!("/downloads/co-vibe-{version}.tgz")).await;
        assert_eq!(answer.status, 404, "{version}: {}", answer.text);
    }
    let newest = stranger.get("/downloads/co-vibe.json").await;
    assert_eq!(newest.json()["version"], "2.4.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_downloads_a_bounded_number_of_files_at_once() {
    let world = World::embedded().await;
    let stranger = Stranger::at(&world);
    put_package(&world, "2.4.0", &vec![b'x'; 20 << 20]);
    let path = "/downloads/co-vibe.tgz";
    let mut unread = Vec::new();
    for _ in 0..8 {
        let answer = stranger.ask(Method::GET, path, None).await;
        assert_eq!(answer.status(), 200);
        unread.push(answer);
    }
    let refused = stranger.get(path).await;
    assert_eq!(refused.status, 429, "{}", refused.text);
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(stranger.get("/api/health").await.status, 200);
    assert_eq!(
        stranger.get("/downloads/co-vibe.json").await.status,
        200,
        "small answers are not counted"
    );
    let one = unread.pop().expect("an answer").bytes().await.expect("a body");
    assert_eq!(one.len(), 20 << 20);
    drop(unread);
    let free = async {
        while stranger.ask(Method::HEAD, path, None).await.status() != 200
            || stranger.get(path).await.status != 200
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), free)
        .await
        .expect("places are free again");
}
