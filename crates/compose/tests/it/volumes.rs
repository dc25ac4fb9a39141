//! A new version of a file leaves each mount its volume, whatever the order of the file, and reports the
//! mounts for which it does not.

use std::collections::BTreeMap;

use covibe_compose::{Compose, Request};
use covibe_domain::Failure;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::canonical_text_reader;

/// A mount: its source and its target.
type Mount = (String, String);

/// A service: its name and its mounts.
type Service = (String, Vec<Mount>);

fn text(services: &[Service]) -> String {
    let service = |(name, mounts): &Service| {
        let mount = |(source, target): &Mount| match source.as_str() {
            "" => target.clone(),
            source => format!("{source}:{target}"),
        };
        let mounts: Vec<_> = mounts.iter().map(mount).collect();
        format!("  {name}: {}\n", json!({ "image": format!("acme/{name}"), "volumes": mounts }))
    };
    format!("services:\n{}", services.iter().map(service).collect::<String>())
}

fn accept(file: &str, present: Option<&str>) -> Result<Compose, Failure> {
    accept_confirmed(file, present, &[])
}

/// Takes a new version of a file that may take these volumes from their places.
fn accept_confirmed(
    file: &str,
    present: Option<&str>,
    volumes: &[&str],
) -> Result<Compose, Failure> {
    let confirmed = volumes.iter().map(|&volume| volume.to_owned()).collect();
    let present = present.map(str::to_owned);
    let request = Request { present, confirmed, ..Request::default() };
    covibe_compose::compose(file, &request)
}

/// The volume of each mount in the file that is sent, by service, target and source.
fn volumes(accepted: &Compose, services: &[Service]) -> BTreeMap<(String, String, String), String> {
    let tree = canonical_text_reader::read(accepted.text()).unwrap();
    let mut found = BTreeMap::new();
    for (name, mounts) in services {
        for (index, (source, target)) in mounts.iter().enumerate() {
            let mount = tree["services"][name]["volumes"][index].as_str().unwrap();
            let volume = mount.split_once(':').unwrap().0.to_owned();
            found.insert((name.clone(), target.clone(), source.clone()), volume);
        }
    }
    found
}

/// Sources, many of which look alike once they are names.
fn source() -> impl Strategy<Value = String> {
    let long = "x".repeat(55);
    let alike = [format!("./{long}-1"), format!("./{long}-2"), format!("./{long}_1")];
    let fixed = [
        "",
        "./a_b",
        "./a-b",
        "./a.b",
        "./a/b",
        "./data",
        "~/data",
        "/srv/data",
        "${D:-/mnt/v}/app",
        "${D:-/mnt/v}/pg",
        "${D}/app",
        "${DATA}",
        "${DATA:-./data}",
        "../data",
        "./1",
        "./x",
        "./web-data",
        "named",
        "a-b-2",
    ];
    let all: Vec<_> = fixed.into_iter().map(str::to_owned).chain(alike).collect();
    prop::sample::select(all)
}

fn service() -> impl Strategy<Value = Vec<Mount>> {
    let targets = prop::sample::subsequence(vec!["/data", "/var/lib/x", "/a-b", "/a/b"], 0..4);
    (targets, prop::collection::vec(source(), 4)).prop_map(|(targets, sources)| {
        sources.into_iter().zip(targets.into_iter().map(str::to_owned)).collect()
    })
}

/// Five services, some of which a file has, in some order.
fn services() -> impl Strategy<Value = Vec<Service>> {
    let names = ["web", "app", "db", "a", "a-b"].map(str::to_owned).to_vec();
    prop::collection::vec(service(), 5)
        .prop_map(move |mounts| names.iter().cloned().zip(mounts).collect())
}

/// Versions of a file: the services of each, in order.
fn versions() -> impl Strategy<Value = Vec<Vec<usize>>> {
    let version = prop::sample::subsequence(vec![0, 1, 2, 3, 4], 1..=5).prop_shuffle();
    prop::collection::vec(version, 2..5)
}

/// Returns whether a file is refused because a folder would get the data of another service, or because the
/// file names two volumes that Coolify can't tell apart.
fn is_rightly_refused(failure: &Failure) -> bool {
    ["has the data of", "the same name as another one", "would get"]
        .iter()
        .any(|it| failure.message.contains(it))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn each_mount_keeps_its_volume_across_versions_of_a_file(all in services(), versions in versions()) {
        let (mut present, mut before): (Option<String>, BTreeMap<_, _>) = (None, BTreeMap::new());
        for version in versions {
            let services: Vec<_> = version.iter().map(|at| all[*at].clone()).collect();
            let accepted = match accept(&text(&services), present.as_deref()) {
                Ok(accepted) => accepted,
                Err(failure) => {
                    prop_assert!(is_rightly_refused(&failure), "{failure:?}");
                    continue;
                }
            };
            let now = volumes(&accepted, &services);
            for (mount, volume) in &before {
                if let Some(is) = now.get(mount) {
                    prop_assert_eq!(is, volume, "{:?}", mount);
                }
            }
            for ((service, target, source), volume) in &now {
                for ((other_service, other_target, other), theirs) in &now {
                    let is_same = match source.as_str() {
                        "" => (service, target, source) == (other_service, other_target, other),
                        _ => source == other,
                    };
                    prop_assert_eq!(is_same, volume == theirs, "{} {}", source, other);
                }
            }
            (present, before) = (Some(accepted.text().to_owned()), now);
        }
    }
}

