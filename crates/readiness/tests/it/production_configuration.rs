//! The configuration of production, and what a key of a canary may do.

use std::collections::BTreeMap;

use covibe_domain::Secret;
use covibe_readiness_checks::check::Status;
use covibe_readiness_checks::{Gate, Settings};
use serde_json::json;

use crate::fault_switch::{Switch, examine_each};
use crate::stand_in_origin::{APPS, Certificate, Origin, ReceivedRequest, Reply};

const RECORD: &str = "GET /downloads/co-vibe.json";

/// Returns the configuration of a sound server, with one variable changed.
fn configured(name: &'static str, value: &'static str) -> impl FnOnce(&mut Settings) {
    move |settings| {
        let mut values: BTreeMap<_, _> = [
            ("COVIBE_HOSTED_URL", "https://covibe.acme.dev"),
            ("NEXT_PUBLIC_WORKOS_REDIRECT_URI", "https://covibe.acme.dev/callback"),
            ("WORKOS_COOKIE_PASSWORD", "kT9vQ2mXz7Lw4RbYc8NfHd3SgJp6UaEe"),
            ("COVIBE_DATABASE_BACKEND", "postgres"),
            ("DATABASE_URL", "postgres://app@db/covibe"),
            ("COVIBE_UPLOAD_DIR", "/dev/shm"),
        ]
        .into();
        values.insert(name, value);
        let values = values.into_iter().filter(|(_, value)| !value.is_empty());
        let values = values.map(|(name, value)| (name.to_owned(), Secret::new(value)));
        settings.configuration = Some(values.collect());
    }
}

fn variable(name: &'static str, value: &'static str, fails: &'static [&'static str]) -> Switch {
    Switch::new(value, fails, name, |_| {}).with(configured(name, value))
}

#[tokio::test]
async fn a_sound_production_configuration_passes() {
    let report = Origin::sound()
        .examine_with(Gate::Production, configured("COVIBE_BIND", "0.0.0.0:80"))
        .await;
    assert_eq!(report.exit_code(true), 0, "{:#?}", crate::fault_switch::failed_checks(&report));
}

