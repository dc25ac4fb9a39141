//! The log of the service, `logs/companion.log`: bounded, and without repetitions.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

use covibe_domain::Timestamp;

use crate::home::CompanionHome;

/// The maximum size of a file, in bytes.
const MAX_SIZE: u64 = 2 * 1024 * 1024;

/// The number of files.
const FILES: u32 = 5;

/// The maximum number of texts that are recognised.
const MAX_KNOWN: usize = 1000;

/// The log.
pub(super) struct Log {
    home: CompanionHome,
    /// The failures that are logged and go on.
    failing: HashSet<String>,
    /// The last failures, for `status.json`.
    last: Option<String>,
}

impl Log {
    pub(super) fn new(home: &CompanionHome) -> Self {
        Self { home: home.clone(), failing: HashSet::new(), last: None }
    }

    /// Logs a failure once, until the same thing has succeeded.
    pub(super) fn check<T>(&mut self, what: &str, result: io::Result<T>) -> Option<T> {
        match result {
            Ok(value) => {
                self.failing.remove(what);
                if self.failing.is_empty() {
                    self.last = None;
                }
                Some(value)
            }
            Err(error) => {
                self.fail(what, &error.to_string());
                None
            }
        }
    }

    /// Logs a failure once.
    pub(super) fn fail(&mut self, what: &str, reason: &str) {
        self.last = Some(format!("{what}: {reason}."));
        if self.failing.len() < MAX_KNOWN && self.failing.insert(what.to_owned()) {
            self.write(&format!("{what}: {reason}."));
        }
    }

    /// Returns the last failure that goes on.
    pub(super) fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// Writes a line. A log that cannot be written does not stop anything.
    pub(super) fn write(&self, line: &str) {
        let _ = self.try_write(line);
    }

    fn try_write(&self, line: &str) -> io::Result<()> {
        let folder = self.home.create_folder("logs")?;
        let path = folder.join("companion.log");
        if fs::metadata(&path).is_ok_and(|metadata| metadata.len() >= MAX_SIZE) {
            for number in (1..FILES).rev() {
                let from = if number == 1 {
                    path.clone()
                } else {
                    folder.join(format!("companion.{}.log", number - 1))
                };
                let _ = fs::rename(from, folder.join(format!("companion.{number}.log")));
            }
        }
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        writeln!(file, "{} {line}", Timestamp::now())
    }
}
