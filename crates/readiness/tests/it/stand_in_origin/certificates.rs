//! Authorities and certificates of a test.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

/// The name of the origin.
pub(crate) const HOST: &str = "covibe.acme.dev";

/// The domain of the apps of a workspace.
pub(crate) const APPS: &str = "mark.apps.acme.dev";

/// The authority of a test.
pub(crate) struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// The certificate of an origin.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Certificate {
    /// Sound.
    Sound,
    /// Valid for so many days; it may be over.
    Days(i64),
    /// Not valid yet.
    Future,
    /// For another name.
    OtherName,
    /// Of an authority that nobody knows.
    Unknown,
    /// Of no authority.
    SelfSigned,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("it can be made");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("it can be made");
        let certificate = params.self_signed(&key).expect("it can be made").der().clone();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// Returns the store in which it is the only one.
    pub(crate) fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).expect("it can be made");
        roots
    }

    /// Returns how a server of this name with such a certificate does handshakes.
    pub(crate) fn server(&self, name: &str, certificate: Certificate) -> Arc<ServerConfig> {
        let name =
            if matches!(certificate, Certificate::OtherName) { "other.acme.dev" } else { name };
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("it can be made");
        match certificate {
            Certificate::Days(days) => {
                let (year, month, day) = in_days(days);
                params.not_after = date_time_ymd(year, month, day);
            }
            Certificate::Future => {
                let (year, month, day) = in_days(30);
                params.not_before = date_time_ymd(year, month, day);
            }
            _ => {}
        }
        let key = KeyPair::generate().expect("it can be made");
        let signed = match certificate {
            Certificate::Unknown => params.signed_by(&key, &Self::new().issuer),
            Certificate::SelfSigned => params.self_signed(&key),
            _ => params.signed_by(&key, &self.issuer),
        };
        let chain = vec![signed.expect("it can be made").der().clone()];
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = ServerConfig::builder().with_no_client_auth();
        Arc::new(config.with_single_cert(chain, key.into()).expect("it can be made"))
    }
}

fn in_days(days: i64) -> (i32, u8, u8) {
    let then = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
    let date = then.to_zoned(jiff::tz::TimeZone::UTC).date();
    let part = |number: i8| u8::try_from(number).expect("it can be made");
    (i32::from(date.year()), part(date.month()), part(date.day()))
}
