//! DNS, connections and TLS.

use covibe_readiness_checks::Gate;
use covibe_readiness_checks::check::Status;

use crate::fault_switch::{Switch, examine_each, failed_checks};
use crate::stand_in_origin::{Certificate, Handshakes, Links, Origin};

#[tokio::test]
async fn non_public_addresses_fail_before_any_connection_is_made() {
    let private = |name, addresses: Vec<&'static str>| {
        Switch::new(name, &["reach.public"], "DNS covibe.acme.dev", move |origin| {
            (origin.addresses, origin.links) = (addresses, Links::Refused);
        })
    };
    examine_each(
        Gate::Preflight,
        vec![
            private("a private address", vec!["10.0.0.1"]),
            private("one private address of two", vec!["93.184.215.14", "fd00::1"]),
            private("the address of metadata", vec!["169.254.169.254"]),
            private("an address of this machine in one of IPv6", vec!["::ffff:127.0.0.1"]),
            private("an address of a carrier", vec!["100.64.0.1"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_unresolvable_name_makes_the_report_inconclusive() {
    let mut origin = Origin::sound();
    origin.links = Links::NoName;
    let report = origin.examine(Gate::Preflight).await;
    assert_eq!((failed_checks(&report), report.exit_code(false)), (["reach.dns"].into(), 3));
    let others = report.checked.iter().filter(|each| each.check.id != "reach.dns");
    assert!(others.clone().all(|each| each.status == Status::Skip && each.is_unseen));
}

#[tokio::test]
async fn connection_and_certificate_faults_fail_the_preflight() {
    let certificate = |name, fails, certificate| {
        Switch::new(name, fails, "TLS covibe.acme.dev", move |origin| {
            origin.certificate = certificate;
        })
    };
    let handshakes = |name, fails, handshakes| {
        Switch::new(name, fails, "TLS covibe.acme.dev", move |origin| {
            origin.handshakes = handshakes;
        })
    };
    examine_each(
        Gate::Preflight,
        vec![
            Switch::new("a closed port", &["reach.addresses"], "CONNECT 93.184", |origin| {
                (origin.links, origin.addresses) = (Links::Refused, vec!["93.184.215.14"]);
            }),
            certificate("expired", &["tls.chain"], Certificate::Days(-3)),
            certificate("five days left", &["tls.days"], Certificate::Days(5)),
            certificate("not valid yet", &["tls.chain"], Certificate::Future),
            certificate("for another name", &["tls.chain"], Certificate::OtherName),
            certificate("of a private authority", &["tls.chain"], Certificate::Unknown),
            certificate("of itself", &["tls.chain"], Certificate::SelfSigned),
            handshakes("no TLS", &["tls.chain"], Handshakes::Plain),
            handshakes("old TLS alone", &["tls.chain"], Handshakes::OldAlone),
            handshakes("old TLS, too", &["tls.old-versions"], Handshakes::OldToo),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_redirect_of_plain_http_to_another_address_fails_the_canary() {
    let redirect = |name, to: &'static str| {
        Switch::new(name, &["tls.redirect"], "GET http://", move |origin| {
            to.clone_into(&mut origin.redirect);
        })
    };
    examine_each(
        Gate::Canary,
        vec![
            redirect("to another host", "https://evil.example/api/health"),
            redirect("to itself", "http://covibe.acme.dev/api/health"),
        ],
    )
    .await;
}
