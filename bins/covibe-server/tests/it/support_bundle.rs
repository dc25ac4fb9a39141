//! `covibe-server support`: the file for support, beside a running server and without anything.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use covibe_store::Backend;
use covibe_testkit_http::{Location, Options, Secrets, World};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::current_directory_and_migrate::run;
use crate::operator_commands::Operator;
use crate::secrets_in_output::journey;
use crate::server_process::Server;
use crate::tenant_list_and_suspension::output_of;

/// Returns the texts of a bundle by the names of its files.
fn unpack_bundle(path: &Path) -> BTreeMap<String, String> {
    let mode = path.metadata().expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(path).expect("a file")));
    let entries = archive.entries().expect("an archive").map(|entry| {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a path").display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("a text");
        (name.trim_start_matches("covibe-support/").to_owned(), text)
    });
    entries.collect()
}

fn parse_text(texts: &BTreeMap<String, String>, name: &str) -> Value {
    serde_json::from_str(&texts[name]).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// Adds what a world's process has that the journey does not know.
fn add_settings(secrets: &mut Secrets, world: &World) {
    secrets.add("the registrar's key", world.registrar.token.expose());
    if let Location::Server(at) = world.location() {
        for (what, url) in [("runtime", &at.runtime_url), ("admin", &at.admin_url)] {
            secrets.add(what, url.expose());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_support_bundle_contains_no_secrets_or_contents_and_overwrites_no_file() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        let server = Server::start_with(&world, &[("COVIBE_METRICS_BIND", "127.0.0.1:0")]);
        let mut secrets = journey(&world, &server.agent(&world.mark)).await;
        add_settings(&mut secrets, &world);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bundle.tar.gz");
        let operator = Operator::in_world(&world)
            .with("COVIBE_BIND", server.origin().trim_start_matches("http://"))
            .with("COVIBE_METRICS_BIND", &server.metrics().expect("an address"));
        let file = path.to_str().expect("UTF-8");
        let said = output_of(&operator.run(&["support", file]));
        assert!(said.contains("bundle.tar.gz"), "{said}");
        let texts = unpack_bundle(&path);
        let search = secrets.search();
        for (name, text) in &texts {
            search.assert_clean(name, text.as_bytes());
            assert!(!text.contains("shop"), "{name}: {text}");
        }
        assert_eq!(parse_text(&texts, "about.json")["version"], env!("CARGO_PKG_VERSION"));
        let settings = &parse_text(&texts, "settings.json")["settings"];
        assert_eq!(settings["COOLIFY_API_TOKEN"], "set", "{settings}");
        assert_eq!(settings["GITEA_BOT_ROLE"], "not set", "{settings}");
        let database = parse_text(&texts, "database.json");
        assert_eq!(database["figures"]["workspaces"]["ready"], json!(2), "{database}");
        assert_eq!(database["description"]["unknownMigrations"], json!([]), "{database}");
        assert_eq!(database["auditHeads"].as_array().map(Vec::len), Some(2), "{database}");
        assert_eq!(parse_text(&texts, "health.json")["status"], "ok", "{texts:?}");
        assert!(texts["metrics.txt"].contains("covibe_calls_total"), "{texts:?}");
        let checks = parse_text(&texts, "check.json");
        assert!(checks["checks"].as_array().is_some_and(|all| all.len() > 10), "{checks}");
        assert!(parse_text(&texts, "sizes.json")["data"].is_object());
        // An existing file is not overwritten.
        assert!(!operator.run(&["support", file]).status.success());
        world.stop().await;
    }
}

#[test]
fn a_support_bundle_of_an_invalid_configuration_names_the_error_without_values() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = "hunter2-in-a-configuration";
    let variables = [("COVIBE_BIND", secret), ("COOLIFY_API_TOKEN", secret)];
    output_of(&run(folder.path(), &["support", "it.tar.gz"], &variables));
    let texts = unpack_bundle(&folder.path().join("it.tar.gz"));
    assert!(texts["configuration.txt"].contains("COVIBE_BIND"), "{texts:?}");
    assert!(texts.values().all(|text| !text.contains(secret)), "{texts:?}");
}
