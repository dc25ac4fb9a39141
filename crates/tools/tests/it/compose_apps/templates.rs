//! Apps of Coolify's templates: rewritten and judged before they start.

use std::time::Duration;

use covibe_sandbox::coolify::{Collection, Version};
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{changes, create_app, create_refused, service, urls};
use crate::support::{CallStyle, schema_validation, served_on, tool};

/// The variables of an app, as Coolify has them.
async fn value(world: &World, app: &Value, key: &str) -> Option<String> {
    let path = format!("/services/{}/envs", app["uuid"].as_str().expect("a uuid"));
    let envs = world.operator().coolify_list(&path).await;
    let found = envs.into_iter().find(|env| env["key"] == key)?;
    found["value"].as_str().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_surface_creates_an_app_from_a_template_on_every_release() {
    for version in Version::ALL {
        let world = served_on(version).await;
        let create = tool(&world, "apps.create");
        for (number, via) in CallStyle::ALL.into_iter().enumerate() {
            let name = format!("stats-{number}");
            world.coolify.clear_requests();
            let params = json!({ "template": "umami", "name": name });
            let told = via.call(&world.mark.agent, &create, &params).await;
            let app = told.result(&format!("{via:?} on {}", version.text()));
            schema_validation::assert_valid(&create.output, &app, "apps.create");
            let host = format!("{name}.mark.vibnai.com");
            assert_eq!((&app["kind"], &app["name"]), (&json!("service"), &json!(name)));
            assert_eq!(app["url"], format!("https://{host}"));
            assert_eq!(urls(&world, &app, "umami").await, format!("https://{host}:3000"));
            assert_eq!(
                value(&world, &app, "SERVICE_URL_UMAMI").await,
                Some(format!("https://{host}"))
            );
            let steps = changes(&world);
            assert_eq!(steps.first().map(String::as_str), Some("POST /services"));
            assert_eq!(
                steps.last().map(String::as_str),
                Some("POST /services/*/start"),
                "{steps:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_created_unstarted_and_rewritten_before_its_start() {
    let world = World::embedded().await;
    let app = create_app(&world.mark.agent, &json!({ "template": "umami" })).await;
    assert_eq!(app["name"], "umami", "it is named as its template");
    let service = service(&world, &app).await;
    assert_eq!(service["connect_to_docker_network"], false, "it names no database");
    let file = service["docker_compose_raw"].as_str().expect("a file");
    assert!(file.contains("ghcr.io/umami-software/umami:3.0.3"), "{file}");
    assert!(file.contains("docker.io/library/postgres:16-alpine"), "{file}");
    let requests = world.coolify.requests();
    let creation = requests.iter().find(|it| it.method == "POST" && it.path.ends_with("/services"));
    let body = creation.and_then(|it| it.body.clone()).expect("a creation");
    assert_eq!((&body["type"], &body["instant_deploy"]), (&json!("umami"), &json!(false)));
    let password = value(&world, &app, "SERVICE_PASSWORD_POSTGRES").await.expect("a password");
    assert!(password.len() >= 32, "Coolify generates it");
    assert!(!app.to_string().contains(&password));
}

#[tokio::test(flavor = "multi_thread")]
async fn services_of_a_template_get_only_domains_of_the_workspace() {
    let world = World::embedded().await;
    let params = json!({ "template": "ente-photos", "name": "photos", "composeService": "web" });
    let app = create_app(&world.mark.agent, &params).await;
    assert_eq!(urls(&world, &app, "web").await, "https://photos.mark.vibnai.com:3000");
    let other = urls(&world, &app, "museum").await;
    assert!(other.as_str().is_some_and(|url| url.contains(".mark.vibnai.com")), "{other}");
    let stored = service(&world, &app).await;
    assert!(!stored.to_string().contains("sslip.io"), "{stored}");
    let domains = json!([{ "service": "web", "domain": "auto" },
                         { "service": "museum", "domain": "api.mark.vibnai.com" }]);
    let params = json!({ "template": "ente-photos", "name": "album", "composeDomains": domains });
    let app = create_app(&world.mark.agent, &params).await;
    assert_eq!(urls(&world, &app, "museum").await, "https://api.mark.vibnai.com:8080");
    let params = json!({ "template": "umami", "name": "far", "domain": "far.justine.vibnai.com" });
    assert_eq!(create_refused(&world.mark.agent, &params).await.0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_of_a_minio_template_add_no_foreign_route() {
    let world = World::embedded().await;
    let envs = json!([{ "key": "MINIO_SERVER_URL", "value": "https://app.justine.vibnai.com" }]);
    let params = json!({ "template": "minio", "name": "files", "envs": envs });
    let app = create_app(&world.mark.agent, &params).await;
    let stored = service(&world, &app).await;
    let generated = stored["docker_compose"].as_str().expect("a file");
    assert!(generated.contains("Host(`files.mark.vibnai.com`)"), "{generated}");
    assert!(!generated.contains("Host(`app.justine"), "{generated}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_template_is_refused_with_similar_names() {
    let world = World::embedded().await;
    let services = world.coolify.count(Collection::Services);
    for (name, near) in [
        ("umani", "umami"),
        ("wordpress", "wordpress-without-database"),
        ("uptimekuma", "uptime-kuma"),
    ] {
        let (status, body) = create_refused(&world.mark.agent, &json!({ "template": name })).await;
        assert_eq!(status, 404, "{body}");
        assert_eq!(body["details"]["near"][0], near, "{body}");
        assert!(body["hint"].as_str().is_some_and(|hint| hint.contains(near)), "{body}");
        assert!(body["details"].get("known").is_none(), "{body}");
    }
    let (status, body) =
        create_refused(&world.mark.agent, &json!({ "template": "$(id)/../" })).await;
    assert_eq!((status, &body["details"]["near"]), (404, &json!([])), "{body}");
    assert_eq!(world.coolify.count(Collection::Services), services);
    let known = create_app(&world.mark.agent, &json!({ "template": "uptime kuma" })).await;
    assert_eq!(known["name"], "uptime-kuma");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_template_leaves_no_service_behind() {
    let world = World::embedded().await;
    let services = world.coolify.count(Collection::Services);
    for (template, path) in [
        ("dozzle", "services.dozzle.volumes[0]"),
        ("cloudflared", "services.cloudflared.network_mode"),
        ("fider", "services.fider.environment.EMAIL_NOREPLY"),
    ] {
        for _ in 0..2 {
            let params = json!({ "template": template, "name": "refused" });
            let (status, body) = create_refused(&world.mark.agent, &params).await;
            assert_eq!(status, 422, "{template}: {body}");
            assert!(body["error"].to_string().contains(template), "{body}");
            assert!(!body["error"].to_string().contains("composeRaw"), "{body}");
            let hint = body["hint"].as_str().expect("a hint");
            assert_eq!(hint.contains("can't be used"), template != "fider", "{hint}");
            assert_eq!(body["details"]["problems"][0]["path"], path, "{body}");
            assert!(body["details"].get("mayHaveHappened").is_none(), "{body}");
            assert_eq!(world.coolify.count(Collection::Services), services, "{template}");
        }
    }
    let params = json!({ "template": "fider", "name": "refused",
                         "envs": [{ "key": "EMAIL_NOREPLY", "value": "no@reply.test" }] });
    let app = create_app(&world.mark.agent, &params).await;
    assert_eq!(value(&world, &app, "EMAIL_NOREPLY").await.as_deref(), Some("no@reply.test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_template_is_reported_as_refused_while_its_deletion_continues() {
    let mut options = Options::default().with_deadline(Duration::from_secs(3));
    options.coolify.deletion = Some(Duration::from_hours(2));
    let world = World::start(options).await.expect("SQLite is built in");
    let services = world.coolify.count(Collection::Services);
    let params = json!({ "template": "dozzle", "name": "tp1" });
    let (status, body) = create_refused(&world.mark.agent, &params).await;
    assert_eq!((status, &body["details"].get("mayHaveHappened")), (422, &None), "{body}");
    assert_eq!(body["details"]["problems"][0]["path"], "services.dozzle.volumes[0]", "{body}");
    let hint = body["hint"].as_str().expect("a hint");
    assert!(hint.contains("tp1 is free again") && !hint.contains("Repeat"), "{hint}");
    // What is being deleted is nobody's to finish.
    let (status, body) = create_refused(&world.mark.agent, &params).await;
    assert_eq!(status, 409, "{body}");
    assert!(body["details"]["retryAfterSeconds"].is_u64(), "{body}");
    world.coolify.advance(Duration::from_hours(3));
    assert_eq!(world.coolify.count(Collection::Services), services);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_of_an_auth_provider_is_refused_with_a_hint_at_auth_create() {
    let world = World::embedded().await;
    for template in ["pocketbase", "pocketbase.", " PocketBase_"] {
        let (status, body) =
            create_refused(&world.mark.agent, &json!({ "template": template })).await;
        assert_eq!(status, 422, "{body}");
        assert!(body["hint"].to_string().contains("auth.create"), "{body}");
    }
    let params = json!({ "template": "umami", "image": "nginx:1" });
    assert_eq!(create_refused(&world.mark.agent, &params).await.0, 400);
    let params = json!({ "template": "umami", "ports": "80" });
    assert_eq!(create_refused(&world.mark.agent, &params).await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_template_creation_continues_after_a_failure_of_any_step() {
    let world = World::embedded().await;
    for (number, (method, path)) in [
        ("POST", "/services$"),
        ("GET", "/services/*$"),
        ("PATCH", "/services/*$"),
        ("POST", "/services/*/start$"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("stats-{number}");
        let params = json!({ "template": "umami", "name": name });
        world.coolify.arm(Fault::new(Name::DropAfter).on(method, path).times(9));
        let answer = world.mark.agent.compact_raw("apps.create", &params).await;
        assert_eq!(answer.status, 502, "{method} {path}: {}", answer.text);
        world.coolify.disarm();
        let app = create_app(&world.mark.agent, &params).await;
        let names = world.coolify.names(Collection::Services);
        assert_eq!(names.iter().filter(|each| **each == name).count(), 1, "{method} {path}");
        let url = format!("https://{name}.mark.vibnai.com:3000");
        assert_eq!(urls(&world, &app, "umami").await, url, "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_from_a_template_can_be_managed_only_in_its_own_workspace() {
    let mut world = World::embedded().await;
    let app = create_app(&world.mark.agent, &json!({ "template": "umami" })).await;
    world.restart().await;
    let agent = &world.mark.agent;
    let uuid = json!({ "uuid": app["uuid"] });
    let listed = agent.compact("apps.list", &json!({})).await.expect("apps");
    assert_eq!(listed["apps"][0]["uuid"], app["uuid"], "{listed}");
    assert_eq!(listed["apps"][0]["kind"], "service", "not made by hand: {listed}");
    let providers = agent.compact("auth.list", &json!({})).await.expect("providers");
    assert_eq!(providers["providers"], json!([]));
    let params = json!({ "uuid": app["uuid"], "patch": { "description": "statistics" } });
    let updated = agent.compact("apps.update", &params).await.expect("an update");
    assert_eq!(updated["applied"], json!(["description"]), "{updated}");
    let handed = json!({ "uuid": app["uuid"], "include": ["compose"] });
    let handed = agent.compact("apps.get", &handed).await.expect("an app");
    let file = handed["composeRaw"].as_str().expect("a file").replace("umami:3.0.3", "umami:3.1.0");
    let params = json!({ "uuid": app["uuid"], "patch": { "composeRaw": file } });
    let updated = agent.compact("apps.update", &params).await.expect("an update");
    assert_eq!(
        (&updated["applied"], &updated["needsDeploy"]),
        (&json!(["composeRaw"]), &json!(true))
    );
    for tool in ["apps.get", "apps.envs.list", "apps.deploy"] {
        let answer = world.justine.agent.compact_raw(tool, &uuid).await;
        assert_eq!(answer.status, 403, "{tool}: {}", answer.text);
    }
    let params = json!({ "uuid": app["uuid"], "confirm": "umami", "volumes": "delete" });
    let deleted = agent.compact("apps.delete", &params).await.expect("deleted");
    assert_eq!(deleted["deleted"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_of_a_templates_domain_is_part_of_the_url() {
    let world = World::embedded().await;
    let app =
        create_app(&world.mark.agent, &json!({ "template": "chaskiq", "name": "chat" })).await;
    assert_eq!(urls(&world, &app, "chaskiq").await, "https://chat.mark.vibnai.com:3000/app");
    assert_eq!(app["url"], "https://chat.mark.vibnai.com/app");
    let stored = service(&world, &app).await;
    assert!(!stored.to_string().contains("sslip.io"), "{stored}");
    let generated = stored["docker_compose"].as_str().expect("a file");
    assert!(
        generated.contains("Host(`chat.mark.vibnai.com`) && PathPrefix(`/app`)"),
        "{generated}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_templates_file_keeps_its_text_after_interrupted_creations() {
    let world = World::embedded().await;
    let params = json!({ "template": "docker-registry", "name": "registry" });
    for step in [("POST", "/services$"), ("PATCH", "/services/*$")] {
        world.coolify.arm(Fault::new(Name::DropAfter).on(step.0, step.1).times(9));
        let answer = world.mark.agent.compact_raw("apps.create", &params).await;
        assert_eq!(answer.status, 502, "{step:?}: {}", answer.text);
        world.coolify.disarm();
    }
    let app = create_app(&world.mark.agent, &params).await;
    let params = json!({ "uuid": app["uuid"], "include": ["compose"] });
    let file = world.mark.agent.compact("apps.get", &params).await.expect("an app");
    let file = file["composeRaw"].as_str().expect("a file");
    let script =
        "htpasswd -Bbn $${SERVICE_USER_REGISTRY} $$SERVICE_PASSWORD_REGISTRY > /auth/$$$$.tmp";
    assert!(file.contains(script), "as Docker Compose escapes it: {file}");
    for text in ["version: 0.1", "/etc/docker/registry/config.yml", "0755", "registry-data"] {
        assert!(file.contains(text), "{text}: {file}");
    }
    let generated = service(&world, &app).await["docker_compose"].to_string();
    assert!(!generated.contains("/data/coolify"), "no path of the host: {generated}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_mounts_a_single_file_for_data_is_refused_with_a_fix() {
    let world = World::embedded().await;
    let (status, body) =
        create_refused(&world.mark.agent, &json!({ "template": "filebrowser" })).await;
    assert_eq!(status, 422, "{body}");
    let problems = body["details"]["problems"].as_array().expect("problems");
    assert_eq!(problems.len(), 1, "{body}");
    assert_eq!(problems[0]["path"], "services.filebrowser.volumes[1]", "{body}");
    assert!(problems[0]["fix"].to_string().contains("so that the data survives"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_of_a_templates_domain_survives_a_lost_answer() {
    let world = World::embedded().await;
    for (number, (method, path)) in
        [("PATCH", "/services/*$"), ("POST", "/services/*/start$")].into_iter().enumerate()
    {
        let name = format!("chat-{number}");
        let params = json!({ "template": "chaskiq", "name": name });
        world.coolify.arm(Fault::new(Name::DropAfter).on(method, path).times(9));
        let answer = world.mark.agent.compact_raw("apps.create", &params).await;
        assert_eq!(answer.status, 502, "{method}: {}", answer.text);
        world.coolify.disarm();
        let app = create_app(&world.mark.agent, &params).await;
        assert_eq!(app["url"], format!("https://{name}.mark.vibnai.com/app"), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_creation_with_a_value_that_reads_the_host_leaves_no_app() {
    let world = World::embedded().await;
    let leak = json!([{ "key": "LEAK", "value": "x${BACKUP_KEY}", "isLiteral": false }]);
    let params = json!({ "template": "umami", "name": "leaky", "envs": leak });
    let answer = world.mark.agent.compact_raw("apps.create", &params).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    let listed = world.mark.agent.compact("apps.list", &json!({})).await.expect("apps");
    assert_eq!(listed["apps"], json!([]), "{listed}");
}
