//! The rules of a hosted origin, one by one.

use proptest::prelude::*;

use super::*;

fn judge(text: &str) -> Result<HostedOrigin, Refusal> {
    HostedOrigin::judge(text, Ports::Standard)
}

#[test]
fn an_origin_is_accepted_without_its_trailing_slashes() {
    for (text, origin) in [
        ("https://co-vibe.dev", "https://co-vibe.dev"),
        ("https://co-vibe.dev/", "https://co-vibe.dev"),
        ("https://co-vibe.dev//", "https://co-vibe.dev"),
        ("HTTPS://Co-Vibe.dev", "https://co-vibe.dev"),
        ("https://xn--cvibe-jua.dev", "https://xn--cvibe-jua.dev"),
        ("https://a.b.c.acme.co.uk", "https://a.b.c.acme.co.uk"),
        ("https://notlocalhost.run.acme.com", "https://notlocalhost.run.acme.com"),
        ("https://mylocal.dev", "https://mylocal.dev"),
    ] {
        let judged = judge(text).unwrap();
        assert_eq!(judged.as_str(), origin, "{text}");
        assert_eq!(judged.callback(), format!("{origin}/callback"));
    }
}

#[test]
fn each_invalid_origin_is_refused_with_the_broken_rule() {
    for (text, word) in [
        ("", "empty"),
        ("co-vibe.dev", "https://"),
        ("http://co-vibe.dev", "not https"),
        ("ftp://co-vibe.dev", "not https"),
        ("https:co-vibe.dev", "//"),
        ("https:///co-vibe.dev", "path"),
        ("https:\\\\co-vibe.dev", "backslash"),
        ("https://ada:pw@co-vibe.dev", "user name"),
        ("https://ada@co-vibe.dev", "user name"),
        ("https://co-vibe.dev/callback", "callback"),
        ("https://co-vibe.dev//callback/", "callback"),
        ("https://co-vibe.dev?", "query"),
        ("https://co-vibe.dev/?a=b", "query"),
        ("https://co-vibe.dev#", "hash"),
        ("https://co-vibe.dev/#a", "hash"),
        ("https://co-vibe.dev/app", "path"),
        ("https://co-vibe.dev/callback/more", "path"),
        (" https://co-vibe.dev", "whitespace"),
        ("https://co-vibe.dev\n", "control"),
        ("https://co-\tvibe.dev", "control"),
        ("https://%6cocalhost", "percent"),
        ("https://co-vibe.dev:8443", "port"),
        ("https://co-vibe.dev:", "port"),
        ("https://co-vibe.dev.", "dot"),
        ("https://co_vibe.dev", "valid name"),
        ("https://-co.dev", "valid name"),
        ("https://co..dev", "valid name"),
        ("https://covibe", "single label"),
        ("https://xn--a.dev", "xn--"),
    ] {
        let refusal = judge(text).unwrap_err();
        assert!(refusal.message.contains(word), "{text:?}: {refusal}");
        assert!(!refusal.to_string().contains("pw"), "{refusal}");
    }
}

#[test]
fn an_ip_address_is_refused_in_every_spelling() {
    for host in [
        "127.0.0.1",
        "10.0.0.1",
        "8.8.8.8",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1%25eth0]",
    ] {
        let refusal = judge(&format!("https://{host}")).unwrap_err();
        let is_named =
            refusal.message.contains("IP address") || refusal.message.contains("percent");
        assert!(is_named, "{host}: {refusal}");
    }
    for digits in ["https://１２７.0.0.1", "https://127。0。0。1"] {
        assert!(judge(digits).unwrap_err().message.contains("ASCII"), "{digits}");
    }
}

#[test]
fn a_private_or_reserved_name_is_refused() {
    for host in [
        "localhost",
        "a.localhost",
        "covibe.local",
        "covibe.internal",
        "covibe.lan",
        "covibe.home.arpa",
        "covibe.corp",
        "covibe.test",
        "covibe.example",
        "example.com",
        "covibe.example.org",
        "covibe.onion",
        "covibe.invalid",
    ] {
        let refusal = judge(&format!("https://{host}")).unwrap_err();
        let is_named =
            refusal.message.contains("reserved") || refusal.message.contains("localhost");
        assert!(is_named, "{host}: {refusal}");
    }
    for host in ["1.2.3.4.sslip.io", "app.10.0.0.1.nip.io", "app.lvh.me"] {
        assert!(judge(&format!("https://{host}")).unwrap_err().hint.contains("Coolify"), "{host}");
    }
}

#[test]
fn every_tunnel_host_is_refused_even_if_ports_are_allowed() {
    assert!(tunnels().count() >= 30);
    for tunnel in tunnels() {
        for host in [tunnel.to_owned(), format!("a-b.{tunnel}"), format!("x.y.{tunnel}")] {
            for ports in [Ports::Standard, Ports::Any] {
                let refusal = HostedOrigin::judge(&format!("https://{host}"), ports).unwrap_err();
                assert!(refusal.message.contains(tunnel), "{host}: {refusal}");
            }
        }
        assert!(judge(&format!("https://not{tunnel}")).is_ok(), "{tunnel}");
    }
}

#[test]
fn a_valid_port_is_kept_if_ports_are_allowed() {
    let judged = HostedOrigin::judge("https://co-vibe.dev:8443/", Ports::Any).unwrap();
    assert_eq!((judged.as_str(), judged.port()), ("https://co-vibe.dev:8443", Some(8443)));
    for bad in ["0", "", "65536", "+80", "08443", "443", "a"] {
        let text = format!("https://co-vibe.dev:{bad}");
        assert!(HostedOrigin::judge(&text, Ports::Any).is_err(), "{bad}");
    }
}

#[test]
fn a_name_in_another_script_is_refused_with_its_ascii_form() {
    let refusal = judge("https://cövibe.dev/").unwrap_err();
    assert!(refusal.hint.ends_with("https://xn--cvibe-jua.dev"), "{refusal}");
}

proptest! {
    #[test]
    fn judging_an_accepted_origin_again_changes_nothing(text in "(https://)?.{0,40}") {
        if let Ok(first) = judge(&text) {
            let again = judge(first.as_str()).unwrap();
            prop_assert_eq!(again, first);
        }
    }
}
