//! Files whose text is stored beside a compose file.

/// A file that a compose file mounts, whose text Coolify took out of the compose file.
#[derive(Clone, Debug)]
pub struct StoredFile {
    /// The service that mounts it.
    pub service: String,
    /// The path in the container.
    pub target: String,
    /// Its text; `None` if it is not known.
    pub text: Option<String>,
}
