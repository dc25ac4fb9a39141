//! Services that a new version of a file lacks: they are gone, no container comes back without limits, and
//! their domains are moved or told.

use covibe_sandbox::coolify::Version;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::World;
use serde_json::{Value, json};

use super::{create_app, service, start_on_release, urls};

const FILE: &str = "
services:
  app: {image: 'acme/app:1', expose: ['3000'], volumes: ['./data:/data', /anon]}
  extra: {image: 'acme/extra:1', command: sleep}
  db: {image: 'postgres:16', volumes: ['pg:/var/lib/postgresql/data']}
";

/// The same with `app` under another name and in another version, and without `extra`.
const RENAMED: &str = "
services:
  web: {image: 'acme/app:2', expose: ['3001'], volumes: ['./data:/data', /anon]}
  db: {image: 'postgres:16', volumes: ['pg:/var/lib/postgresql/data']}
";

async fn create(world: &World, name: &str) -> Value {
    let params = json!({ "composeRaw": FILE, "name": name, "composeService": "app",
                         "instantDeploy": false });
    create_app(&world.mark.agent, &params).await
}

fn patch(app: &Value, file: &str) -> Value {
    json!({ "uuid": app["uuid"], "patch": { "composeRaw": file } })
}

async fn update(world: &World, app: &Value, file: &str) -> Value {
    let updated = world.mark.agent.compact("apps.update", &patch(app, file)).await;
    let updated = updated.unwrap_or_else(|why| panic!("{file}: {why}"));
    assert_eq!((&updated["applied"], &updated["ignored"]), (&json!(["composeRaw"]), &json!([])));
    updated
}

/// Checks that Coolify stores exactly these services, each with its limits.
async fn check_stored(world: &World, app: &Value, names: &[&str], what: &str) {
    let stored =
        service(world, app).await["docker_compose_raw"].as_str().expect("a text").to_owned();
    let lines = stored.lines().skip_while(|line| *line != "services:").skip(1);
    let own = lines.take_while(|line| line.starts_with(' '));
    let services = own.filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    let services: Vec<_> = services.filter(|name| !name.starts_with(' ')).collect();
    assert_eq!(services, names, "{what}: {stored}");
    for limit in ["mem_limit", "pids_limit"] {
        assert_eq!(stored.matches(limit).count(), names.len(), "{what}: {stored}");
    }
}

