//! The folder of a server.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use covibe_domain::Kind;
use covibe_photos::{PhotoName, Photos};
use futures_util::future::join_all;
use image::ImageFormat;
use tempfile::TempDir;

use crate::test_images::{encoded, flag};

fn photo() -> Vec<u8> {
    encoded(&flag(300, 300), ImageFormat::Jpeg)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn a_photo_is_stored_readable_only_by_the_server() {
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("data/uploads");
    let photos = Photos::new(&folder);
    let name = photos.keep(photo()).await.unwrap();
    assert_eq!(files(&folder), [name.to_string()]);
    assert_eq!((mode(&folder), mode(&folder.join(name.to_string()))), (0o700, 0o600));
    let bytes = photos.read(&name).await.unwrap();
    assert_eq!(image::guess_format(&bytes).unwrap(), ImageFormat::Jpeg);
    assert_eq!(name.media_type(), "image/jpeg");
    assert_ne!(photos.keep(photo()).await.unwrap(), name, "each has a name of its own");
    for _ in 0..2 {
        photos.remove(&name).await.unwrap();
        assert_eq!(photos.read(&name).await.unwrap_err().kind, Kind::NotFound);
    }
    assert_eq!(files(&folder).len(), 1);
}

#[tokio::test]
async fn a_refused_upload_leaves_no_file() {
    let folder = TempDir::new().unwrap();
    let photos = Photos::new(folder.path());
    let refused = photos.keep(b"<svg></svg>".to_vec()).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Rejected);
    assert!(files(folder.path()).is_empty());
    let unknown: PhotoName = format!("{}.png", "0".repeat(32)).parse().unwrap();
    assert_eq!(photos.read(&unknown).await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn unfinished_files_of_a_killed_server_are_removed() {
    let folder = TempDir::new().unwrap();
    let photos = Photos::new(folder.path());
    let name = photos.keep(photo()).await.unwrap();
    let [old, new] = ["old", "new"].map(|age| folder.path().join(format!(".unfinished-{age}")));
    for path in [&old, &new] {
        fs::write(path, "half").unwrap();
    }
    make_old(&old);
    photos.keep(photo()).await.unwrap();
    assert!(!old.exists() && new.exists(), "another server may be writing the new one");
    assert!(photos.read(&name).await.is_ok());
}

fn make_old(path: &Path) {
    let long_ago = SystemTime::now() - Duration::from_hours(2);
    fs::File::options().write(true).open(path).unwrap().set_modified(long_ago).unwrap();
}

/// The names that a folder tells as old enough, sorted; none if it is another installation's.
async fn settled_names(photos: &Photos, installation: &str) -> Option<Vec<String>> {
    let mut batches = photos.old_photos(installation).await.unwrap()?;
    let mut names = Vec::new();
    while let Some(batch) = batches.recv().await {
        assert!(batch.len() <= 500, "{}", batch.len());
        names.extend(batch.iter().map(ToString::to_string));
    }
    names.sort();
    Some(names)
}

#[tokio::test]
async fn only_old_photos_are_listed_as_settled() {
    let folder = TempDir::new().unwrap();
    let photos = Photos::new(folder.path());
    let [old, _new] = [photos.keep(photo()).await.unwrap(), photos.keep(photo()).await.unwrap()];
    let others = ["notes.txt", ".unfinished-x", &format!("{}.svg", "0".repeat(32))];
    for other in others {
        fs::write(folder.path().join(other), "text").unwrap();
        make_old(&folder.path().join(other));
    }
    let old_folder = folder.path().join(format!("{}.png", "1".repeat(32)));
    fs::create_dir(&old_folder).unwrap();
    std::os::unix::fs::symlink("notes.txt", folder.path().join(format!("{}.png", "2".repeat(32))))
        .unwrap();
    make_old(&folder.path().join(old.to_string()));
    assert_eq!(settled_names(&photos, "a").await, Some(vec![old.to_string()]));
    assert!(!folder.path().join(".unfinished-x").exists(), "what nobody finished is removed");
    assert!(folder.path().join("notes.txt").exists());
}

#[tokio::test]
async fn more_photos_than_a_batch_are_all_listed() {
    let folder = TempDir::new().unwrap();
    let names: Vec<_> = (0..1234).map(|number| format!("{number:032}.jpg")).collect();
    for name in &names {
        fs::write(folder.path().join(name), "").unwrap();
        make_old(&folder.path().join(name));
    }
    assert_eq!(settled_names(&Photos::new(folder.path()), "a").await, Some(names));
}

#[tokio::test]
async fn a_folder_of_another_installation_yields_no_settled_photos() {
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("uploads");
    let photos = Photos::new(&folder);
    assert_eq!(settled_names(&photos, "a").await, Some(vec![]), "a missing folder is not created");
    assert!(!folder.exists());
    let name = photos.keep(photo()).await.unwrap();
    make_old(&folder.join(name.to_string()));
    let own = [Photos::new(&folder), Photos::new(&folder)];
    for photos in &own {
        assert_eq!(settled_names(photos, "a").await, Some(vec![name.to_string()]));
    }
    assert_eq!(settled_names(&photos, "b").await, None);
    // Two that came at once marked it both.
    fs::write(folder.join(".installation-b"), "").unwrap();
    assert_eq!(
        (settled_names(&photos, "a").await, settled_names(&photos, "b").await),
        (None, None)
    );
}

#[tokio::test]
async fn uploads_beyond_the_waiting_limit_are_refused_with_a_time_to_retry() {
    let folder = TempDir::new().unwrap();
    let photos = Photos::new(folder.path());
    let large = encoded(&flag(1000, 1000), ImageFormat::Png);
    let kept = join_all((0..40).map(|_| photos.keep(large.clone()))).await;
    let (kept, refused): (Vec<_>, Vec<_>) = kept.into_iter().partition(Result::is_ok);
    assert!((5..40).contains(&kept.len()), "{}", kept.len());
    for refused in refused {
        let failure = refused.unwrap_err();
        assert_eq!(failure.kind, Kind::Limited);
        assert!(failure.retry_after.is_some());
    }
    assert_eq!(files(folder.path()).len(), kept.len());
    assert!(photos.keep(photo()).await.is_ok(), "once they are through");
}
