//! What Gitea has under a name: it redirects from the former names of what was renamed.

use covibe_upstream::{Cause, Error};

/// What has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<T> {
    /// This.
    Here(T),
    /// Nothing now, but something that had the name and has this one now.
    Renamed(String),
    /// Nothing that is visible.
    Nowhere,
}

impl<T> Found<T> {
    /// Returns what has the name.
    pub fn here(self) -> Option<T> {
        match self {
            Self::Here(found) => Some(found),
            Self::Renamed(_) | Self::Nowhere => None,
        }
    }
}

/// Reads the answer to a request for something by its name, which is the path's last segment.
pub(crate) fn found<T>(result: Result<T, Error>) -> Result<Found<T>, Error> {
    match result {
        Ok(found) => Ok(Found::Here(found)),
        Err(error) => match error.cause {
            Cause::NotFound => Ok(Found::Nowhere),
            Cause::Renamed { to } => {
                Ok(Found::Renamed(to.rsplit('/').next().unwrap_or_default().to_owned()))
            }
            _ => Err(error),
        },
    }
}
