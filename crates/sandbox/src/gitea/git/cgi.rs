//! Git's smart HTTP by git's own server program, `git http-backend`, which is a CGI program.

use super::Bare;
use super::bare::ended;
use super::errors::broken;
use crate::wire::{Answer, Body, Reply};

/// A request of git's protocol, for a repository that the caller may use so.
pub(super) struct Exchange {
    pub(super) bare: Bare,
    pub(super) method: String,
    /// What follows the repository in the path.
    pub(super) what: String,
    /// `git-upload-pack` or `git-receive-pack`.
    pub(super) service: &'static str,
    pub(super) content_type: String,
    pub(super) content_encoding: String,
    pub(super) protocol: String,
    /// Who pushes.
    pub(super) user: String,
    pub(super) body: Vec<u8>,
}

impl Exchange {
    /// Has git answer it.
    pub(super) fn run(self) -> Answer {
        let mut command = self.bare.command(["http-backend"]);
        // The folder comes in the translated path.
        command.env_remove("GIT_DIR");
        command.env("PATH_TRANSLATED", self.bare.dir().join(&self.what));
        let query = if self.what == "info/refs" { self.service } else { "" };
        for (name, value) in [
            ("GIT_HTTP_EXPORT_ALL", "1"),
            ("REQUEST_METHOD", self.method.as_str()),
            ("QUERY_STRING", &format!("service={query}")),
            ("CONTENT_TYPE", &self.content_type),
            ("CONTENT_LENGTH", &self.body.len().to_string()),
            ("HTTP_CONTENT_ENCODING", &self.content_encoding),
            ("HTTP_GIT_PROTOCOL", &self.protocol),
            ("REMOTE_USER", &self.user),
            ("REMOTE_ADDR", "127.0.0.1"),
        ] {
            if !value.is_empty() {
                command.env(name, value);
            }
        }
        let output = ended(&mut command, &self.body)?;
        if self.what == "git-receive-pack" {
            self.bare.follow()?;
        }
        let error = String::from_utf8_lossy(&output.stderr);
        parsed(output.stdout).ok_or_else(|| broken(format!("git http-backend: {error}")))
    }
}

/// A CGI program's output: headers, an empty line, the body.
fn parsed(mut output: Vec<u8>) -> Option<Reply> {
    let end = output.windows(4).position(|four| four == b"\r\n\r\n")?;
    let body = output.split_off(end + 4);
    let head = String::from_utf8(output).ok()?;
    let header = |wanted: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    };
    let status = header("Status").and_then(|status| status.get(..3)?.parse().ok()).unwrap_or(200);
    let kind = header("Content-Type").unwrap_or("text/plain").to_owned();
    let reply = Reply { status, headers: Vec::new(), body: Body::Bytes(kind, body) };
    Some(reply.header("Cache-Control", &"no-cache, max-age=0, must-revalidate"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cgi_answer_is_read() {
        let reply =
            parsed(b"Status: 404 Not Found\r\nContent-Type: a/b\r\n\r\nno\r\n\r\n".to_vec());
        let reply = reply.unwrap();
        assert_eq!(reply.status, 404);
        assert!(
            matches!(reply.body, Body::Bytes(kind, body) if kind == "a/b" && body == b"no\r\n\r\n")
        );
        assert_eq!(parsed(b"Expires: never\r\n\r\n".to_vec()).unwrap().status, 200);
        assert!(parsed(b"fatal".to_vec()).is_none());
    }
}
