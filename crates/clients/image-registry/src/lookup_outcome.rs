//! Outcomes of a question to a registry, each with a short text for an agent. No text of a registry is among them.

use std::fmt;

use covibe_upstream::Shared;

/// The answer to the question whether an image exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImagePresence {
    /// The registry has the image.
    Present {
        /// The digest of its manifest or index, as `sha256:` and 64 hexadecimal digits, where the registry says it.
        digest: Option<String>,
    },
    /// The registry itself said that there is no such image.
    Absent(Absent),
    /// It is not known whether the image exists.
    NotSeen(NotSeen),
}

/// The thing that a registry does not have (OCI distribution spec 1.1, "Error Codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Absent {
    /// The tag or digest: `MANIFEST_UNKNOWN`, or 404 without a code after the registry accepted a token. Registries that
    /// run `distribution` (2 and 3) say this also of a repository that does not exist.
    #[error("the registry has no image with this tag or digest")]
    Tag,
    /// The whole repository: `NAME_UNKNOWN`.
    #[error("the registry has no repository with this name")]
    Repository,
}

/// The reason why it is not known whether an image exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NotSeen {
    /// The registry lets nobody see the image without credentials. Most registries say this also of a repository that
    /// does not exist (Docker Hub, GitHub and Quay do, 2026).
    #[error(
        "the registry returns this image only with credentials: it is private, or it does not exist"
    )]
    Private,
    /// There is no connection to the registry, or its name does not lead to public addresses only.
    #[error("the registry could not be reached")]
    Unreachable,
    /// The time was over before an answer came.
    #[error("the registry did not answer in time")]
    Late,
    /// The registry answers no further requests for now (429).
    #[error("the registry refuses further requests for now")]
    Limited,
    /// The registry is not one that is asked, or its answer does not say whether the image exists.
    #[error("it could not be determined whether the registry has this image")]
    Unclear,
}

/// The reason why an image's labels are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum LabelsError {
    /// The registry itself said that there is no such image.
    #[error(transparent)]
    Absent(#[from] Absent),
    /// The registry did not answer, or not with labels that can be read.
    #[error(transparent)]
    NotSeen(#[from] NotSeen),
}

/// Those who wait for an answer get it, whatever it is: each question of theirs would end in the same way.
impl Shared for LabelsError {
    fn is_shared(&self) -> bool {
        true
    }
}

impl From<Result<Option<String>, LabelsError>> for ImagePresence {
    fn from(outcome: Result<Option<String>, LabelsError>) -> Self {
        match outcome {
            Ok(digest) => Self::Present { digest },
            Err(LabelsError::Absent(absent)) => Self::Absent(absent),
            Err(LabelsError::NotSeen(reason)) => Self::NotSeen(reason),
        }
    }
}

impl fmt::Display for ImagePresence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present { .. } => f.write_str("the registry has this image"),
            Self::Absent(absent) => absent.fmt(f),
            Self::NotSeen(reason) => reason.fmt(f),
        }
    }
}
