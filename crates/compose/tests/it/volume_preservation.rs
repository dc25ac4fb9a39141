//! Whatever an edit makes of a file, no place in a container gets another volume unless that is confirmed, and nothing
//! of it is untold.
//!
//! `COVIBE_EDITS=100000` tries that many edits.

use std::collections::{BTreeMap, BTreeSet};

use covibe_compose::{Compose, Request, layout};
use proptest::prelude::*;
use serde_json::json;

use crate::canonical_text_reader;

/// A service: its name, its image, and the source and target of each mount.
type Service = (String, String, Vec<(String, String)>);

const NAMES: [&str; 6] = ["web", "app", "db", "site", "a", "a-b"];
const IMAGES: [&str; 3] = ["acme/web:1", "acme/web:2", "postgres:16"];
const TARGETS: [&str; 4] = ["/data", "/data/", "/var/lib/x", "/anon"];
const SOURCES: [&str; 10] = [
    "",
    "./data",
    "./files",
    "./a_b",
    "./a-b",
    "named",
    "my_data",
    "my-data",
    "${D:-/mnt/v}/app",
    "/srv/data",
];

/// An edit; numbers choose what it is done to.
#[derive(Clone, Debug)]
enum Edit {
    Reverse,
    Add(usize, Service),
    Drop(usize),
    Rename(usize, usize),
    Image(usize, usize),
    Source(usize, usize, usize),
    Mount(usize, String, String),
    Unmount(usize, usize),
    /// The app is started with what is stored.
    Start,
}

