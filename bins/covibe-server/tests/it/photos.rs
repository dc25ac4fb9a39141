//! Photos of people: the remains of a killed server, and the photos in a backup.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use covibe_domain::entities::Role;
use covibe_store::Backend;
use covibe_testkit_http::{Location, Options, Person, World};
use serde_json::Value;
use tokio_postgres::{Client, NoTls};

use crate::backups::{Elsewhere, backup, with_backup_role};
use crate::current_directory_and_migrate::{err, out};
use crate::operator_commands::Operator;
use crate::server_process::Server;
use crate::sign_in_links::{PASSWORD, path};

const UPLOAD: &str = "/console/settings/profile/photo";

/// One pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\
      \0\0\0\nIDATx\x9cc\xf8\x0f\0\x01\x01\x01\0\xb18\xf6\x14\0\0\0\0IEND\xaeB`\x82";

/// The names of the photos in a folder, sorted.
fn photos(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).into_iter().flatten();
    let names =
        names.map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

fn make_old(path: &Path) {
    let file = fs::File::options().write(true).open(path).expect("a file");
    file.set_modified(SystemTime::now() - Duration::from_hours(2)).expect("a time");
}

/// Waits until another process has made a condition true.
async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} does not happen");
}

async fn upload(world: &World, name: &str) -> Person {
    let mut person = Person::member(world, &world.mark, name, Role::Member).await;
    let csrf = person.csrf(world).await;
    let answer = person.upload(UPLOAD, &csrf, PNG).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    person
}

/// Returns a connection that lets nobody change a person until it is dropped.
async fn holding_people(world: &World) -> Client {
    let Location::Server(at) = world.location() else { panic!("a server") };
    let connected = tokio_postgres::connect(at.superuser_url.expose(), NoTls).await;
    let (client, connection) = connected.expect("a connection");
    tokio::spawn(connection);
    client.batch_execute("BEGIN; LOCK TABLE users IN EXCLUSIVE MODE").await.expect("a lock");
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_server_removes_a_photo_left_by_a_killed_one() {
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let ada = upload(&world, "ada").await;
    let folder = world.uploads();
    let shown = photos(folder);
    assert_eq!(shown.len(), 1);

    let server = tokio::task::block_in_place(|| Server::start(&world));
    let (mut visitor, csrf) = (ada.at(server.origin()), ada.csrf(&world).await);
    let held = holding_people(&world).await;
    let uploading = tokio::spawn(async move { visitor.upload(UPLOAD, &csrf, PNG).await });
    until("the file of the photo", || photos(folder).len() == 2).await;
    server.kill();
    uploading.await.expect_err("it was killed");
    drop(held);
    for name in photos(folder) {
        make_old(&folder.join(name));
    }
    // Two at once: neither may disturb the other.
    let servers = tokio::task::block_in_place(|| [Server::start(&world), Server::start(&world)]);
    until("the removal", || photos(folder).len() == 1).await;
    assert_eq!(photos(folder), shown, "what a row names stays");
    drop(servers);
    world.stop().await;
}

/// The photos in a backup: the part of the manifest, and their names.
fn copied_photos(backup: &Path) -> (Value, Vec<String>) {
    let manifest = fs::read(backup.join("manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    (manifest["photos"].clone(), photos(&backup.join("photos")))
}

fn uploads(elsewhere: &Elsewhere) -> PathBuf {
    let named = |(name, _): &&(&str, String)| *name == "COVIBE_UPLOAD_DIR";
    PathBuf::from(&elsewhere.variables.iter().find(named).expect("a folder").1)
}

/// Signs somebody in at a restored server, where their former session has ended.
async fn sign_in_again(operator: &Operator, origin: &str, email: &str) -> Person {
    let link = path(&out(&operator.run(&["people", "prove", "--email", email])));
    let mut person = Person::new(origin);
    assert_eq!(person.get(&link).await.status, 200);
    let answer = person.submit(&link, &[("password", PASSWORD), ("again", PASSWORD)]).await;
    assert!([200, 303].contains(&answer.status), "{}", answer.text);
    person
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_are_restored_from_a_backup() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = World::start(Options { backend, ..Options::default() }).await else {
            continue;
        };
        for name in ["ada", "bob"] {
            upload(&world, name).await;
        }
        let kept = photos(world.uploads());
        // A photo that nobody has is not in the backup.
        fs::write(world.uploads().join(format!("{}.png", "0".repeat(32))), PNG).expect("a file");
        let (operator, folder) = (with_backup_role(&world), tempfile::tempdir().expect("a folder"));
        let directory = backup(&operator, folder.path());
        let (told, names) = copied_photos(&directory);
        assert_eq!((&told["count"], &told["missing"]), (&2.into(), &0.into()), "{told}");
        assert_eq!(names, kept);
        assert_eq!(told["sha256"].as_object().map(serde_json::Map::len), Some(2), "{told}");

        let elsewhere = Elsewhere::new(&world);
        let operator = elsewhere.operator(operator);
        let restore = ["restore", directory.to_str().expect("UTF-8")];
        let to = uploads(&elsewhere);
        fs::create_dir_all(&to).expect("a folder");
        // An interrupted restore left one photo, and half of another one.
        fs::copy(directory.join("photos").join(&kept[0]), to.join(&kept[0])).expect("a copy");
        fs::write(to.join(format!(".unfinished-{}", kept[1])), "half").expect("a file");
        let other = to.join(format!("{}.png", "1".repeat(32)));
        fs::write(&other, PNG).expect("a file");
        let refused = operator.run(&restore);
        assert!(!refused.status.success() && err(&refused).contains("is not empty"), "{refused:?}");
        fs::remove_file(&other).expect("a file");
        let restored = operator.run(&restore);
        assert!(restored.status.success(), "{restored:?}");
        assert_eq!(photos(&to), kept);
        let server = elsewhere.server(&world);
        for email in ["ada@example.com", "bob@example.com"] {
            let mut visitor = sign_in_again(&operator, server.origin(), email).await;
            let page = visitor.get("/console/settings/profile").await;
            let (_, path) = page.text.split_once("src=\"/photos/").expect("a photo");
            let path = format!("/photos/{}", path.split('"').next().unwrap_or_default());
            assert_eq!(visitor.get(&path).await.status, 200, "{path}");
        }
        drop(server);
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_reports_missing_photos() {
    let world = World::embedded().await;
    upload(&world, "ada").await;
    let (operator, folder) = (with_backup_role(&world), tempfile::tempdir().expect("a folder"));
    let nowhere = folder.path().join("nowhere");
    let operator = operator.with("COVIBE_UPLOAD_DIR", nowhere.to_str().expect("UTF-8"));
    let directory = folder.path().join("backup");
    let made = operator.run(&["backup", directory.to_str().expect("UTF-8")]);
    assert!(made.status.success(), "{made:?}");
    let told = err(&made);
    assert!(told.contains("1 photo of") && told.contains("COVIBE_UPLOAD_DIR"), "{told}");
    assert_eq!(copied_photos(&directory).0["missing"], 1);
    assert!(!nowhere.exists(), "a backup creates no folder of the server's");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_with_modified_photos_is_not_restored() {
    let world = World::embedded().await;
    upload(&world, "ada").await;
    let (operator, folder) = (with_backup_role(&world), tempfile::tempdir().expect("a folder"));
    let directory = backup(&operator, folder.path());
    let elsewhere = Elsewhere::new(&world);
    let operator = elsewhere.operator(operator);
    let restore = ["restore", directory.to_str().expect("UTF-8")];
    let refusal = |expected: &str| {
        let refused = operator.run(&restore);
        assert!(!refused.status.success() && err(&refused).contains(expected), "{refused:?}");
        assert!(!uploads(&elsewhere).exists(), "nothing is restored");
    };
    let (manifest, name) = (directory.join("manifest.json"), copied_photos(&directory).1.remove(0));
    let photo = directory.join("photos").join(&name);
    let (bytes, text) =
        (fs::read(&photo).expect("a photo"), fs::read_to_string(&manifest).expect("text"));
    fs::write(&photo, [&bytes[..], b"more"].concat()).expect("a file");
    refusal("its digest differs");
    fs::remove_file(&photo).expect("a file");
    refusal("cannot be read");
    fs::write(&photo, &bytes).expect("a file");
    fs::write(&manifest, text.replace(&name, "../../outside.png")).expect("a file");
    refusal("not a photo");
    fs::write(&manifest, text.replace("\"count\": 1", "\"count\": 2")).expect("a file");
    refusal("1 photos, not 2");
    world.stop().await;
}
