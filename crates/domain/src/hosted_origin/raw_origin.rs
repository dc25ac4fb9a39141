//! The text of an origin, split without repairing anything.
//!
//! A URL parser silently repairs what it reads: blanks, backslashes, `https:host`, unusual numbers of addresses. So the
//! text itself is judged, and every kind of mistake has a sentence of its own.

/// The maximum length of an origin, in bytes.
pub const MAX_LENGTH: usize = 300;

/// The parts of an origin, as they were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawOrigin<'a> {
    /// The scheme, if one was written.
    pub scheme: Option<Scheme>,
    /// The host, and the port after a colon if one was written. It is ASCII, not empty, and without credentials.
    pub authority: &'a str,
}

/// The scheme of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `https`.
    Https,
    /// `http`.
    Http,
}

impl Scheme {
    /// Returns the word before `://`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }
}

/// A mistake in the text of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawMistake {
    /// There is no text.
    Empty,
    /// The text has more than [`MAX_LENGTH`] bytes.
    TooLong,
    /// It contains control characters, like a line's end.
    ControlCharacters,
    /// It contains blanks.
    Blanks,
    /// It contains a backslash, which parsers take for a slash.
    Backslash,
    /// It contains characters that are not ASCII.
    NotAscii,
    /// The scheme is not followed by `//`.
    NoSlashes,
    /// The scheme is neither https nor http.
    OtherScheme,
    /// It contains a user name or password.
    Credentials,
    /// It contains `#`, even with nothing after it.
    Hash,
    /// It contains `?`, even with nothing after it.
    Query,
    /// Its path is `/callback`.
    Callback,
    /// It has another path.
    Path,
    /// There is no host.
    NoHost,
    /// Its host contains percent signs.
    PercentSigns,
}

impl RawMistake {
    /// Returns the sentence about a text with this name, like "The base URL".
    pub fn sentence(self, subject: &str) -> String {
        let predicate = match self {
            Self::Empty => "is empty.",
            Self::TooLong => return format!("{subject} is longer than {MAX_LENGTH} bytes."),
            Self::ControlCharacters => "contains control characters.",
            Self::Blanks => "contains whitespace.",
            Self::Backslash => "contains a backslash.",
            Self::NotAscii => "contains characters that are not ASCII.",
            Self::NoSlashes => "has no // after its scheme.",
            Self::OtherScheme => "is not https.",
            Self::Credentials => "contains a user name or password.",
            Self::Hash => "contains a hash (#).",
            Self::Query => "contains a query (?).",
            Self::Callback => "is the callback of the sign-in, not the origin of the server.",
            Self::Path => "contains a path.",
            Self::NoHost => "has no host.",
            Self::PercentSigns => "contains percent signs in its host.",
        };
        format!("{subject} {predicate}")
    }
}

impl<'a> RawOrigin<'a> {
    /// Splits a text. Slashes at its end are dropped.
    ///
    /// # Errors
    ///
    /// The first mistake.
    pub fn split(text: &'a str) -> Result<Self, RawMistake> {
        check_characters(text)?;
        let (scheme, rest) = split_scheme(text)?;
        Ok(Self { scheme, authority: check_authority(rest)? })
    }

    /// Returns the host as it was written, and the text after the colon that begins the port.
    pub fn host_and_port(&self) -> (&'a str, Option<&'a str>) {
        match self.authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (self.authority, None),
        }
    }
}

fn check_characters(text: &str) -> Result<(), RawMistake> {
    let rules: [(bool, RawMistake); 6] = [
        (text.is_empty(), RawMistake::Empty),
        (text.len() > MAX_LENGTH, RawMistake::TooLong),
        (text.chars().any(char::is_control), RawMistake::ControlCharacters),
        (text.chars().any(char::is_whitespace), RawMistake::Blanks),
        (text.contains('\\'), RawMistake::Backslash),
        (!text.is_ascii(), RawMistake::NotAscii),
    ];
    rules.into_iter().find(|(is_broken, _)| *is_broken).map_or(Ok(()), |(_, mistake)| Err(mistake))
}

/// Returns the scheme, if there is one, and the text after it.
fn split_scheme(text: &str) -> Result<(Option<Scheme>, &str), RawMistake> {
    let Some((scheme, rest)) = text.split_once("://") else {
        let is_scheme = text.split_once(':').is_some_and(|(_, port)| {
            port.trim_end_matches('/').parse::<u16>().is_err() && !text.starts_with('[')
        });
        let is_one = is_scheme && !text.contains('@');
        return if is_one { Err(RawMistake::NoSlashes) } else { Ok((None, text)) };
    };
    match scheme.to_ascii_lowercase().as_str() {
        "https" => Ok((Some(Scheme::Https), rest)),
        "http" => Ok((Some(Scheme::Http), rest)),
        _ if scheme.contains(['/', '@', '?', '#', '.']) => Ok((None, text)),
        _ => Err(RawMistake::OtherScheme),
    }
}

/// Returns the host and port, if nothing but slashes follows them.
fn check_authority(rest: &str) -> Result<&str, RawMistake> {
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    let trimmed = path.trim_matches('/');
    let rules: [(bool, RawMistake); 7] = [
        (authority.contains('@'), RawMistake::Credentials),
        (path.contains('#'), RawMistake::Hash),
        (path.contains('?'), RawMistake::Query),
        (trimmed == "callback", RawMistake::Callback),
        (!trimmed.is_empty(), RawMistake::Path),
        (authority.is_empty(), RawMistake::NoHost),
        (authority.contains('%'), RawMistake::PercentSigns),
    ];
    let broken = rules.into_iter().find(|(is_broken, _)| *is_broken);
    broken.map_or(Ok(authority), |(_, mistake)| Err(mistake))
}
