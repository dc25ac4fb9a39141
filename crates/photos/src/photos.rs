//! The photos of a server: a few uploads arrive, one is decoded at a time, and a few wait.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Failure, Kind, TenantId};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::Receiver;

use crate::decode::Refused;
use crate::decoder_thread::DecoderThread;
use crate::file_names::PhotoName;
use crate::photo_folder::Folder;
use crate::square_thumbnail::square;
use crate::uploads::{UploadPlace, Uploads};

/// The number of uploads that may wait or be decoded.
const PLACES: usize = 5;

/// The time that the sender of a refused upload should wait.
const RETRY_AFTER: Duration = Duration::from_secs(3);

/// Keeps photos in a folder.
#[derive(Clone, Debug)]
pub struct Photos {
    folder: Folder,
    uploads: Uploads,
    places: Arc<Semaphore>,
    /// Decoding takes a core and some 40 MiB.
    turn: Arc<Semaphore>,
    decoder: Arc<DecoderThread>,
}

impl Photos {
    /// Keeps photos in this folder, which the first one creates with mode 0700. Several servers may share it.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let places = Arc::new(Semaphore::new(PLACES));
        let (folder, uploads) = (Folder::new(folder.into()), Uploads::default());
        let (turn, decoder) = (Arc::new(Semaphore::new(1)), Arc::default());
        Self { folder, uploads, places, turn, decoder }
    }

    /// Returns a place for an upload that arrives, of a person of this tenant. Nothing of it is to be read before.
    ///
    /// # Errors
    ///
    /// Limited if too many uploads of the tenant, or of all, arrive.
    pub fn begin_upload(&self, tenant: Option<&TenantId>) -> Result<UploadPlace, Failure> {
        self.uploads.begin(tenant).ok_or_else(busy_server)
    }

    /// Keeps an upload as a small square, and returns its name. The caller records it, and removes the one before.
    ///
    /// # Errors
    ///
    /// Rejected if it is not an image, or too large; limited if too many uploads wait.
    pub async fn keep(
        &self,
        upload: impl AsRef<[u8]> + Send + 'static,
    ) -> Result<PhotoName, Failure> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| busy_server())?;
        let turn = Arc::clone(&self.turn).acquire_owned().await.map_err(|_| busy_server())?;
        let folder = self.folder.clone();
        // Work that was begun keeps its turn until it ends, even if its caller is gone.
        let work = move || {
            let _held = (place, turn);
            let kept = square(upload.as_ref()).map_err(refused_upload)?;
            folder.write(&kept).map_err(|error| failed_folder(&error))
        };
        self.decoder.run(work).await.unwrap_or_else(|error| Err(failed_folder(&error)))
    }

    /// Returns the bytes of a photo.
    ///
    /// # Errors
    ///
    /// Not found if there is none with this name.
    pub async fn read(&self, name: &PhotoName) -> Result<Vec<u8>, Failure> {
        let (folder, name) = (self.folder.clone(), name.clone());
        let read = move || folder.read(&name).map_err(|error| failed_folder(&error));
        run(read).await?.ok_or_else(|| Failure::not_found("There is no such photo."))
    }

    /// Returns the names of photos that were written more than an hour ago, in batches of at most 500: a name that
    /// nobody recorded by then is that of a photo that nobody has. None if the folder is another installation's;
    /// the first one that asks marks it as its own.
    ///
    /// # Errors
    ///
    /// Unready if the folder can't be read or written.
    pub async fn old_photos(
        &self,
        installation: &str,
    ) -> Result<Option<Receiver<Vec<PhotoName>>>, Failure> {
        let (folder, installation) = (self.folder.clone(), installation.to_owned());
        run(move || folder.old_photos(&installation).map_err(|error| failed_folder(&error))).await
    }

    /// Removes a photo that nobody has now.
    pub async fn remove(&self, name: &PhotoName) -> Result<(), Failure> {
        let (folder, name) = (self.folder.clone(), name.clone());
        run(move || folder.remove(&name).map_err(|error| failed_folder(&error))).await
    }
}

/// Does work on a thread that may block.
async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(failed_folder(&error)))
}

fn refused_upload(refused: Refused) -> Failure {
    let message = match refused {
        Refused::Size => "The file is empty, or larger than 2 MiB.",
        Refused::Format => "The file is not a PNG or JPEG image.",
        Refused::Dimensions => "The image is larger than 2048 × 2048 pixels.",
        Refused::Damaged => "The image cannot be read: it is damaged, or needs too much memory.",
    };
    Failure::new(Kind::Rejected, message).hint("Choose another one, or make it smaller.")
}

fn busy_server() -> Failure {
    Failure::new(Kind::Limited, "Too many photos are being uploaded at the moment.")
        .hint("Try again in a few seconds.")
        .retry_after(RETRY_AFTER)
}

fn failed_folder(error: &(dyn std::error::Error + 'static)) -> Failure {
    tracing::error!(error, "a photo could not be read or written");
    Failure::unready("Photos cannot be stored at the moment.")
        .hint("Try again. If that does not help, ask the operator.")
}