/// Returns whether the state of the app ignores a container.
async fn is_excluded(world: &World, app: &Value, name: &str) -> bool {
    let service = service(world, app).await;
    let parts = service["applications"].as_array().expect("a list");
    let part = parts.iter().find(|part| part["name"] == name).expect("Coolify goes on listing it");
    part["exclude_from_status"] == true
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_removed_from_the_file_returns_only_with_the_file() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let app = create(&world, "shop").await;
        let smaller = FILE.replace("  extra: {image: 'acme/extra:1', command: sleep}\n", "");
        let updated = update(&world, &app, &smaller).await;
        assert_eq!(updated["needsDeploy"], true, "{updated}");
        check_stored(&world, &app, &["app", "db"], version.text()).await;
        assert_eq!(is_excluded(&world, &app, "extra").await, version == Version::V4_3);
        update(&world, &app, FILE).await;
        check_stored(&world, &app, &["app", "extra", "db"], version.text()).await;
        assert!(!is_excluded(&world, &app, "extra").await, "it is back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_service_keeps_its_domain_and_its_volumes() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let app = create(&world, "shop").await;
        let updated = update(&world, &app, RENAMED).await;
        assert_eq!(updated["needsDeploy"], true, "{updated}");
        let hint = "web gets the domains of app, which the file no longer has: https://shop.mark.vibnai.com.";
        assert!(updated["hints"].to_string().contains(hint), "{updated}");
        assert_eq!(updated.get("warnings"), None, "{updated}");
        assert_eq!(urls(&world, &app, "web").await, "https://shop.mark.vibnai.com:3001");
        assert_eq!(urls(&world, &app, "app").await, Value::Null);
        check_stored(&world, &app, &["web", "db"], version.text()).await;
        let stored = service(&world, &app).await["docker_compose_raw"].to_string();
        assert!(stored.contains("app-anon:/anon") && stored.contains("data:/data"), "{stored}");
        let again = update(&world, &app, RENAMED).await;
        assert!(again["hints"].to_string().contains(hint), "until it is started: {again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_new_service_takes_over_the_only_domain() {
    let world = World::embedded().await;
    let app = create(&world, "shop").await;
    let next = RENAMED.replace("acme/app:2", "acme/other:1");
    update(&world, &app, &next).await;
    assert_eq!(urls(&world, &app, "web").await, "https://shop.mark.vibnai.com:3001");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_that_no_service_takes_over_is_reported_with_the_call_to_move_it() {
    let world = World::embedded().await;
    let app = create(&world, "shop").await;
    let file = "services: {extra: {image: 'acme/extra:1'}, db: {image: 'postgres:16', \
                volumes: ['pg:/var/lib/postgresql/data']}}";
    let updated = update(&world, &app, file).await;
    assert_eq!(urls(&world, &app, "app").await, Value::Null);
    assert_eq!(urls(&world, &app, "extra").await, Value::Null, "it was not meant for people");
    let warnings = updated["warnings"].as_array().expect("warnings");
    let text = |index: usize| warnings[index].as_str().expect("a text");
    assert!(text(0).starts_with("The volume data, which app has at"));
    let domain = warnings.last().and_then(Value::as_str).expect("a text");
    assert!(
        domain.contains("https://shop.mark.vibnai.com no longer points to a service"),
        "{domain}"
    );
    let (_, call) = domain.split_once("apps.domains.set ").expect("a call");
    let call = call.split_inclusive('}').next().expect("an object");
    let params: Value = serde_json::from_str(call).expect("JSON");
    assert_eq!(params["service"], "extra", "{call}");
    world.mark.agent.compact("apps.domains.set", &params).await.expect("set");
    assert!(urls(&world, &app, "extra").await.to_string().contains("shop.mark.vibnai.com"));
}

/// Lets `passing` changes of the app through and breaks those after them off, calls, and repeats the call.
async fn update_with_break(world: &World, app: &Value, fault: Name, passing: u32) -> bool {
    let path = "/services/";
    world.coolify.arm(
        Fault::new(Name::Delay).delay(std::time::Duration::ZERO).times(passing).on("PATCH", path),
    );
    world.coolify.arm(Fault::new(fault).times(u32::MAX).on("PATCH", path));
    let broken = world.mark.agent.compact_raw("apps.update", &patch(app, RENAMED)).await;
    world.coolify.disarm();
    update(world, app, RENAMED).await;
    broken.status != 200
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_interrupted_at_any_step_is_completed_by_the_same_call() {
    let world = World::embedded().await;
    for (number, fault) in [Name::Limited, Name::DropAfter].into_iter().enumerate() {
        let mut passing = 0;
        loop {
            let app = create(&world, &format!("shop-{number}-{passing}")).await;
            let what = format!("{fault:?} after {passing}");
            let is_broken = update_with_break(&world, &app, fault, passing).await;
            check_stored(&world, &app, &["web", "db"], &what).await;
            let url = format!("https://shop-{number}-{passing}.mark.vibnai.com:3001");
            assert_eq!(urls(&world, &app, "web").await, url, "{what}");
            for lost in ["app", "extra"] {
                assert!(is_excluded(&world, &app, lost).await, "{what}: {lost}");
            }
            if !is_broken {
                break;
            }
            passing += 1;
        }
        assert!(passing >= 4, "two containers, the file and the domain: {passing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_service_that_reappeared_is_removed_by_the_next_update() {
    let world = World::embedded().await;
    let app = create(&world, "shop").await;
    update(&world, &app, RENAMED).await;
    // As a change of a lost container by hand leaves it.
    let now = service(&world, &app).await;
    let parts = now["applications"].as_array().expect("a list");
    let lost = parts.iter().find(|part| part["name"] == "extra").expect("a container");
    let [app_uuid, part] = [&app["uuid"], &lost["uuid"]].map(|it| it.as_str().expect("a text"));
    let path = format!("/services/{app_uuid}/applications/{part}");
    world.operator().coolify("PATCH", &path, &json!({ "exclude_from_status": false })).await;
    let stored = service(&world, &app).await["docker_compose_raw"].to_string();
    assert!(stored.contains("acme/extra"), "{stored}");
    update(&world, &app, RENAMED).await;
    check_stored(&world, &app, &["web", "db"], "by hand").await;
    assert!(is_excluded(&world, &app, "extra").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_stored_without_an_answer_still_needs_a_deployment() {
    let world = World::embedded().await;
    let app = create(&world, "shop").await;
    world.coolify.arm(Fault::new(Name::DropAfter).on("PATCH", "/services/*$").times(u32::MAX));
    let lost = world.mark.agent.compact_raw("apps.update", &patch(&app, RENAMED)).await;
    assert_eq!(lost.status, 502, "{}", lost.text);
    world.coolify.disarm();
    for _ in 0..2 {
        assert_eq!(update(&world, &app, RENAMED).await["needsDeploy"], true);
    }
    let deploy = json!({ "uuid": app["uuid"], "wait": true });
    world.mark.agent.compact("apps.deploy", &deploy).await.expect("a deployment");
    assert_eq!(update(&world, &app, RENAMED).await["needsDeploy"], false);
}