#[tokio::test]
async fn a_wrong_production_variable_fails() {
    let (hosted, redirect) = ("COVIBE_HOSTED_URL", "NEXT_PUBLIC_WORKOS_REDIRECT_URI");
    let password = "WORKOS_COOKIE_PASSWORD";
    examine_each(
        Gate::Production,
        vec![
            variable(hosted, "https://covibe.acme.dev/callback", &["production.hosted-url"]),
            variable(hosted, "https://other.acme.dev", &["production.hosted-url"]),
            variable(hosted, "http://covibe.acme.dev", &["production.hosted-url"]),
            variable(hosted, "", &["production.hosted-url"]),
            variable(redirect, "https://covibe.acme.dev/callback/", &["production.redirect-uri"]),
            variable(redirect, "https://covibe.acme.dev", &["production.redirect-uri"]),
            variable(password, "short", &["production.cookie-password"]),
            variable(
                password,
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                &["production.cookie-password"],
            ),
            variable(
                password,
                "replace-this-example-password-123456",
                &["production.cookie-password"],
            ),
            variable("COVIBE_DATABASE_BACKEND", "sqlite", &["production.backend"]),
            variable("COVIBE_UPLOAD_DIR", "/no/such/folder", &["production.upload-folder"]),
            variable("COVIBE_UPLOAD_DIR", "/etc", &["production.upload-folder"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_install_command_of_another_origin_fails_the_production_gate() {
    let install = |name, command: &'static str| {
        Switch::new(name, &["production.install"], RECORD, move |origin: &mut Origin| {
            origin.on("GET", "/downloads/co-vibe.json", move |reply| {
                reply.change(|body| body["install"] = json!(command));
            });
        })
    };
    examine_each(
        Gate::Production,
        vec![
            install(
                "of another origin",
                "npm install --save-dev https://old.acme.dev/downloads/co-vibe.tgz",
            ),
            install(
                "of a similar origin",
                "npm install -D https://covibe.acme.dev.evil.dev/downloads/co-vibe.tgz",
            ),
            install(
                "of this machine",
                "npm install --save-dev http://127.0.0.1:8787/downloads/co-vibe.tgz",
            ),
            install("none", ""),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_admin_database_url_and_an_unknown_install_command_are_warnings() {
    let admin = configured("COVIBE_POSTGRES_ADMIN_URL", "postgres://owner@db/covibe");
    let report = Origin::sound().examine_with(Gate::Production, admin).await;
    assert_eq!((report.exit_code(false), report.exit_code(true)), (0, 4));
    let mut origin = Origin::sound();
    origin.on("GET", "/downloads/co-vibe.json", |reply| {
        reply.change(|body| body["install"] = json!("npm install --save-dev co-vibe"));
    });
    let report = origin.examine(Gate::Production).await;
    assert_eq!((report.exit_code(false), report.exit_code(true)), (0, 4));
}

/// Has the origin know the canary's key.
fn knowing(origin: &mut Origin) {
    origin.rule(|seen, reply| {
        if seen.header("authorization") != "Bearer canary-key" {
            return;
        }
        *reply = match () {
            () if asks(seen, "workspace.describe") => {
                let described = json!({ "domainNamespace": format!("*.{APPS}") });
                Reply::json(200, &json!({ "result": described }))
            }
            () if asks(seen, "apps.list") => {
                let url = format!("https://shop.{APPS}");
                let apps = json!([{ "name": "job" }, { "name": "shop", "url": url }]);
                Reply::json(200, &json!({ "result": { "apps": apps } }))
            }
            () if asks(seen, "tools/list") => {
                let tools = json!([{ "name": "apps_list" }]);
                Reply::json(
                    200,
                    &json!({ "jsonrpc": "2.0", "id": 1, "result": { "tools": tools } }),
                )
            }
            () => Reply::json(404, &json!({ "error": "There is no such app." })),
        };
    });
}

fn asks(seen: &ReceivedRequest, text: &str) -> bool {
    seen.body.windows(text.len()).any(|part| part == text.as_bytes())
}

fn with_key(settings: &mut Settings) {
    settings.key = Some(Secret::new("canary-key"));
}

#[tokio::test]
async fn a_canary_with_a_key_passes_completely_on_a_sound_origin() {
    let mut origin = Origin::sound();
    knowing(&mut origin);
    let report = origin.examine_with(Gate::Canary, with_key).await;
    assert_eq!((report.exit_code(true), report.summary().skip), (0, 0));
}

#[tokio::test]
async fn a_key_with_too_many_or_too_few_rights_fails_the_canary() {
    let answered = |name, fails, text: &'static str, status| {
        Switch::new(name, fails, "POST /api/mcp", move |origin: &mut Origin| {
            knowing(origin);
            origin.rule(move |seen, reply| {
                if seen.header("authorization") == "Bearer canary-key" && asks(seen, text) {
                    *reply = Reply::json(status, &json!({ "error": "Changed." }));
                }
            });
        })
        .with(with_key)
    };
    examine_each(
        Gate::Canary,
        vec![
            answered("a revoked key", &["key.call"], "workspace.describe", 401),
            answered("no tools", &["key.list"], "tools/list", 200),
            answered("an app of others", &["key.foreign"], "apps.get", 200),
            answered("a deletion that nobody confirmed", &["key.unconfirmed"], "apps.delete", 200),
        ],
    )
    .await;
}

#[tokio::test]
async fn wrong_dns_records_or_certificates_of_apps_fail_the_gate() {
    let apps = |name, fails, at, flip: fn(&mut Origin)| {
        let flip = move |origin: &mut Origin| {
            knowing(origin);
            flip(origin);
        };
        Switch::new(name, fails, at, flip).with(with_key)
    };
    let (wildcard, certificate) = (&["apps.wildcard"][..], &["apps.certificate"][..]);
    examine_each(
        Gate::Production,
        vec![
            apps("a private address", wildcard, "DNS covibe-readiness-", |it| {
                it.apps = vec!["10.0.0.5"];
            }),
            apps("an expired certificate", certificate, "TLS shop.mark", |it| {
                it.certificate_of_apps = Certificate::Days(-1);
            }),
            apps("the proxy's own certificate", certificate, "TLS shop.mark", |it| {
                it.certificate_of_apps = Certificate::SelfSigned;
            }),
            apps("a certificate that ends soon", certificate, "TLS shop.mark", |it| {
                it.certificate_of_apps = Certificate::Days(3);
            }),
            apps("another address than configured", wildcard, "DNS covibe-readiness-", |_| {})
                .with(|settings| {
                    with_key(settings);
                    configured("COVIBE_INGRESS_ADDRESSES", "198.51.100.7")(settings);
                }),
        ],
    )
    .await;
}

#[tokio::test]
async fn apps_are_checked_only_if_a_key_is_configured() {
    let status = |report: &covibe_readiness_checks::Report, id| {
        report.checked.iter().find(|each| each.check.id == id).map(|each| each.status)
    };
    let report = Origin::sound().examine(Gate::Production).await;
    for id in ["apps.wildcard", "apps.certificate", "production.check"] {
        assert_eq!(status(&report, id), Some(Status::Skip), "{id}");
    }
    let mut origin = Origin::sound();
    knowing(&mut origin);
    let report = origin.examine_with(Gate::Production, with_key).await;
    for id in ["apps.wildcard", "apps.certificate"] {
        assert_eq!(status(&report, id), Some(Status::Pass), "{id}");
    }
}

#[tokio::test]
async fn results_of_the_check_on_the_host_become_results_of_the_gate() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = |status: &str| json!({ "name": "database", "status": status, "says": "superuser" });
    for (report, code) in [
        (json!({ "checks": [line("pass")] }).to_string(), 0),
        (json!({ "checks": [line("pass"), line("fail")] }).to_string(), 1),
        (json!({ "checks": [line("warn")] }).to_string(), 4),
        ("not its report".to_owned(), 3),
    ] {
        let program = folder.path().join("covibe-server");
        std::fs::write(&program, format!("#!/bin/sh\nprintf '%s' '{report}'\n")).expect("a file");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).expect("a mode");
        let on_the_host = |settings: &mut Settings| {
            configured("COVIBE_BIND", "0.0.0.0:80")(settings);
            settings.server = Some(program);
        };
        let report = Origin::sound().examine_with(Gate::Production, on_the_host).await;
        assert_eq!(
            report.exit_code(true),
            code,
            "{:#?}",
            crate::fault_switch::failed_checks(&report)
        );
    }
}
