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

use crate::images::{encoded, flag};

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
async fn a_photo_is_kept_for_the_server_alone() {
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("data/uploads");
    let photos = Photos::at(&folder);
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
async fn what_is_refused_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let photos = Photos::at(folder.path());
    let refused = photos.keep(b"<svg></svg>".to_vec()).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Rejected);
    assert!(files(folder.path()).is_empty());
    let unknown: PhotoName = format!("{}.png", "0".repeat(32)).parse().unwrap();
    assert_eq!(photos.read(&unknown).await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn what_a_killed_server_left_is_removed() {
    let folder = TempDir::new().unwrap();
    let photos = Photos::at(folder.path());
    let name = photos.keep(photo()).await.unwrap();
    let [old, new] = ["old", "new"].map(|age| folder.path().join(format!(".unfinished-{age}")));
    for path in [&old, &new] {
        fs::write(path, "half").unwrap();
    }
    let long_ago = SystemTime::now() - Duration::from_hours(2);
    fs::File::options().write(true).open(&old).unwrap().set_modified(long_ago).unwrap();
    photos.keep(photo()).await.unwrap();
    assert!(!old.exists() && new.exists(), "another server may be writing the new one");
    assert!(photos.read(&name).await.is_ok());
}

#[tokio::test]
async fn few_uploads_wait() {
    let folder = TempDir::new().unwrap();
    let photos = Photos::at(folder.path());
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
