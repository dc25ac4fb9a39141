//! Files whose text is stored beside a compose file.

/// A file that a compose file mounts, whose text Coolify took out of the compose file.
#[derive(Clone, Copy, Debug)]
pub struct StoredFile<'a> {
    /// The service that mounts it.
    pub service: &'a str,
    /// The path in the container.
    pub target: &'a str,
    /// Its text; `None` if it is not known.
    pub text: Option<&'a str>,
}
