//! The answers to heads of requests that the HTTP library does not get.

/// Why the head of a request is refused before the HTTP library gets all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefusedHead {
    TooLong,
    /// The HTTP library would take all further bytes of the connection for the body: that of a WebSocket or a tunnel.
    Endless,
    /// It is unclear where the body ends.
    Unclear,
}

impl RefusedHead {
    /// Returns the answer, with which the connection ends.
    pub(super) fn answer(self) -> String {
        let (status, error, hint) = self.texts();
        let body = format!(r#"{{"error":"{error}","hint":"{hint}"}}"#);
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
    }

    /// Returns the status, the error and the hint.
    fn texts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::TooLong => (
                "431 Request Header Fields Too Large",
                "The head of the request is too long.",
                "Send at most 32 KiB of request line and headers.",
            ),
            Self::Endless => (
                "400 Bad Request",
                "The server supports neither WebSockets nor tunnels.",
                "Send the request without `Upgrade: websocket`, and not with the method CONNECT.",
            ),
            Self::Unclear => (
                "400 Bad Request",
                "The head of the request does not say clearly where its body ends.",
                "Send either one Content-Length with the number of bytes, or one Transfer-Encoding: chunked.",
            ),
        }
    }
}
