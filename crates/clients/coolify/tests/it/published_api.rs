//! Every request of ours against Coolify's published description.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::str::FromStr;

use covibe_coolify::forwarded_fields::{CALLS as FORWARDED, Call, Field, Rule};
use covibe_coolify::{Credentials, Limits, OwnDestination, Placement};
use covibe_domain::Secret;
use covibe_domain::entities::{BuildPack, Flavor};
use covibe_sandbox::coolify::Version;
use serde_json::Value;

use crate::call_catalog::{CALLS, Prepared};
use crate::contract::{Contract, SentRequest};
use crate::simulated_coolify::{World, clone_url, description_with_mark};

/// A place where the description (4.3.11) is wrong or silent, and Coolify's source is followed.
struct Exception {
    /// The beginning of the complaint: method and path.
    call: &'static str,
    /// A part of the complaint.
    complaint: &'static str,
    /// The behaviour of the source.
    reason: &'static str,
}

const EXCEPTIONS: [Exception; 7] = [
    Exception {
        call: "POST ",
        complaint: "body.environment_name is missing",
        reason: "either of name and uuid is required",
    },
    Exception {
        call: "POST ",
        complaint: "body.environment_uuid is missing",
        reason: "either of name and uuid is required",
    },
    Exception {
        call: "POST /deploy:",
        complaint: "a body is not known",
        reason: "the parameters are read from the body as well, where booleans stay booleans",
    },
    Exception {
        call: "PATCH /security/keys/{uuid}:",
        complaint: "no such method",
        reason: "the route has the id in its path, the description has not",
    },
    Exception {
        call: "PATCH /applications/{uuid}/envs/bulk:",
        complaint: "body.data[].is_buildtime is not known",
        reason: "taken since 4.0.0-beta.434",
    },
    Exception {
        call: "POST /databases/mongodb:",
        complaint: "body.mongo_initdb_database is not known",
        reason: "one of three columns that are set, of which one is described",
    },
    Exception {
        call: "POST /databases/mongodb:",
        complaint: "body.mongo_initdb_root_password is not known",
        reason: "one of three columns that are set, of which one is described",
    },
];

impl Exception {
    fn covers(&self, text: &str) -> bool {
        text.starts_with(self.call) && text.contains(self.complaint)
    }
}

#[tokio::test]
async fn every_request_matches_coolifys_published_description() {
    let contract = Contract::load("coolify");
    for version in Version::ALL {
        let requests = make_every_call(version).await;
        assert!(requests.len() > CALLS.len());
        are_as_described(&contract, &requests, version);
    }
}

fn are_as_described(contract: &Contract, requests: &[covibe_sandbox::Recorded], version: Version) {
    let mut complaints: Vec<String> = Vec::new();
    for request in requests {
        let sent = SentRequest {
            method: &request.method,
            path: request.path.strip_prefix("/api/v1").unwrap(),
            query: request.query.keys().map(String::as_str).collect(),
            body: request.body.as_ref(),
        };
        complaints.extend(contract.complaints(&sent));
    }
    for one @ Exception { call, complaint, reason } in &EXCEPTIONS {
        let is_met = complaints.iter().any(|text| one.covers(text));
        assert!(is_met, "{version:?}: no longer needed: {call} {complaint} ({reason})");
    }
    complaints.retain(|text| !EXCEPTIONS.iter().any(|exception| exception.covers(text)));
    complaints.sort();
    complaints.dedup();
    assert!(complaints.is_empty(), "{version:?}: {complaints:#?}");
}

