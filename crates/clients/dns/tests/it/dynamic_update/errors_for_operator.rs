//! Troubles that only the operator can mend, and servers that do not answer.

use std::time::Duration;

use covibe_dns::{
    Cause, Effect, Error, InvalidServer, KeyTrial, Provider as _, UpdateConfig, UpdateServer,
};
use covibe_domain::Secret;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::knot::{Knot, config};
use crate::simulated_google_cloud::name;

async fn ensure(knot: &Knot, config: UpdateConfig, domain: &str) -> Error {
    let client = UpdateServer::new(config).unwrap();
    client.ensure_zone(&name(domain), &knot.owner).await.unwrap_err()
}

/// Returns the problem that the operator has to mend.
fn operator_trouble(error: &Error) -> &'static str {
    let Error { cause: Cause::Operator(trouble), .. } = error else { panic!("{error:?}") };
    trouble.what
}

#[tokio::test]
async fn configuration_errors_are_reported_to_the_operator_with_their_reason() {
    let Some(knot) = Knot::start() else { return };
    let usual = || config(knot.address);
    let secret = Secret::new("bm90IHRoZSBzZWNyZXQgb2YgdGhlIGtleQ==");
    let other = ensure(&knot, UpdateConfig { key_secret: secret, ..usual() }, "example.ca").await;
    assert!(operator_trouble(&other).contains("another secret"));
    let unknown = UpdateConfig { key_name: name("unknown"), ..usual() };
    assert!(
        operator_trouble(&ensure(&knot, unknown, "example.ca").await)
            .contains("no TSIG key with this name")
    );
    let reader = UpdateConfig { key_name: name("reader"), ..usual() };
    assert!(operator_trouble(&ensure(&knot, reader, "example.ca").await).contains("does not let"));
    assert!(operator_trouble(&ensure(&knot, usual(), "missing.ca").await).contains("no such zone"));
    // The zone of a name above is not the one.
    assert!(
        operator_trouble(&ensure(&knot, usual(), "www.example.ca").await).contains("no such zone")
    );
}

#[tokio::test]
async fn trying_a_key_without_zones_reports_whether_the_server_speaks_dns() {
    let Some(knot) = Knot::start() else { return };
    let tried = async |config| UpdateServer::new(config).unwrap().try_key(&[], &[]).await;
    assert_eq!(tried(config(knot.address)).await.unwrap(), KeyTrial::NoZone);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut other = config(listener.local_addr().unwrap());
    other.timeout = Duration::from_secs(5);
    let talking = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await.unwrap();
    };
    let (tried, ()) = tokio::join!(tried(other), talking);
    assert!(matches!(tried.unwrap_err().cause, Cause::Dropped | Cause::Malformed));
}

/// Knot looks at a signature only where it has the zone.
#[tokio::test]
async fn a_key_is_tried_on_known_zones_and_reported_as_accepted_or_refused() {
    let Some(knot) = Knot::start() else { return };
    let tried = async |config: UpdateConfig, own: &[&str], others: &[&str]| {
        let names = |of: &[&str]| of.iter().map(|text| name(text)).collect::<Vec<_>>();
        let client = UpdateServer::new(config).unwrap();
        client.try_key(&names(own), &names(others)).await
    };
    let usual = || config(knot.address);
    for (own, others) in [(&["missing.ca", "example.ca"][..], &[][..]), (&[], &["example.ca"])] {
        let accepted = KeyTrial::Accepted(name("example.ca"));
        assert_eq!(tried(usual(), own, others).await.unwrap(), accepted);
        let secret = Secret::new("bm90IHRoZSBzZWNyZXQgb2YgdGhlIGtleQ==");
        let wrong = tried(UpdateConfig { key_secret: secret, ..usual() }, own, others).await;
        assert!(operator_trouble(&wrong.unwrap_err()).contains("another secret"));
    }
    let unknown = || UpdateConfig { key_name: name("unknown"), ..usual() };
    let refused = tried(unknown(), &["example.ca"], &[]).await.unwrap_err();
    assert!(operator_trouble(&refused).contains("no TSIG key with this name"));
    let refused = tried(unknown(), &[], &["missing.ca", "example.ca"]).await.unwrap();
    assert_eq!(refused, KeyTrial::Refused(name("example.ca")), "it may be closed");
}

#[tokio::test]
async fn a_silent_server_times_out_and_a_closed_one_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut silent = config(listener.local_addr().unwrap());
    silent.timeout = Duration::from_millis(50);
    let client = UpdateServer::new(silent.clone()).unwrap();
    let owner = covibe_dns::Owner::new("ws_1").unwrap();
    let domain = name("example.ca");
    let error = client.zone(&domain, &owner).await.unwrap_err();
    assert_eq!((error.cause, error.effect), (Cause::TimedOut, Effect::None));
    drop(listener);
    let error = client.zone(&domain, &owner).await.unwrap_err();
    assert_eq!((error.cause, error.effect), (Cause::Unreachable, Effect::None));
}

#[test]
fn invalid_server_settings_are_refused_and_debug_output_hides_the_key() {
    let usual = || config(([127, 0, 0, 1], 53).into());
    let error = |config| UpdateServer::new(config).err();
    for secret in ["", "no base64!", "c2hvcnQ="] {
        let key_secret = Secret::new(secret);
        let config = UpdateConfig { key_secret, ..usual() };
        assert_eq!(error(config), Some(InvalidServer::Key), "{secret}");
    }
    let one = UpdateConfig { nameservers: vec![name("ns1.dns.test")], ..usual() };
    assert_eq!(error(one), Some(InvalidServer::Nameservers));
    let shown = format!("{:?} {:?}", usual(), UpdateServer::new(usual()).unwrap());
    assert!(shown.contains("127.0.0.1") && !shown.contains(super::knot::SECRET), "{shown}");
    assert!(!shown.contains("0123456789") && !shown.contains("48, 49"), "{shown}");
}
