//! Photos that nobody has: written by a server that was killed before it recorded the name, or before it removed the
//! photo that another one replaced.

use std::fs::{self, OpenOptions};
use std::io;

use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::file_names::PhotoName;
use crate::photo_folder::{Folder, is_abandoned};

/// The prefix of the name of the file that says which installation owns the folder.
const MARK: &str = ".installation-";

/// The number of names in a batch.
const BATCH: usize = 500;

impl Folder {
    /// Marks the folder as that of an installation, unless it is missing or has a mark. Returns whether it has
    /// this mark and no other.
    ///
    /// The name of the file contains the whole mark, so that a killed server leaves no half of one. If two
    /// installations come at once, none gets the folder.
    pub(crate) fn claim(&self, installation: &str) -> io::Result<bool> {
        let own = format!("{MARK}{installation}");
        if self.marks()?.is_empty() {
            let created = OpenOptions::new().write(true).create_new(true).open(self.0.join(&own));
            created.map(drop).or_else(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Ok(()),
                _ => Err(error),
            })?;
        }
        Ok(self.marks()? == [own])
    }

    fn marks(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.0)?.map(|entry| entry.map(|entry| entry.file_name()));
        let names = names.collect::<io::Result<Vec<_>>>()?;
        let names = names.into_iter().filter_map(|name| name.into_string().ok());
        Ok(names.filter(|name| name.starts_with(MARK)).collect())
    }

    /// Sends the names of photos that were written more than an hour ago, until nobody receives them.
    fn send_settled(&self, to: &Sender<Vec<PhotoName>>) -> io::Result<()> {
        let mut batch = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let name = entry.file_name().to_str().and_then(|name| name.parse().ok());
            batch.extend(name.filter(|_| is_abandoned(&entry)));
            if batch.len() == BATCH && to.blocking_send(std::mem::take(&mut batch)).is_err() {
                return Ok(());
            }
        }
        let _nobody_receives = (!batch.is_empty()).then(|| to.blocking_send(batch));
        Ok(())
    }

    /// Returns the photos that were written more than an hour ago, in batches of at most 500, after unfinished files
    /// were removed. `None` if the folder is another installation's. A missing folder has no photos.
    pub(crate) fn old_photos(
        &self,
        installation: &str,
    ) -> io::Result<Option<Receiver<Vec<PhotoName>>>> {
        let (to, settled) = mpsc::channel(1);
        match fs::metadata(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(settled)),
            other => other?,
        };
        if !self.claim(installation)? {
            return Ok(None);
        }
        self.remove_unfinished()?;
        let folder = self.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = folder.send_settled(&to) {
                tracing::warn!(%error, "the folder with photos could not be read");
            }
        });
        Ok(Some(settled))
    }
}