/// Every call, with every optional field set; answered by the simulator, which refuses unknown fields.
async fn make_every_call(version: Version) -> Vec<covibe_sandbox::Recorded> {
    let prepared = Prepared::with_version(version).await;
    for call in CALLS {
        prepared.make_call(call.name).await.unwrap();
    }
    let world = &prepared.world;
    let at = world.at_by_uuid().await;
    let mut full = World::repository_application("full");
    full.description = description_with_mark("d");
    full.restart_limit = restart_limit(version);
    full.limits = limits();
    full.build_pack = BuildPack::Dockerfile;
    full.base_directory = Some(parse("/app"));
    full.dockerfile_location = Some(parse("/Dockerfile"));
    world.client.create_repository_application(&at, &full).await.unwrap();
    full.name = String::from("compose");
    full.build_pack = BuildPack::Dockercompose;
    full.docker_compose_location = Some(parse("/compose.yml"));
    full.compose_domains =
        vec![("web".to_owned(), "https://stacked.mark.vibnai.com:3000".to_owned())];
    world.client.create_repository_application(&at, &full).await.unwrap();
    full.compose_domains.clear();
    let key = covibe_crypto::keypair("full").unwrap().private;
    full.private_key = Some(world.client.create_private_key("full", "d", &key).await.unwrap());
    world.client.create_repository_application(&at, &full).await.unwrap();
    full.build_pack = BuildPack::Dockerfile;
    full.domains = vec!["https://keyed.mark.vibnai.com".to_owned()];
    world.client.create_repository_application(&world.placement(), &full).await.unwrap();
    let mut image = World::image_application("patched", "nginx:alpine");
    image.restart_limit = restart_limit(version);
    image.limits = limits();
    image.domains = vec!["https://patched.mark.vibnai.com".to_owned()];
    let patched = world.client.create_image_application(&at, &image).await.unwrap();
    world.client.update_application(&patched, &patch(version)).await.unwrap();
    let read = world.client.application(&patched).await.unwrap();
    assert_eq!((read.health_check_enabled, read.health_check_port), (true, Some(3000)));
    assert!(limits().are_of(&read));
    volumes(world, &patched).await;
    databases(world, &at, 20_000).await;
    databases(world, &world.placement(), 20_100).await;
    services(world, &at).await;
    if version >= Version::V4_3 {
        destinations(world).await;
    }
    world.client.project(&world.project).await.unwrap();
    world.simulator.requests()
}

/// A destination of the workspace's own, and something on it.
async fn destinations(world: &World) {
    let (client, server) = (&world.client, world.client.server().await.unwrap());
    let network = covibe_domain::names::workspace_network(&world.project);
    let uuid = client.create_destination(&server, "vibn-ws-mark", &network).await.unwrap();
    let own = OwnDestination { server, uuid: uuid.clone() };
    let at = Placement { destination: Some(own), ..world.placement() };
    let image = World::image_application("own-network", "nginx:alpine");
    client.create_image_application(&at, &image).await.unwrap();
    assert!(client.delete_destination(&uuid).await.unwrap_err().is_conflict());
}

/// A database of each flavor with every optional field.
async fn databases(world: &World, at: &Placement, first_port: u16) {
    for (index, flavor) in Flavor::ALL.iter().enumerate() {
        let mut new = World::database(&format!("full-{flavor}"));
        new.image = Some("example/image:1".to_owned());
        new.is_public = true;
        new.public_port = Some(first_port + u16::try_from(index).unwrap());
        new.limits = limits();
        new.credentials = credentials(*flavor);
        world.client.create_database(at, *flavor, &new).await.unwrap();
    }
}

/// A volume, mounted, moved and taken away.
async fn volumes(world: &World, app: &covibe_domain::AppUuid) {
    let client = &world.client;
    client.mount_volume(app, &parse("data"), &parse("/data")).await.unwrap();
    let mounted = client.volumes(app).await.unwrap();
    assert_eq!((mounted[0].name.as_str(), mounted[0].mount_path.as_str()), ("data", "/data"));
    client.move_volume(app, &mounted[0].uuid, &parse("/var/lib/app")).await.unwrap();
    assert_eq!(client.volumes(app).await.unwrap()[0].mount_path, "/var/lib/app");
    client.unmount_volume(app, &mounted[0].uuid).await.unwrap();
    assert_eq!(client.volumes(app).await.unwrap(), []);
    client.unmount_volume(app, &mounted[0].uuid).await.unwrap();
}

/// Services and a database, made and changed with every optional field.
async fn services(world: &World, at: &Placement) {
    let client = &world.client;
    let mut service = World::service("full-service", "pocketbase");
    service.description = description_with_mark("d");
    service.urls = vec![("pocketbase".to_owned(), "https://auth.mark.vibnai.com:8080".to_owned())];
    let service = client.create_service(at, &service).await.unwrap();
    assert_eq!(client.service(&service).await.unwrap().domains(), ["auth.mark.vibnai.com"]);
    client.look_at_container(&service, "pocketbase").await.unwrap();
    let mut stack = World::compose_service("full-stack");
    stack.urls = vec![("web".to_owned(), "https://stack.mark.vibnai.com".to_owned())];
    let stack = client.create_compose_service(at, &stack).await.unwrap();
    let text = |value: &str| Some(value.to_owned());
    let patch = covibe_coolify::ServicePatch {
        name: text("renamed"),
        description: text("d"),
        compose: text("services: {web: {image: nginx}}"),
        urls: Some(vec![("web".to_owned(), String::new())]),
        connect_to_docker_network: Some(true),
    };
    client.update_service(&stack, &patch).await.unwrap();
    let lost = client.service(&stack).await.unwrap().applications.remove(0);
    client.exclude_container(&stack, &lost, true).await.unwrap();
    let stack = client.service(&stack).await.unwrap();
    for name in ["web", "db"] {
        client.stop_container(&stack, name).await.unwrap();
    }
    let made = client.create_database(at, Flavor::Redis, &World::database("changed")).await;
    let patch = covibe_coolify::DatabasePatch {
        name: text("renamed"),
        description: text("d"),
        image: text("redis:8"),
        is_public: Some(true),
        public_port: Some(21_000),
        limits: limits(),
    };
    client.update_database(&made.unwrap().uuid, &patch).await.unwrap();
}

