//! How a simulated Gitea is set up.

use std::time::Duration;

/// How a simulated Gitea is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// The site admin's user name.
    pub admin: String,
    /// The site admin's access token, 40 hexadecimal digits; random by default.
    pub token: Option<String>,
    /// How long a push stays unnoticed: Gitea handles pushes in a queue, which takes 125 to 1,640 ms
    /// (seen with 1.25.2 on two loaded cores).
    pub notice_lag: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { admin: "operator".to_owned(), token: None, notice_lag: Duration::from_millis(500) }
    }
}
