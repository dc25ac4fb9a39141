//! A service account's key file, as Google Cloud issues it.

use std::fmt;
use std::sync::Arc;

use covibe_domain::Secret;
use ring::signature::RsaKeyPair;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;
use url::{Host, Url};

/// The only address of Google's that issues tokens.
const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";

/// The path of the address, on a loopback address too.
pub(super) const TOKEN_PATH: &str = "/token";

/// The largest key file, in bytes; real ones have about 2,400.
const LIMIT: usize = 16 * 1024;

/// The reason why a key file can't be used. No variant reveals its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// It is not a JSON object of at most 16 KiB with the required members.
    #[error(
        "the key file must be the JSON that Google Cloud issues for a service account, with type, \
         project_id, private_key_id, private_key, client_email and token_uri"
    )]
    Form,
    /// It is a credential of another kind, such as that of a person.
    #[error("the key file's type must be service_account")]
    Type,
    /// Its private key can't be read.
    #[error(
        "the key file's private_key must be an RSA key of 2,048 bits or more, as PKCS #8 in PEM"
    )]
    Key,
    /// Its token address is not Google's, so that the signed assertion would go elsewhere.
    #[error("the key file's token_uri must be {TOKEN_URL}")]
    TokenAddress,
}

/// A service account with its private key; cheap to clone.
#[derive(Clone)]
pub struct KeyFile {
    project: String,
    email: String,
    key_id: String,
    key: Arc<RsaKeyPair>,
    token_url: Url,
}

/// The file as it is written.
#[derive(Deserialize)]
struct Written {
    #[serde(rename = "type")]
    kind: String,
    project_id: String,
    private_key_id: String,
    private_key: Secret,
    client_email: String,
    token_uri: String,
}

impl KeyFile {
    /// Reads a key file.
    ///
    /// Its `token_uri` must be Google's, or an `http` address of this machine with the path `/token`,
    /// where only a test's or the sandbox's server can be.
    pub fn parse(text: &Secret) -> Result<Self, KeyFileError> {
        if text.expose().len() > LIMIT {
            return Err(KeyFileError::Form);
        }
        let written: Written =
            serde_json::from_str(text.expose()).map_err(|_| KeyFileError::Form)?;
        if written.kind != "service_account" {
            return Err(KeyFileError::Type);
        }
        let token_url = Url::parse(&written.token_uri).map_err(|_| KeyFileError::TokenAddress)?;
        if token_url.as_str() != TOKEN_URL && !is_on_this_machine(&token_url) {
            return Err(KeyFileError::TokenAddress);
        }
        Ok(Self {
            project: written.project_id,
            email: written.client_email,
            key_id: written.private_key_id,
            key: Arc::new(rsa(&written.private_key)?),
            token_url,
        })
    }

    /// Returns the id of the project that the account belongs to.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// Returns the account's email address.
    pub fn email(&self) -> &str {
        &self.email
    }

    pub(super) fn key_id(&self) -> &str {
        &self.key_id
    }

    pub(super) fn key(&self) -> &RsaKeyPair {
        &self.key
    }

    pub(super) fn token_url(&self) -> &Url {
        &self.token_url
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").field("email", &self.email).finish_non_exhaustive()
    }
}

fn rsa(pem: &Secret) -> Result<RsaKeyPair, KeyFileError> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.expose().as_bytes());
    let der = der.map_err(|_| KeyFileError::Key)?;
    RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| KeyFileError::Key)
}

/// Returns whether a token address is on this machine: `http`, a loopback IP address (a name can be
/// made to lead elsewhere), [`TOKEN_PATH`], and nothing else.
fn is_on_this_machine(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    };
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    url.scheme() == "http" && url.path() == TOKEN_PATH && is_loopback && bare
}
