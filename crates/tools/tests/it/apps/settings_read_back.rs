//! `apps.get` returns all that calls set, so that a new session repairs a build without guessing.

use std::collections::BTreeSet;

use covibe_sandbox::coolify::Version;
use serde_json::{Value, json};

use super::fixture::{Ground, text, world};
use crate::support::{CallStyle, tool};

/// The parameters that are no member of the answer, and why.
const NOT_RETURNED: [(&str, &str); 7] = [
    ("files", "they are in the app's repository: repos.read"),
    ("template", "the app has the template's compose file from then on: composeRaw"),
    ("domain", "it is one of domains"),
    ("composeService", "services has the domains of each"),
    ("composeDomains", "services has the domains of each"),
    ("envs", "they may be secrets: apps.envs.list"),
    ("instantDeploy", "it is about the call, and no setting"),
];

fn members(schema: &Value) -> BTreeSet<String> {
    schema["properties"].as_object().expect("an object").keys().cloned().collect()
}

#[tokio::test]
async fn apps_get_returns_every_parameter_of_apps_create_and_apps_update() {
    let world = world(Version::V4_3).await;
    let create = &tool(&world, "apps.create").input;
    let update = &tool(&world, "apps.update").input["properties"]["patch"];
    let get = &tool(&world, "apps.get").output;
    let (settable, returned) = (&members(create) | &members(update), members(get));
    let missing: BTreeSet<_> = &settable - &returned;
    let named: BTreeSet<_> = NOT_RETURNED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(missing, named, "add it to apps.get, or say here why it can't be returned");
    for name in ["healthCheck", "limits", "volumes"] {
        let inside = |schema: &Value| {
            let member = &schema["properties"][name];
            members(if member["type"] == "array" { &member["items"] } else { member })
        };
        assert_eq!(inside(create), inside(get), "{name}");
        assert_eq!(inside(update), inside(get), "{name}");
    }
    let says = &tool(&world, "apps.get").description;
    for other in ["apps.envs.list", "repos.read"] {
        assert!(says.contains(other), "what is not returned is named: {says}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_member_of_a_patch_is_read_back_as_it_was_written() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let dockerfile = json!({ "path": "web/Dockerfile", "content": "FROM nginx:1.27\nEXPOSE 80\n" });
    let page = json!({ "path": "index.html", "content": "<h1>Hi</h1>" });
    let params = json!({ "name": "site", "files": [dockerfile, page], "instantDeploy": false });
    let (_, made) = ground.call_by(CallStyle::Tool, "apps.create", &params).await;
    let uuid = text(&made["uuid"]);
    let built = json!({
        "name": "shop", "description": "in words", "branch": "main",
        "commit": ground.tip("site").await, "ports": "8080", "installCommand": "npm ci",
        "buildCommand": "npm run build", "startCommand": "npm start", "baseDirectory": "/web",
        "publishDirectory": "/dist", "dockerfileLocation": "/Dockerfile",
        "buildPack": "dockerfile", "autoDeploy": false, "watchPaths": ["web"],
        "volumes": [{ "name": "data", "mountPath": "/data" }],
        "limits": { "memory": "512m", "cpus": "0.5" },
        "healthCheck": { "path": "/up", "port": 8080, "interval": 20, "timeout": 3, "retries": 6,
                         "startPeriod": 600 },
    });
    let image = json!({ "image": "nginx:1.29" });
    let compose = json!({ "composeRaw": "services:\n  web:\n    image: nginx:1.29\n" });
    let mut written = BTreeSet::from(["dockerComposeLocation".to_owned()]);
    let apps = [
        (uuid, built),
        (ground.image_app("web").await, image),
        (ground.stack("stack", "services: {web: {image: 'nginx:1.27'}}").await, compose),
    ];
    for (uuid, patch) in apps {
        let told = ground.call_ok("apps.update", json!({ "uuid": uuid, "patch": patch })).await;
        assert!(told["ignored"].as_array().is_none_or(Vec::is_empty), "{told}");
        let got = ground.call_ok("apps.get", json!({ "uuid": uuid, "include": ["compose"] })).await;
        for (name, value) in patch.as_object().expect("an object") {
            if name == "composeRaw" {
                assert!(text(&got[name]).contains("nginx:1.29"), "{got}");
            } else {
                assert_eq!(&got[name], value, "{name}: {got}");
            }
            written.insert(name.clone());
        }
    }
    assert_eq!(written, members(&tool(&world, "apps.update").input["properties"]["patch"]));
}