fn parse<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn patch(version: Version) -> covibe_coolify::ApplicationPatch {
    let text = |value: &str| Some(value.to_owned());
    covibe_coolify::ApplicationPatch {
        name: text("renamed"),
        description: text("d"),
        git_repository: Some(clone_url("https://git.test/vibn-mark/other.git")),
        git_branch: Some(parse("next")),
        image: Some("nginx:alpine".parse().unwrap()),
        ports_exposes: Some(parse("3000,3001")),
        domains: Some(vec!["https://renamed.mark.vibnai.com".to_owned()]),
        build_pack: Some(BuildPack::Dockerfile),
        base_directory: Some(parse("/app")),
        publish_directory: Some(parse("/dist")),
        install_command: Some(parse("npm ci")),
        build_command: Some(parse("npm run build")),
        start_command: Some(parse("npm start")),
        dockerfile_location: Some(parse("/Dockerfile")),
        docker_compose_location: Some(parse("/compose.yml")),
        connect_to_docker_network: Some(true),
        source: Some(covibe_coolify::BuildSource {
            commit: parse(&"a".repeat(40)),
            follows_branch: true,
            has_switches: version >= Version::V4_3,
        }),
        health_check: Some(covibe_coolify::HealthCheck::Http {
            path: parse("/up"),
            port: Some(3000),
            timing: covibe_coolify::HealthTiming {
                interval: 10,
                timeout: 3,
                retries: 6,
                start_period: 60,
            },
        }),
        limits: limits(),
        restart_limit: restart_limit(version),
    }
}

/// The restart limit of applications where the release lets it be set.
fn restart_limit(version: Version) -> Option<u32> {
    (version >= Version::V4_3).then_some(0)
}

/// All that the flavor has.
fn credentials(flavor: Flavor) -> BTreeMap<String, Secret> {
    let text = || Some("value1".to_owned());
    let (user, database) = match flavor {
        Flavor::Redis | Flavor::Keydb | Flavor::Dragonfly => (None, None),
        Flavor::Clickhouse => (text(), None),
        _ => (text(), text()),
    };
    let password = Some(Secret::new("value1"));
    Credentials { user, password, database }.for_flavor(flavor).unwrap()
}

fn limits() -> Limits {
    Limits { memory: Some("512m".to_owned()), cpus: Some("0.5".to_owned()) }
}

/// Returns the fields of a call that one of the requests has; those of lists' items have a dot in
/// their name.
fn fields(call: &Call, requests: &[covibe_sandbox::Recorded]) -> BTreeSet<String> {
    let segments = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let (template, mut found) = (segments(call.path), BTreeSet::new());
    for request in requests.iter().filter(|it| it.method == call.method) {
        let path = segments(request.path.strip_prefix("/api/v1").unwrap());
        let same = |(one, other): (&String, &String)| one.starts_with('{') || one == other;
        if path.len() != template.len() || !template.iter().zip(&path).all(same) {
            continue;
        }
        found.extend(request.query.keys().cloned());
        for (name, value) in request.body.iter().filter_map(Value::as_object).flatten() {
            found.insert(name.clone());
            let items = value.as_array().into_iter().flatten().filter_map(Value::as_object);
            found.extend(items.flat_map(|item| item.keys()).map(|key| format!("{name}.{key}")));
        }
    }
    found
}

fn listed_fields(call: &Call) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for Field(name, rule) in call.members().chain(call.query) {
        names.insert((*name).to_owned());
        if let Rule::List(_, of) = rule {
            names.extend(of.iter().copied().flatten().map(|item| format!("{name}.{}", item.0)));
        }
    }
    names
}

/// Every request is checked against the list before it leaves; this checks that the list is not
/// longer either.
#[tokio::test]
async fn every_field_on_the_list_of_forwarded_fields_is_sent_by_some_call() {
    let requests = make_every_call(Version::V4_3).await;
    let unsent = FORWARDED.iter().flat_map(|call| {
        let unsent = &listed_fields(call) - &fields(call, &requests);
        unsent.into_iter().map(move |field| format!("{} {}: {field}", call.method, call.path))
    });
    assert_eq!(unsent.collect::<Vec<_>>(), [] as [String; 0]);
}
