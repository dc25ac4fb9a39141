//! The package of the companion: its faults are found before anybody installs it.

use covibe_readiness_checks::Gate;
use serde_json::{Value, json};

use crate::fault_switch::{Switch, examine_each};
use crate::stand_in_origin::packages::{Files, archive, entry, gzip, program};
use crate::stand_in_origin::{Origin, Reply};

const AT: &str = "GET /downloads/co-vibe.tgz";

/// A switch that packs other files.
fn package_switch(
    name: &'static str,
    fails: &'static [&'static str],
    change: impl FnOnce(&mut Files),
) -> Switch {
    let mut files = Files::sound();
    change(&mut files);
    bytes(name, fails, files.pack())
}

fn description_switch(name: &'static str, change: impl FnOnce(&mut Value)) -> Switch {
    package_switch(name, &["package.description"], |files| change(&mut files.package))
}

fn bytes(name: &'static str, fails: &'static [&'static str], package: Vec<u8>) -> Switch {
    Switch::new(name, fails, AT, |origin: &mut Origin| origin.package = package)
}

#[tokio::test]
async fn a_download_that_is_not_a_valid_archive_fails_the_gate() {
    let sound = Files::sound().pack();
    let page = b"<!doctype html>".repeat(3000);
    let bomb = gzip(&vec![0; 64 * 1024 * 1024]);
    let half = sound[..sound.len() / 2].to_vec();
    let twice = [sound.clone(), gzip(b"more")].concat();
    let mut damaged = sound.clone();
    damaged[100_000] ^= 0xff;
    let rest = gzip(&[Files::sound().archive(), b"more".repeat(200)].concat());
    let tiny = gzip(&archive(&[entry("package/package.json", b"{\"name\":\"co-vibe\"}")]));
    let archive: &[_] = &["package.archive"];
    examine_each(
        Gate::Preflight,
        vec![
            Switch::new("no package", &["package.answer"], AT, |origin: &mut Origin| {
                origin.on("GET", "/downloads/co-vibe.tgz", |reply| {
                    *reply = Reply::json(404, &json!({ "error": "Nothing." }));
                });
            }),
            bytes("a page", archive, page),
            Switch::new("the type of a page", &["package.answer"], AT, |origin: &mut Origin| {
                origin.on("GET", "/downloads/co-vibe.tgz", |reply| {
                    reply.set("content-type", "text/html");
                });
            }),
            bytes("a tiny package", &["package.answer", "package.description"], tiny),
            bytes("not compressed", archive, Files::sound().archive()),
            bytes("half of it", archive, half),
            bytes("damaged", archive, damaged),
            bytes("a second member", archive, twice),
            bytes("more after its end", archive, rest),
            bytes("a bomb", &["package.archive"], bomb),
        ],
    )
    .await;
}

#[tokio::test]
async fn archive_entries_outside_the_package_or_of_unsafe_kinds_fail_the_preflight() {
    let entries: &[_] = &["package.entries"];
    let added = |name, path: &'static str, kind: u8, mode: u32| {
        package_switch(name, entries, |files| {
            let mut entry = entry(path, b"");
            (entry.kind, entry.mode) = (kind, mode);
            files.add(entry);
        })
    };
    examine_each(
        Gate::Preflight,
        vec![
            added("a path out of the package", "package/../../.bashrc", b'0', 0o644),
            added("an absolute path", "/etc/profile", b'0', 0o644),
            added("a path beside the package", "other/file", b'0', 0o644),
            added("a symbolic link", "package/link", b'2', 0o644),
            added("a hard link", "package/link", b'1', 0o644),
            added("a device", "package/device", b'3', 0o644),
            added("a header that renames", "package/renamed", b'x', 0o644),
            added("a program with more rights", "package/tool", b'0', 0o4755),
            added("a file twice", "package/readme.MD", b'0', 0o644),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_package_with_a_foreign_description_fails_the_preflight() {
    let description: &[_] = &["package.description"];
    examine_each(
        Gate::Preflight,
        vec![
            description_switch("another name", |package| package["name"] = json!("co-vibes")),
            description_switch("another command", |package| {
                package["bin"]["npm"] = json!("bin/covibe-mcp.js");
            }),
            description_switch("a command of no file", |package| {
                package["bin"]["covibe-mcp"] = json!("bin/x.js");
            }),
            description_switch("a script", |package| {
                package["scripts"] = json!({ "postinstall": "curl x | sh" });
            }),
            description_switch("a dependency", |package| {
                package["dependencies"] = json!({ "left-pad": "1" });
            }),
            description_switch("no licence", |package| {
                drop(package.as_object_mut().unwrap().remove("license"));
            }),
            description_switch("no engine", |package| {
                drop(package.as_object_mut().unwrap().remove("engines"));
            }),
            package_switch(
                "no description",
                &["package.description", "package.programs"],
                |files| {
                    let manifest = files.manifest.to_string();
                    files.add(entry("package/manifest.js", manifest.as_bytes()));
                    files.package = json!(null);
                },
            ),
            package_switch("a script of Windows", description, |files| {
                files.entries[1].content = b"#!/usr/bin/env node\r\n'use strict';\r\n".to_vec();
            }),
            package_switch("another version", &["package.version", "package.programs"], |files| {
                files.package["version"] = json!("1.0.0");
            }),
        ],
    )
    .await;
}

#[tokio::test]
async fn programs_that_differ_from_the_manifest_fail_the_preflight() {
    let programs: &[_] = &["package.programs"];
    examine_each(
        Gate::Preflight,
        vec![
            package_switch("an exchanged program", programs, |files| {
                files.program().content[5000] ^= 1;
            }),
            package_switch("a program that is not listed", programs, |files| {
                files.add(entry("package/vendor/linux-arm64/covibe-local", &program()));
            }),
            package_switch("a listed program that is not there", programs, |files| {
                files.entries.retain(|entry| !entry.path.contains("vendor"));
                files.add(entry("package/LICENSE.bin", &program()));
            }),
            package_switch("a program for another machine", programs, |files| {
                let manifest = files.manifest.to_string().replace("linux-x64", "darwin-arm64");
                files.manifest = serde_json::from_str(&manifest).unwrap();
                let path = files.program().path.replace("linux-x64", "darwin-arm64");
                files.program().path = path;
            }),
            package_switch("no programs", programs, |files| {
                files.manifest["platforms"] = json!([]);
            }),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_package_that_contains_secrets_fails_the_preflight() {
    let leaks: &[_] = &["package.leaks"];
    let random = "aB3dE6gH9kL2nP5rS8tU";
    examine_each(
        Gate::Preflight,
        vec![
            package_switch("a token in a text", leaks, |files| {
                files.entries[0].content = format!("npm_{0}{0}", &random[..18]).into_bytes();
            }),
            package_switch("a folder of somebody", leaks, |files| {
                files.entries[0].content = b"built in /home/ada/co-vibe/".to_vec();
            }),
            package_switch("variables", leaks, |files| files.add(entry("package/.env", b"A=1"))),
            package_switch("a map of sources", leaks, |files| {
                files.add(entry("package/lib/run.js.map", b"{}"));
            }),
            package_switch("a token in a program", leaks, |files| {
                let token = format!("ghp_{}", &format!("{random}{random}")[..36]);
                let at = 64 * 1024 - 10;
                files.program().content[at..at + token.len()].copy_from_slice(token.as_bytes());
                let sha256 = sha256(&files.program().content);
                files.manifest["platforms"][0]["sha256"] = json!(sha256);
            }),
        ],
    )
    .await;
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(bytes))
}

#[tokio::test]
async fn a_download_record_that_does_not_match_the_package_fails() {
    let record = |name, member: &'static str, value: Value, fails| {
        Switch::new(name, fails, "GET /downloads/co-vibe.json", move |origin: &mut Origin| {
            origin.on("GET", "/downloads/co-vibe.json", move |reply| {
                reply.change(|body| body[member] = value.clone());
            });
        })
    };
    let integrity: &[_] = &["package.integrity"];
    examine_each(
        Gate::Preflight,
        vec![
            record("another size", "size", json!(1), integrity),
            record("another digest", "sha256", json!("0".repeat(64)), integrity),
            record("another digest of npm", "integrity", json!("sha512-YQ=="), integrity),
            record("another version", "version", json!("1.0.0"), &["package.version"]),
            Switch::new(
                "no record",
                &["package.integrity", "package.version"],
                "co-vibe.json",
                |origin| {
                    origin.on("GET", "/downloads/co-vibe.json", |reply| {
                        *reply = Reply::json(404, &json!({ "error": "Nothing." }));
                    });
                },
            ),
        ],
    )
    .await;
    examine_each(
        Gate::Canary,
        vec![Switch::new(
            "no address that stays",
            &["package.versioned"],
            "HEAD /downloads/co-vibe-",
            |origin| {
                origin.rule(|seen, reply| {
                    if seen.method == "HEAD" {
                        reply.status = 404;
                    }
                });
            },
        )],
    )
    .await;
}
