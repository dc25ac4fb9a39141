//! Attempts that share a limit, and those that do not.

use super::*;

fn at(address: &str) -> IpAddr {
    address.parse().unwrap()
}

#[test]
fn each_kind_and_subject_of_attempts_has_its_own_limit() {
    let user = "usr_mark".parse().unwrap();
    let session = "ses_mark".parse().unwrap();
    let tenant = "ten_mark".parse().unwrap();
    let email = "mark@acme.test".parse().unwrap();
    let all = [
        Attempt::Password("mark@acme.test", None),
        Attempt::Password("mark@acme.test", Some(at("192.0.2.1"))),
        Attempt::Password("mark@acme.test", Some(at("192.0.2.2"))),
        Attempt::Password("jo@acme.test", None),
        Attempt::KnownBrowser(&user, "mark@acme.test"),
        Attempt::PresentPassword(&user, &session),
        Attempt::OwnPassword(&user),
        Attempt::SignIn(at("192.0.2.1")),
        Attempt::SignIn(at("192.0.2.2")),
        Attempt::SignInFromSite(at("192.0.2.0")),
        Attempt::UserCode(&user),
        Attempt::UserCodeFrom(&user, at("192.0.2.0")),
        Attempt::UserCodeFromSite(&user, at("192.0.2.0")),
        Attempt::Device(at("192.0.2.0")),
        Attempt::DeviceFromSite(at("192.0.2.0")),
        Attempt::TakenAddress(&tenant),
        Attempt::Link("mark@acme.test"),
        Attempt::EmailedInvitation(&tenant),
        Attempt::EmailTo(&email, &tenant),
        Attempt::EmailToFromAll(&email, &tenant),
    ];
    let digests: std::collections::HashSet<_> = all.map(|one| one.digest().to_string()).into();
    assert_eq!(digests.len(), all.len());
}

#[test]
fn addresses_of_an_ipv6_network_share_a_limit() {
    let of = |address| Attempt::SignIn(at(address)).digest();
    assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
    assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
    assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    assert_ne!(of("::ffff:192.0.2.1"), of("::ffff:192.0.2.2"));
}

#[test]
fn networks_of_a_site_share_a_limit() {
    let user = "usr_mark".parse().unwrap();
    let of = |address| {
        let from = at(address);
        [
            Attempt::SignInFromSite(from),
            Attempt::UserCodeFromSite(&user, from),
            Attempt::DeviceFromSite(from),
        ]
        .map(|attempt| attempt.digest().to_string())
    };
    for (same, other_of_site, of_other_site) in [
        ("2001:db8:1:1::1", "2001:db8:1:ffff::1", "2001:db8:2:1::1"),
        ("192.0.2.1", "192.0.2.255", "192.0.3.1"),
    ] {
        assert_eq!(of(same), of(other_of_site));
        assert!(of(same).iter().zip(of(of_other_site)).all(|(one, other)| *one != other));
    }
}

#[test]
fn addresses_are_in_networks_and_these_in_sites() {
    for (address, network, site) in [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", "2001:db8:1::"),
        ("::ffff:10.1.2.3", "10.1.2.3", "10.1.2.0"),
        ("10.1.2.3", "10.1.2.3", "10.1.2.0"),
    ] {
        let found = (client_network(at(address)), client_site(at(address)));
        assert_eq!(found, (at(network), at(site)), "{address}");
    }
}