/// Returns a mount in the file that is sent.
fn sent_mount(accepted: &Compose, service: &str, index: usize) -> Value {
    canonical_text_reader::read(accepted.text()).unwrap()["services"][service]["volumes"][index]
        .clone()
}

#[test]
fn a_service_added_in_front_gets_no_volume_of_another() {
    let storage = "${DOCKER_VOLUME_STORAGE:-/mnt/docker-volumes}";
    let services = format!(
        "app: {{image: acme/a, volumes: ['{storage}/app:/var/www']}}, \
         db: {{image: acme/b, volumes: ['{storage}/pg:/var/lib/postgresql/data']}}"
    );
    let stored = accept(&format!("services: {{{services}}}"), None).unwrap();
    let cache = format!("cache: {{image: acme/c, volumes: ['{storage}/redis:/data']}}");
    let next = format!("services: {{{cache}, {services}}}");
    let accepted = accept(&next, Some(stored.text())).unwrap();
    for service in ["app", "db"] {
        assert_eq!(sent_mount(&accepted, service, 0), sent_mount(&stored, service, 0), "{service}");
    }
    let cache = sent_mount(&accepted, "cache", 0);
    assert!(cache.as_str().unwrap().starts_with("docker-volume-storage-redis-"), "{cache}");
    assert_eq!(accepted.warnings, [""; 0]);
    let why: Vec<_> = accepted.changes.iter().map(|change| change.why).collect();
    assert_eq!(why.iter().filter(|why| why.contains("already")).count(), 2, "{why:?}");
}

#[test]
fn a_renamed_service_keeps_its_volumes() {
    let file = "services: {app: {image: 'acme/app:1', volumes: [/anon, './data:/data']}, db: {image: acme/b}}";
    let first = accept(file, None).unwrap();
    let renamed = file.replace("app: {image: 'acme/app:1'", "web: {image: 'acme/app:2'");
    let second = accept(&renamed, Some(first.text())).unwrap();
    assert_eq!(sent_mount(&second, "web", 0), "app-anon:/anon");
    assert_eq!(sent_mount(&second, "web", 1), "data:/data");
    assert_eq!(second.warnings, [""; 0]);
    let pairs: Vec<_> = second.renamed.iter().map(|it| (&*it.from, &*it.to)).collect();
    assert_eq!(pairs, [("app", "web")]);
    let third = accept(&renamed, Some(second.text())).unwrap();
    assert_eq!(sent_mount(&third, "web", 0), "app-anon:/anon", "the next version of the file, too");
}

#[test]
fn a_service_that_matches_two_earlier_ones_is_not_treated_as_renamed() {
    let stored = "services: {a: {image: x}, b: {image: x}}";
    let accepted = accept("services: {c: {image: x}}", Some(stored)).unwrap();
    assert_eq!(accepted.renamed, []);
}

#[test]
fn a_warning_names_a_replaced_volume_and_the_one_that_keeps_the_data() {
    let stored = "services: {web: {image: x, volumes: ['data:/data', 'logs:/logs']}, \
                  db: {image: y, volumes: ['pg:/pg']}}";
    for (next, told) in [
        (
            "services: {web: {image: x, volumes: ['./files:/data', 'logs:/logs']}, db: {image: y, volumes: ['pg:/pg']}}",
            vec![
                "services.web: /data had the volume data, and gets files, which no service mounts \
                 now: it has an earlier service's data, or if there is none, the image's files. data keeps \
                 its data: write data:/data to mount it there again.",
            ],
        ),
        (
            "services: {web: {image: x, volumes: ['pg:/data', 'logs:/logs']}, db: {image: y, volumes: ['pg:/pg']}}",
            vec![
                "services.web: /data had the volume data, and gets pg, which db has at /pg. data keeps \
                 its data: write data:/data to mount it there again.",
            ],
        ),
        (
            "services: {web: {image: x, volumes: ['data:/data', 'logs:/logs']}, db: {image: y, volumes: ['pg:/pg', 'logs:/l']}}",
            vec!["services.db: /l gets the volume logs, which web has at /logs."],
        ),
        (
            "services: {web: {image: x, volumes: ['data:/data', 'logs:/logs']}}",
            vec!["The volume pg, which db has at /pg, is no longer mounted. It keeps its data."],
        ),
        (
            "services: {web: {image: x, volumes: ['data:/other', 'logs:/logs']}, db: {image: y, volumes: ['pg:/pg']}}",
            vec![],
        ),
    ] {
        let accepted = accept_confirmed(next, Some(stored), &["data"]).unwrap();
        assert_eq!(accepted.warnings, told, "{next}");
        let is_replaced = told.iter().any(|text| text.contains("had the volume"));
        assert_eq!(accept(next, Some(stored)).is_err(), is_replaced, "{next}");
    }
}

