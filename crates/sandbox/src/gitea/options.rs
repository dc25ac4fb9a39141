//! How a simulated Gitea is set up.

/// How a simulated Gitea is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// The site admin's user name.
    pub admin: String,
    /// The site admin's access token, 40 hexadecimal digits; random by default.
    pub token: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { admin: "operator".to_owned(), token: None }
    }
}
