//! The configuration of signing in.

use covibe_domain::hosted_origin::{HostedOrigin, Ports};
use std::net::{Ipv4Addr, SocketAddr};

use covibe_domain::Secret;
use url::Url;

use super::Reader;

/// The shortest password that seals cookies, in characters.
const SHORTEST: usize = 32;

/// The variables without which WorkOS can't be used.
const REQUIRED: [&str; 4] = [
    "WORKOS_CLIENT_ID",
    "WORKOS_API_KEY",
    "WORKOS_COOKIE_PASSWORD",
    "NEXT_PUBLIC_WORKOS_REDIRECT_URI",
];

/// The way in which people sign in.
#[derive(Clone, Debug)]
pub enum Auth {
    /// With passwords of this server.
    Local,
    /// By WorkOS.
    WorkOs(Box<WorkOs>),
    /// Not at all: these variables are missing.
    Blocked(Vec<&'static str>),
}

/// A WorkOS environment.
#[derive(Clone, Debug)]
pub struct WorkOs {
    /// The id of the environment's client, such as `client_01ABC`.
    pub client_id: String,
    /// The key of the environment's API.
    pub api_key: Secret,
    /// The password that seals cookies and refresh tokens.
    pub cookie_password: Secret,
    /// The address of the API instead of WorkOS' own.
    pub url: Option<Url>,
    /// Where sign-ins come back to.
    pub callback: Url,
    /// True if somebody at WorkOS may act in a person's name.
    pub allows_impersonation: bool,
}

impl Reader<'_> {
    /// Reads the origin of the server. Where people sign in with WorkOS, customers do: it has to be one for them.
    pub(crate) fn hosted_url(&mut self) -> Option<String> {
        let text = self.text("COVIBE_HOSTED_URL")?;
        if self.text("COVIBE_AUTH_MODE").as_deref() == Some("workos") {
            let judged = HostedOrigin::judge(&text, Ports::Any);
            return Some(judged.map_or_else(
                |refusal| {
                    self.mistakes.push(format!("COVIBE_HOSTED_URL: {refusal}"));
                    text
                },
                |origin| origin.as_str().to_owned(),
            ));
        }
        let origin = text.trim_end_matches('/').to_owned();
        if covibe_domain::own_origins::Doors::new([origin.as_str()]).is_err() {
            let expected = "an origin like https://co-vibe.example, with nothing after the host";
            self.mistakes.push(format!("COVIBE_HOSTED_URL: expected {expected}"));
        }
        Some(origin)
    }

    /// Reads the way in which people sign in. Missing variables block the server, and wrong ones end the start.
    pub(crate) fn auth(&mut self, bind: SocketAddr, hosted_url: Option<&str>) -> Auth {
        match self.text("COVIBE_AUTH_MODE").as_deref() {
            None | Some("local") => return Auth::Local,
            Some("workos") => {}
            Some(_) => {
                self.mistakes.push("COVIBE_AUTH_MODE: expected local or workos".to_owned());
                return Auth::Local;
            }
        }
        let client_id = self.client_id();
        let url = self.loopback_or_https("WORKOS_API_URL");
        let cookie_password = self.cookie_password();
        let callback = self.callback(bind, hosted_url);
        let allows_impersonation = self.impersonation();
        let api_key = self.secret("WORKOS_API_KEY");
        let missing: Vec<_> =
            REQUIRED.into_iter().filter(|name| self.text(name).is_none()).collect();
        match (client_id, api_key, cookie_password, callback) {
            (Some(client_id), Some(api_key), Some(cookie_password), Some(callback)) => {
                Auth::WorkOs(Box::new(WorkOs {
                    client_id,
                    api_key,
                    cookie_password,
                    url,
                    callback,
                    allows_impersonation,
                }))
            }
            _ => Auth::Blocked(missing),
        }
    }

    fn impersonation(&mut self) -> bool {
        const NAME: &str = "COVIBE_WORKOS_IMPERSONATION";
        match self.text(NAME).as_deref() {
            None | Some("refuse") => false,
            Some("allow") => true,
            Some(_) => {
                self.mistakes.push(format!("{NAME}: expected refuse or allow"));
                false
            }
        }
    }

    fn client_id(&mut self) -> Option<String> {
        const NAME: &str = "WORKOS_CLIENT_ID";
        let id = self.text(NAME)?;
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if id.len() > 64 || !id.bytes().all(is_plain) {
            self.mistakes.push(format!("{NAME}: expected a client id like client_01ABC"));
        }
        Some(id)
    }

    fn cookie_password(&mut self) -> Option<Secret> {
        const NAME: &str = "WORKOS_COOKIE_PASSWORD";
        let password = self.text(NAME)?;
        if password.chars().count() < SHORTEST {
            self.mistakes.push(format!("{NAME}: expected at least {SHORTEST} characters"));
        }
        Some(Secret::new(password))
    }

    /// Reads where sign-ins come back to. Anything else than this server's own address would send codes elsewhere.
    fn callback(&mut self, mut bind: SocketAddr, hosted_url: Option<&str>) -> Option<Url> {
        const NAME: &str = "NEXT_PUBLIC_WORKOS_REDIRECT_URI";
        let given = self.text(NAME)?;
        if bind.ip().is_unspecified() {
            bind.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        let origin = hosted_url.map_or_else(|| format!("http://{bind}"), str::to_owned);
        let expected = format!("{origin}/callback");
        if given != expected {
            let because = "the origin of this server with /callback";
            self.mistakes.push(format!("{NAME}: expected {expected}, {because}"));
        }
        expected.parse().ok()
    }
}
