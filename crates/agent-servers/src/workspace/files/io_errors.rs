//! The meaning of a refused access to a file.

use std::io::{Error, ErrorKind};

use covibe_domain::{Failure, Kind};
use rustix::io::Errno;

use super::{Inside, outside_root};

/// Returns the failure for an error at a path.
pub(in crate::workspace) fn failure(error: &Error, path: &Inside) -> Failure {
    let path = path.text();
    let errno = Errno::from_io_error(error);
    match error.kind() {
        // The handle's own refusal is no answer of the system.
        ErrorKind::PermissionDenied if errno.is_none() => outside_root(),
        ErrorKind::NotFound => {
            Failure::not_found(format!("There is no `{path}` in the workspace."))
                .hint("List the folder with list_directory, or search with find_files.")
        }
        ErrorKind::NotADirectory => {
            Failure::invalid(format!("A part of `{path}` is not a folder."))
        }
        ErrorKind::IsADirectory => {
            Failure::invalid(format!("`{path}` is a folder.")).hint("List it with list_directory.")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Failure::forbidden(format!("The system does not allow access to `{path}`."))
        }
        ErrorKind::InvalidFilename => Failure::invalid("A name in the path is too long."),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Failure::new(Kind::Unready, "There is no space left on the disk.")
        }
        _ if errno == Some(Errno::LOOP) => Failure::invalid(format!("`{path}` is a broken link.")),
        _ if errno == Some(Errno::XDEV) => outside_root(),
        _ => {
            tracing::warn!(%error, "a file of the workspace could not be used");
            Failure::unready(format!("`{path}` could not be used."))
        }
    }
}

/// Returns the failure for what is neither a file nor a folder.
pub(super) fn special(path: &Inside) -> Failure {
    let path = path.text();
    Failure::forbidden(format!(
        "`{path}` is neither a file nor a folder, but a device, pipe or socket."
    ))
}