fn word(words: &[&str]) -> impl Strategy<Value = String> + use<> {
    prop::sample::select(words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
}

fn service() -> impl Strategy<Value = Service> {
    let mounts = prop::collection::vec((word(&SOURCES), word(&TARGETS)), 0..3);
    (word(&NAMES), word(&IMAGES), mounts)
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = 0_usize..6;
    prop_oneof![
        Just(Edit::Reverse),
        (at.clone(), service()).prop_map(|(at, one)| Edit::Add(at, one)),
        at.clone().prop_map(Edit::Drop),
        (at.clone(), 0..NAMES.len()).prop_map(|(at, name)| Edit::Rename(at, name)),
        (at.clone(), 0..IMAGES.len()).prop_map(|(at, image)| Edit::Image(at, image)),
        (at.clone(), 0_usize..3, 0..SOURCES.len())
            .prop_map(|(at, mount, source)| Edit::Source(at, mount, source)),
        (at.clone(), word(&SOURCES), word(&TARGETS))
            .prop_map(|(at, source, target)| Edit::Mount(at, source, target)),
        (at, 0_usize..3).prop_map(|(at, mount)| Edit::Unmount(at, mount)),
        Just(Edit::Start),
    ]
}

/// Returns the services after an edit.
fn apply_edit(mut services: Vec<Service>, edit: &Edit) -> Vec<Service> {
    let count = services.len();
    match edit {
        Edit::Reverse => services.reverse(),
        Edit::Add(at, one) => services.insert(at % (count + 1), one.clone()),
        Edit::Drop(at) if count > 1 => drop(services.remove(at % count)),
        Edit::Rename(at, name) => NAMES[*name].clone_into(&mut services[at % count].0),
        Edit::Image(at, image) => IMAGES[*image].clone_into(&mut services[at % count].1),
        Edit::Source(at, mount, source) => {
            if let Some((text, _)) = services[at % count].2.get_mut(*mount) {
                SOURCES[*source].clone_into(text);
            }
        }
        Edit::Mount(at, source, target) => {
            services[at % count].2.push((source.clone(), target.clone()));
        }
        Edit::Unmount(at, mount) => {
            let mounts = &mut services[at % count].2;
            if *mount < mounts.len() {
                mounts.remove(*mount);
            }
        }
        Edit::Drop(_) | Edit::Start => {}
    }
    let (mut names, mut places) = (BTreeSet::new(), BTreeSet::new());
    services.retain(|(name, ..)| names.insert(name.clone()));
    for (name, _, mounts) in &mut services {
        mounts.retain(|(_, target)| places.insert((name.clone(), place(target))));
    }
    services
}

fn place(target: &str) -> String {
    target.trim_end_matches('/').to_owned()
}

fn text(services: &[Service]) -> String {
    let service = |(name, image, mounts): &Service| {
        let mount = |(source, target): &(String, String)| match source.as_str() {
            "" => target.clone(),
            source => format!("{source}:{target}"),
        };
        let mounts: Vec<_> = mounts.iter().map(mount).collect();
        format!("  {name}: {}\n", json!({ "image": image, "volumes": mounts }))
    };
    format!("services:\n{}", services.iter().map(service).collect::<String>())
}

/// The volume at each place in what is sent, as Coolify names it.
fn volumes(sent: &str) -> BTreeMap<(String, String), String> {
    let tree = canonical_text_reader::read(sent).unwrap();
    let services = tree["services"].as_object().unwrap();
    let mounts = services.iter().flat_map(|(name, service)| {
        let items = service["volumes"].as_array().into_iter().flatten();
        items.map(|item| {
            let (volume, target) = item.as_str().unwrap().split_once(':').unwrap();
            ((name.clone(), place(target)), volume.replace('_', "-"))
        })
    });
    mounts.collect()
}

/// Returns whether one of the warnings has all of these words.
fn is_told(warnings: &[String], words: &[&str]) -> bool {
    let has = |text: &String, word: &&str| {
        let mut parts = text.split([' ', ',', ':', ';']).map(|part| part.replace('_', "-"));
        parts.any(|part| place(part.trim_end_matches('.')) == *word)
    };
    warnings.iter().any(|text| words.iter().all(|word| has(text, word)))
}

/// Checks the reported changes from one file to another.
fn check(
    before: &BTreeMap<(String, String), String>,
    after: &BTreeMap<(String, String), String>,
    accepted: &Compose,
) -> Result<(), TestCaseError> {
    let told = &accepted.warnings;
    for ((service, target), volume) in after {
        let had = before.get(&(service.clone(), target.clone()));
        if let Some(had) = had.filter(|had| *had != volume) {
            let words = [&**had, volume, target];
            prop_assert!(is_told(told, &words), "{service} {target}: {had} {volume}, {told:?}");
        }
        let owners: BTreeSet<_> =
            before.iter().filter(|(_, one)| *one == volume).map(|((owner, _), _)| owner).collect();
        let is_taken = !owners.is_empty() && owners.iter().all(|owner| *owner != service);
        let stays = |owner: &str| after.keys().any(|(name, _)| name == owner);
        let is_at_target =
            |owner: &str| before.get(&(owner.to_owned(), target.clone())) == Some(volume);
        let is_renamed = owners.iter().any(|owner| !stays(owner) && is_at_target(owner));
        if is_taken && !is_renamed {
            let words = [&**volume, target];
            prop_assert!(is_told(told, &words), "{service} {target}: {volume}, {told:?}");
        }
    }
    for ((service, target), volume) in before {
        if after.values().all(|other| other != volume) {
            prop_assert!(is_told(told, &[volume]), "{service} {target}: {volume}, {told:?}");
        }
    }
    Ok(())
}

/// The volume at each place of a file.
type Places = BTreeMap<(String, String), String>;

/// Takes the next version of a file. A refusal that names volumes is confirmed, and must have been right.
fn take_version(
    text: &str,
    request: &Request,
    started: &Places,
) -> Result<Option<Compose>, TestCaseError> {
    let failure = match covibe_compose::compose(text, request) {
        Ok(accepted) => {
            let (stored, now) =
                (volumes(request.present.as_deref().unwrap()), volumes(accepted.text()));
            let stays_service = |name: &str| now.keys().any(|(service, _)| service == name);
            for (place, volume) in &now {
                let stays = started.get(place).is_none_or(|one| one == volume);
                // What was confirmed before, perhaps under another name of the service.
                let is_stored = stored.iter().any(|((service, target), one)| {
                    let is_it = *service == place.0 || !stays_service(service);
                    *target == place.1 && one == volume && is_it
                });
                prop_assert!(stays || is_stored, "{place:?} gets {volume} without being confirmed");
            }
            return Ok(Some(accepted));
        }
        Err(failure) => failure,
    };
    let fix = failure.hint.clone().unwrap_or_default();
    let Some((_, listed)) = fix.split_once("confirmVolumes: ") else { return Ok(None) };
    let end = listed.find(']').unwrap();
    let names: Vec<String> = serde_json::from_str(&listed[..=end]).unwrap();
    let confirmed = names.clone();
    let accepted =
        covibe_compose::compose(text, &Request { confirmed, ..request.clone() }).unwrap();
    for name in names.iter().map(|name| name.replace('_', "-")) {
        let had = |(_, volume): &(&(String, String), &String)| **volume == name;
        let is_had = started.iter().any(|each| had(&each));
        prop_assert!(is_had, "{name} is nowhere mounted: {failure:?}");
    }
    Ok(Some(accepted))
}

/// The number of files that are edited, six times each on average.
fn cases() -> u32 {
    let edits = std::env::var("COVIBE_EDITS").ok().and_then(|edits| edits.parse::<u32>().ok());
    edits.unwrap_or(10_000).div_ceil(6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn no_mount_gets_another_volume_unless_that_is_confirmed(
        first in service(),
        edits in prop::collection::vec(edit(), 1..12),
    ) {
        let mut services = apply_edit(vec![first], &Edit::Start);
        let accepted = covibe_compose::compose(&text(&services), &Request::default());
        prop_assume!(accepted.is_ok(), "a file that is refused is never stored");
        let mut stored = accepted.unwrap().text().to_owned();
        let mut started = stored.clone();
        for edit in edits {
            if matches!(edit, Edit::Start) {
                started.clone_from(&stored);
                continue;
            }
            let next = apply_edit(services.clone(), &edit);
            let (present, running) = (Some(stored.clone()), layout(&started));
            let request = Request { present, running, ..Request::default() };
            let before = volumes(&started);
            let Some(accepted) = take_version(&text(&next), &request, &before)? else { continue };
            check(&before, &volumes(accepted.text()), &accepted)?;
            accepted.text().clone_into(&mut stored);
            let request = Request { present: Some(stored.clone()), ..request };
            let again = covibe_compose::compose(&text(&next), &request).unwrap();
            prop_assert_eq!(again.text(), accepted.text(), "the same file again");
            prop_assert_eq!(&again.warnings, &accepted.warnings, "what runs is compared");
            prop_assert_eq!(&again.changes, &accepted.changes);
            services = next;
        }
    }
}
