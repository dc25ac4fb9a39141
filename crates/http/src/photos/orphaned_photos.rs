//! Photos that nobody has, because a server was killed between the file and the record of its name.

use covibe_domain::Failure;
use covibe_identity::Identity;
use covibe_photos::Photos;

/// Removes the files of photos that nobody has, and returns how many there were. Files younger than an hour stay: a
/// server may be about to record their names. So do all files of a folder that is another installation's.
///
/// # Errors
///
/// Unready if the folder or the database can't be read; another call goes on.
pub async fn remove_lost_photos(identity: &Identity, photos: &Photos) -> Result<usize, Failure> {
    let installation = identity.installation().await?;
    let Some(mut settled) = photos.old_photos(&installation).await? else {
        tracing::warn!(
            "the photo folder belongs to another installation, so no photos are removed: give \
             each installation its own COVIBE_UPLOAD_DIR"
        );
        return Ok(0);
    };
    let mut removed = 0;
    while let Some(batch) = settled.recv().await {
        let names: Vec<_> = batch.iter().map(ToString::to_string).collect();
        let used = identity.photos_of_people(&names).await?;
        for photo in batch.iter().filter(|photo| !used.contains(&photo.to_string())) {
            photos.remove(photo).await?;
            removed += 1;
        }
    }
    Ok(removed)
}