#[test]
fn a_mount_gets_another_volume_only_after_confirmation_of_each() {
    let stored = "services: {web: {image: x, volumes: ['data:/data', 'logs:/logs']}, \
                  db: {image: y, volumes: ['pg:/pg']}}";
    let next = "services: {web: {image: x, volumes: ['./files:/data', 'pg:/logs']}, \
                db: {image: y, volumes: ['pg:/pg']}}";
    let refused = accept(next, Some(stored)).unwrap_err();
    assert_eq!(refused.kind.status(), 422);
    assert_eq!(
        refused.message,
        "`composeRaw` is refused at services.web.volumes: /data has the volume data with its data, and would get \
         files, which no service mounts now: it has an earlier service's data, or if there is none, the \
         image's files."
    );
    let hint = "To keep the data there, write data:/data. Otherwise repeat the call with `confirmVolumes: [\"data\", \
                \"logs\"]`; data keeps its data.";
    assert_eq!(refused.hint.as_deref(), Some(hint));
    let problems = refused.details["problems"].as_array().unwrap();
    assert!(problems[1]["problem"].as_str().unwrap().contains("get pg, which db has at /pg"));
    assert!(accept_confirmed(next, Some(stored), &["data"]).is_err(), "each is confirmed");
    let accepted = accept_confirmed(next, Some(stored), &["data", "logs"]).unwrap();
    // The answer may have been lost: the same file is stored then.
    let (present, running) = (Some(accepted.text().to_owned()), covibe_compose::layout(stored));
    let request = Request { present, running, ..Request::default() };
    let again = covibe_compose::compose(next, &request).unwrap();
    assert_eq!(again.text(), accepted.text());
    let back = covibe_compose::compose(stored, &request).unwrap();
    assert_eq!(back.warnings, [""; 0], "what runs is what it was");
}

#[test]
fn a_folder_with_the_name_of_another_services_volume_is_refused() {
    let stored = "services: {db: {image: y, volumes: ['data:/var/lib/postgresql/data']}}";
    let next = "services: {web: {image: x, volumes: ['./data:/srv/public']}}";
    let refused = accept(next, Some(stored)).unwrap_err();
    assert_eq!(refused.kind.status(), 422);
    assert_eq!(refused.details["path"], "services.web.volumes[0]");
    let text = "its volume would be data, which has the data of db at /var/lib/postgresql/data";
    assert!(refused.message.contains(text), "{refused:?}");
    assert!(refused.hint.unwrap().contains("write data as the source"));
    let named = accept(&next.replace("./data", "data"), Some(stored)).unwrap();
    assert_eq!(
        named.warnings,
        [
            "services.web: /srv/public gets the volume data, which db has at /var/lib/postgresql/data."
        ]
    );
    // The place is the same, so the service has another name and another image.
    let moved = next.replace("/srv/public", "/var/lib/postgresql/data");
    let moved = accept(&moved, Some(stored)).unwrap();
    assert_eq!(sent_mount(&moved, "web", 0), "data:/var/lib/postgresql/data");
    assert_eq!(moved.warnings.len(), 1, "{:?}", moved.warnings);
}

#[test]
fn an_anonymous_volume_gets_no_name_of_another_services_folder() {
    let folder = "app: {image: acme/a, volumes: ['./a_b:/data']}";
    let first = accept(&format!("services: {{{folder}}}"), None).unwrap();
    let anonymous = "app: {image: acme/a, volumes: [/data]}";
    let second = accept(&format!("services: {{{anonymous}}}"), Some(first.text())).unwrap();
    assert_eq!(
        sent_mount(&second, "app", 0),
        sent_mount(&first, "app", 0),
        "the place keeps its data"
    );
    let both = format!("services: {{{anonymous}, {}}}", folder.replace("app", "web"));
    assert!(accept(&both, Some(second.text())).is_err(), "its place would lose the data");
    let had = sent_mount(&second, "app", 0).as_str().unwrap().split(':').next().unwrap().to_owned();
    let third = accept_confirmed(&both, Some(second.text()), &[&had]).unwrap();
    assert_eq!(sent_mount(&third, "web", 0), sent_mount(&first, "app", 0));
    assert_eq!(sent_mount(&third, "app", 0), "app-data:/data");
    assert_eq!(third.warnings.len(), 2, "{:?}", third.warnings);
    let again = accept(&both, Some(third.text())).unwrap();
    assert_eq!(again.text(), third.text());
}
