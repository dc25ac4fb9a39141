//! The volumes of a compose app: a new version of its file does not swap them.

use covibe_testkit::World;
use serde_json::{Value, json};

use super::create_app;

const TWO: &str = "
services:
  app: {image: 'acme/app:1', expose: ['80'], volumes: ['./a_b:/one', '${D:-/mnt/v}/app:/var/www']}
  db: {image: 'postgres:16', volumes: ['./a-b:/two', '${D:-/mnt/v}/pg:/var/lib/postgresql/data']}
";

/// The mounts of each service, as Coolify stores them.
async fn mounts(world: &World, app: &Value, names: &[&str]) -> Vec<Value> {
    let params = json!({ "uuid": app["uuid"], "include": ["compose"] });
    let got = world.mark.agent.compact("apps.get", &params).await.expect("an app");
    let file = got["composeRaw"].as_str().expect("a file");
    let of = |name: &&str| {
        let lines = file.lines().skip_while(|line| !line.starts_with(&format!("  \"{name}\":")));
        let own = lines.skip(1).take_while(|line| line.starts_with("    "));
        let items = own.filter_map(|line| line.trim().strip_prefix("- \"")?.strip_suffix('"'));
        json!(items.filter(|item| item.contains(":/")).collect::<Vec<_>>())
    };
    names.iter().map(of).collect()
}

async fn update(world: &World, app: &Value, file: &str) -> Value {
    let params = json!({ "uuid": app["uuid"], "patch": { "composeRaw": file } });
    let updated = world.mark.agent.compact("apps.update", &params).await;
    updated.unwrap_or_else(|why| panic!("{file}: {why}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn services_keep_their_volumes_when_an_update_reorders_them_or_adds_one() {
    let world = World::embedded().await;
    let params = json!({ "composeRaw": TWO, "name": "shop", "composeService": "app", "instantDeploy": false });
    let app = create_app(&world.mark.agent, &params).await;
    let before = mounts(&world, &app, &["app", "db"]).await;
    let (_, services) = TWO.split_once("services:\n").expect("a file");
    let services: Vec<_> = services.split_inclusive('\n').collect();
    let [first, second] = services[..] else { panic!("two services") };
    let cache = "  cache: {image: 'redis:7', volumes: ['${D:-/mnt/v}/redis:/data', './a.b:/c']}\n";
    let next = format!("services:\n{cache}{second}{first}");
    let updated = update(&world, &app, &next).await;
    assert_eq!(updated.get("warnings"), None, "{updated}");
    assert_eq!(mounts(&world, &app, &["app", "db"]).await, before);
    let all = mounts(&world, &app, &["cache", "app", "db"]).await;
    let volumes = all.iter().flat_map(|own| own.as_array().expect("a list"));
    let mut volumes: Vec<_> =
        volumes.filter_map(|mount| Some(mount.as_str()?.split_once(':')?.0.to_owned())).collect();
    volumes.sort();
    volumes.dedup();
    assert_eq!(volumes.len(), 6, "{volumes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mount_gets_another_volume_only_if_the_call_confirms_it() {
    let world = World::embedded().await;
    let file = "services: {web: {image: 'acme/web:1', volumes: ['./data:/data']}}";
    let params = json!({ "composeRaw": file, "name": "shop", "instantDeploy": false });
    let app = create_app(&world.mark.agent, &params).await;
    let mut params = json!({ "uuid": app["uuid"],
                             "patch": { "composeRaw": file.replace("./data", "./files") } });
    let refused = world.mark.agent.compact_raw("apps.update", &params).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    for part in
        ["/data has the volume data", "would get files", "write data:/data", "confirmVolumes"]
    {
        assert!(refused.text.contains(part), "{part}: {}", refused.text);
    }
    params["confirmVolumes"] = json!(["data"]);
    let updated = world.mark.agent.compact("apps.update", &params).await.expect("an update");
    let warning = "services.web: /data had the volume data, and gets files, which no service \
                   mounts now: it has an earlier service's data, or if there is none, the image's files. \
                   data keeps its data: write data:/data to mount it there again.";
    assert_eq!(updated["warnings"], json!([warning]), "{updated}");
    params.as_object_mut().expect("an object").remove("confirmVolumes");
    let again = world.mark.agent.compact("apps.update", &params).await.expect("an update");
    assert_eq!(again["warnings"], json!([warning]), "the same call again: {again}");
}
