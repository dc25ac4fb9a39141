//! Photos: uploaded by their person alone, shown to the people of their company, and nothing but images.

use std::path::Path;
use std::time::{Duration, SystemTime};

use covibe_domain::entities::Role;
use covibe_http::remove_lost_photos;
use covibe_photos::Photos;
use covibe_store::Backend;
use covibe_testkit_http::{Options, Person, World};
use serde_json::json;

const UPLOAD: &str = "/console/settings/profile/photo";

/// One pixel.
const PNG: &[u8] = b"\
    \x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\
    \x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\x0d\x49\x44\x41\
    \x54\x78\xda\x63\x64\xf8\xcf\x50\x0f\x00\x03\x86\x01\x80\x5a\x34\x7d\x6b\x00\x00\
    \x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82\
    ";

/// The path of a person's photo, if they have one.
async fn photo(person: &Person, world: &World) -> Option<String> {
    let agent = person.agent(world, "mark").await;
    let profile = agent.send("GET", "/api/workspaces/mark/profile", &[], None).await.json();
    profile["photo"].as_str().map(str::to_owned)
}

/// The number of files that the server keeps.
fn files(world: &World) -> usize {
    std::fs::read_dir(world.uploads()).map_or(0, Iterator::count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_is_shown_to_the_people_of_the_company() {
    let world = World::embedded().await;
    let mut ada = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let mut bob = Person::member(&world, &world.mark, "bob", Role::Member).await;
    let mut eve = Person::member(&world, &world.justine, "eve", Role::Admin).await;
    let csrf = ada.csrf(&world).await;
    assert_eq!(super::location(&ada.upload(UPLOAD, &csrf, PNG).await), "/console/settings/profile");
    let path = photo(&ada, &world).await.expect("a photo");
    for person in [&mut ada, &mut bob] {
        let answer = person.get(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        for (name, value) in [
            ("content-type", "image/png"),
            ("content-disposition", "inline"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; sandbox"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "private, max-age=3600, immutable"),
        ] {
            assert_eq!(answer.headers[name], value, "{name}");
        }
    }
    assert_eq!(eve.get(&path).await.status, 404, "as if there were none");
    let signed_out = Person::new(&ada.origin).get(&path).await;
    assert!(super::location(&signed_out).starts_with("/auth/sign-in"));
    let people = bob.agent(&world, "mark").await;
    let people = people.send("GET", "/api/workspaces/mark/people", &[], None).await.json();
    assert_eq!(people["people"][0]["photo"], json!(path));

    assert_eq!(ada.upload(UPLOAD, &csrf, PNG).await.status, 303);
    let newer = photo(&ada, &world).await.expect("another one");
    assert_ne!(newer, path);
    assert_eq!((ada.get(&path).await.status, files(&world)), (404, 1), "the one before is removed");
    let removed = ada.submit_own(&world, &format!("{UPLOAD}/remove"), &[]).await;
    assert_eq!(removed.status, 303, "{}", removed.text);
    assert_eq!((photo(&ada, &world).await, files(&world)), (None, 0));
    assert_eq!(ada.get(&newer).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_uploads_are_refused() {
    let world = World::embedded().await;
    let mut ada = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let csrf = ada.csrf(&world).await;
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let large = vec![0; 3 << 20];
    for (file, status) in [(&svg[..], 422), (b"", 422), (&PNG[..20], 422)] {
        let answer = ada.upload(UPLOAD, &csrf, file).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        super::assert_safe(&answer);
    }
    assert_eq!(ada.upload(UPLOAD, &csrf, &large).await.status, 413);
    assert_eq!(ada.upload(UPLOAD, "forged", PNG).await.status, 403);
    let busy = ada.upload(UPLOAD, &csrf, PNG).await;
    assert_eq!(busy.status, 429, "the sixth within a minute");
    assert!(busy.headers.contains_key("retry-after"));
    assert_eq!((photo(&ada, &world).await, files(&world)), (None, 0));
    let mut nobody = Person::new(&ada.origin);
    assert!(super::location(&nobody.upload(UPLOAD, "", PNG).await).starts_with("/auth/sign-in"));
    for name in
        ["..%2f..%2fcovibe.sqlite", "x.png", "0123456789abcdef0123456789abcdef.svg", "%00.png"]
    {
        assert_eq!(ada.get(&format!("/photos/{name}")).await.status, 404, "{name}");
    }
}

/// Writes a file as a server did two hours ago that was killed before it recorded the name.
fn lose(world: &World, name: &str) {
    let path = world.uploads().join(name);
    std::fs::write(&path, PNG).expect("a file");
    make_old(&path);
}

fn make_old(path: &Path) {
    let file = std::fs::File::options().write(true).open(path).expect("a file");
    file.set_modified(SystemTime::now() - Duration::from_hours(2)).expect("a time");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_photos_that_no_person_has_are_removed() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        let mut people = [
            Person::member(&world, &world.mark, "ada", Role::Member).await,
            Person::member(&world, &world.justine, "eve", Role::Admin).await,
        ];
        for person in &mut people {
            let csrf = person.csrf(&world).await;
            assert_eq!(person.upload(UPLOAD, &csrf, PNG).await.status, 303);
        }
        for entry in std::fs::read_dir(world.uploads()).expect("a folder") {
            make_old(&entry.expect("a photo").path());
        }
        let lost = ["0", "a"].map(|digit| format!("{}.png", digit.repeat(32)));
        for name in &lost {
            lose(&world, name);
        }
        lose(&world, "notes.txt");
        let young = format!("{}.jpg", "f".repeat(32));
        std::fs::write(world.uploads().join(&young), PNG).expect("a file");

        // Two servers on one folder look at the same time.
        let photos = Photos::new(world.uploads());
        let remove = || remove_lost_photos(&world.identity, &photos);
        let (one, other) = tokio::join!(remove(), remove());
        assert!(one.expect("a count") + other.expect("a count") >= lost.len());
        for name in &lost {
            assert!(!world.uploads().join(name).exists(), "{backend}: {name}");
        }
        for name in ["notes.txt", &young] {
            assert!(world.uploads().join(name).exists(), "{backend}: {name}");
        }
        for (person, slug) in people.iter_mut().zip(["mark", "justine"]) {
            let agent = person.agent(&world, slug).await;
            let path = format!("/api/workspaces/{slug}/profile");
            let profile = agent.send("GET", &path, &[], None).await.json();
            let shown = person.get(profile["photo"].as_str().expect("a photo")).await;
            assert_eq!(shown.status, 200, "{backend}: {}", shown.text);
        }
        assert_eq!(remove().await.expect("a count"), 0);
        world.stop().await;
    }
}
