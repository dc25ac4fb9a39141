//! `covibe-server check` fails where `serve` would not start, or could not work.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use covibe_store::Backend;
use covibe_testkit_http::{Location, Options, World};
use covibe_testkit_knot::{KEY, Knot, SECRET};
use serde_json::json;

use crate::backups::{raw, with_backup_role};
use crate::check_report::of_status;
use crate::operator_commands::Operator;

/// Runs `check` with variables that replace those of the world.
fn run_check(operator: Operator, replaced: &[(&'static str, &str)]) -> Output {
    let operator = replaced.iter().fold(operator, |it, (name, value)| it.with(name, value));
    operator.run(&["check", "--json"])
}

fn has_check(output: &Output, status: &str, name: &str) -> bool {
    of_status(output, status).iter().any(|each| each == name)
}

#[tokio::test(flavor = "multi_thread")]
async fn check_fails_if_the_secrets_key_is_missing_while_secrets_are_stored() {
    let world = World::embedded().await;
    let path = format!("/api/workspaces/{}/provision", world.mark.agent.slug);
    world.mark.agent.json("POST", &path, &serde_json::json!({})).await;
    drop(tokio::task::block_in_place(|| crate::server_process::Server::start(&world)));
    let mut operator = Operator::in_world(&world);
    operator.variables.retain(|(name, _)| *name != "VIBN_SECRETS_KEY");
    let told = run_check(operator, &[]);
    assert!(has_check(&told, "fail", "secrets") && !told.status.success(), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_fails_for_folders_that_cannot_be_written() {
    let world = World::embedded().await;
    let file = tempfile::NamedTempFile::new().expect("a file");
    let below = file.path().join("folder");
    let below = below.to_str().expect("UTF-8");
    for variable in ["COVIBE_UPLOAD_DIR", "COVIBE_AUDIT_EXPORT_DIR"] {
        let told = run_check(
            Operator::in_world(&world),
            &[(variable, below), ("COVIBE_AUDIT_DAYS", "90")],
        );
        assert!(has_check(&told, "fail", "folders"), "{variable}: {told:?}");
        assert!(String::from_utf8_lossy(&told.stdout).contains(variable), "{told:?}");
    }
    let told = run_check(Operator::in_world(&world), &[]);
    assert!(has_check(&told, "pass", "folders"), "{told:?}");
    assert!(Path::new(file.path()).is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn check_fails_for_a_read_only_postgresql() {
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let Location::Server(at) = world.location() else { panic!("it is PostgreSQL") };
    let told = run_check(Operator::in_world(&world), &[]);
    assert!(has_check(&told, "pass", "database.writes"), "{told:?}");
    let name = raw(&at.superuser_url, "SELECT current_database()::text").await;
    let change = format!("ALTER DATABASE \"{}\" SET default_transaction_read_only = on", name[0]);
    raw(&at.superuser_url, &change).await;
    let told = run_check(Operator::in_world(&world), &[]);
    assert!(has_check(&told, "fail", "database.writes"), "{told:?}");
    assert!(String::from_utf8_lossy(&told.stdout).contains("read-only"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_fails_for_an_unusable_backup_role_or_a_missing_pg_dump() {
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let Location::Server(at) = world.location() else { panic!("it is PostgreSQL") };
    let told = run_check(with_backup_role(&world), &[]);
    assert!(has_check(&told, "pass", "backups"), "{told:?}");
    let runtime = at.runtime_url.expose();
    let told = run_check(with_backup_role(&world), &[("COVIBE_POSTGRES_BACKUP_URL", runtime)]);
    assert!(has_check(&told, "fail", "backups"), "{told:?}");
    let told = run_check(with_backup_role(&world), &[("PATH", "/nowhere")]);
    assert!(has_check(&told, "fail", "backups"), "{told:?}");
    assert!(String::from_utf8_lossy(&told.stdout).contains("pg_dump is missing"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_warns_of_public_metrics_and_of_the_default_workspace_domain() {
    let world = World::embedded().await;
    let told = run_check(Operator::in_world(&world), &[("COVIBE_METRICS_BIND", "0.0.0.0:9187")]);
    assert!(has_check(&told, "warn", "metrics"), "{told:?}");
    let told = run_check(Operator::in_world(&world), &[("COVIBE_METRICS_BIND", "127.0.0.1:9187")]);
    assert!(!has_check(&told, "warn", "metrics"), "{told:?}");
    let mut operator = Operator::in_world(&world);
    operator.variables.retain(|(name, _)| *name != "COVIBE_WORKSPACE_DOMAIN");
    assert!(has_check(&run_check(operator, &[]), "warn", "workspaces.domain"));
    let told =
        run_check(Operator::in_world(&world), &[("COVIBE_WORKSPACE_DOMAIN", "apps.example.com")]);
    assert!(!has_check(&told, "warn", "workspaces.domain"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_warns_if_no_limit_is_set_on_money_spent_on_domains() {
    let world = World::embedded().await;
    let unlimited = || {
        let mut operator = Operator::in_world(&world);
        operator.variables.retain(|(name, _)| *name != "COVIBE_DOMAIN_DAILY_LIMIT");
        operator
    };
    let told = run_check(unlimited(), &[]);
    assert!(has_check(&told, "warn", "registrar.limits"), "{told:?}");
    assert!(
        String::from_utf8_lossy(&told.stdout).contains("COVIBE_DOMAIN_DAILY_LIMIT"),
        "{told:?}"
    );
    let told = run_check(unlimited(), &[("COVIBE_DOMAIN_DAILY_LIMIT_ALL", "100")]);
    assert!(!has_check(&told, "warn", "registrar.limits"), "{told:?}");
}

/// Not in a table of faults: what was advanced stays so.
#[tokio::test(flavor = "multi_thread")]
async fn upstream_clocks_that_differ_from_the_local_one_are_warned_of() {
    let world = World::embedded().await;
    let told = run_check(Operator::in_world(&world), &[]);
    assert!(told.status.success(), "{told:?}");
    world.coolify.advance(Duration::from_mins(1));
    world.gitea.advance(Duration::from_hours(48));
    let told = run_check(Operator::in_world(&world), &[]);
    for name in ["coolify.clock", "gitea.clock"] {
        assert!(has_check(&told, "warn", name), "{name}: {told:?}");
    }
    assert!(told.status.success(), "{told:?}");
    assert!(String::from_utf8_lossy(&told.stdout).contains("timedatectl"), "{told:?}");
}

/// Knot looks at a key only where it has the zone that is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn check_fails_for_a_wrong_key_of_the_dns_server() {
    const OTHER: &str = "bm90IHRoZSBzZWNyZXQgb2YgdGhlIGtleQ==";
    let Some(knot) = Knot::with(&[("dns.test", ""), ("my-shop.com", "")]) else { return };
    let world = World::embedded().await;
    let address = knot.address.to_string();
    let told_of = |key, secret, nameservers| {
        let variables = [
            ("COVIBE_DNS_UPDATE_SERVER", address.as_str()),
            ("COVIBE_DNS_UPDATE_KEY_NAME", key),
            ("COVIBE_DNS_UPDATE_KEY", secret),
            ("COVIBE_DNS_NAMESERVERS", nameservers),
            ("COVIBE_CLOUD_DNS_PROJECT", ""),
            ("COVIBE_CLOUD_DNS_API_URL", ""),
        ];
        run_check(Operator::in_world(&world), &variables)
    };
    let (here, elsewhere) = ("ns1.dns.test,ns2.dns.test", "ns1.else.test,ns2.else.test");
    for (key, secret, nameservers, status, says) in [
        (KEY, SECRET, here, "pass", "transfer the zone dns.test"),
        (KEY, OTHER, here, "fail", "COVIBE_DNS_UPDATE_KEY"),
        ("unknown", SECRET, here, "warn", "refuses the key for the zone dns.test"),
        ("unknown", SECRET, elsewhere, "pass", "none of the workspaces"),
    ] {
        let told = told_of(key, secret, nameservers);
        assert!(has_check(&told, status, "dns.server"), "{key}: {told:?}");
        assert!(String::from_utf8_lossy(&told.stdout).contains(says), "{key}: {told:?}");
    }
    let contact = json!({ "firstName": "Ada", "lastName": "Lovelace", "address1": "1 Main St",
                          "city": "Ottawa", "state": "ON", "country": "CA", "postalCode": "K1A 0B1",
                          "phone": "+1.6135550123", "email": "ada@example.com" });
    let order = json!({ "domain": "my-shop.com", "contact": contact });
    world.mark.agent.compact("domains.register", &order).await.expect("it is bought");
    for (key, secret, status) in
        [(KEY, SECRET, "pass"), (KEY, OTHER, "fail"), ("unknown", SECRET, "fail")]
    {
        let told = told_of(key, secret, elsewhere);
        assert!(has_check(&told, status, "dns.server"), "{key}: {told:?}");
    }
}
