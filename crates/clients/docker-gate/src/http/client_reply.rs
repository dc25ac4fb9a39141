//! The replies that the gate writes to its client.

/// The way in which the end of a reply's body is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// No body, as 204 and 304 have it.
    Empty,
    /// A body of this many bytes.
    Length(usize),
    Chunked,
    /// The raw stream that an upgrade leads to.
    Raw,
}

impl Reply {
    /// Returns the head of a reply; `closes` says that the connection ends after it.
    pub(crate) fn head(self, status: u16, headers: &[(&str, String)], closes: bool) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
        for (name, value) in headers {
            head.extend([*name, ": ", value, "\r\n"]);
        }
        match self {
            Self::Empty => {}
            Self::Length(length) => head.extend(["Content-Length: ", &length.to_string(), "\r\n"]),
            Self::Chunked => head += "Transfer-Encoding: chunked\r\n",
            Self::Raw => head += "Connection: Upgrade\r\nUpgrade: tcp\r\n",
        }
        head += if closes { "Connection: close\r\n\r\n" } else { "\r\n" };
        head.into_bytes()
    }

    /// Returns a whole reply with a JSON text; without the text if it answers HEAD.
    pub(crate) fn json(status: u16, text: &[u8], is_head: bool, closes: bool) -> Vec<u8> {
        let headers = [("Content-Type", "application/json".to_owned())];
        let mut reply = Self::Length(text.len()).head(status, &headers, closes);
        reply.extend_from_slice(if is_head { b"" } else { text });
        reply
    }
}

/// Returns an error in the engine's form, marked as the gate's.
pub(crate) fn failure(message: &str) -> Vec<u8> {
    let message = format!("covibe-docker-gate: {message}");
    serde_json::json!({ "message": message }).to_string().into_bytes()
}

/// Returns a chunk of a body; an empty one ends it.
pub(crate) fn chunk(contents: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", contents.len()).into_bytes();
    chunk.extend_from_slice(contents);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

fn reason(status: u16) -> &'static str {
    match status {
        101 => "UPGRADED",
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        502 => "Bad Gateway",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_states_the_length_of_its_body() {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        assert_eq!(
            text(Reply::json(403, b"{}", false, false)),
            "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        );
        assert!(text(Reply::json(403, b"{}", true, true)).ends_with("Connection: close\r\n\r\n"));
        assert_eq!(text(chunk(&[b'x'; 26])), format!("1a\r\n{}\r\n", "x".repeat(26)));
        assert_eq!(text(chunk(b"")), "0\r\n\r\n");
    }
}
