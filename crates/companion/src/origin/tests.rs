//! Origins are judged as the text that was typed.

use proptest::prelude::*;

use super::*;
use crate::command_error::Exit;

fn message(text: &str) -> String {
    let problem = Origin::judge(text).unwrap_err();
    assert_eq!(problem.exit, Exit::Usage, "{text}");
    problem.message
}

#[test]
fn valid_origins_are_normalized_without_trailing_slashes() {
    for (text, origin) in [
        ("https://co-vibe.dev", "https://co-vibe.dev"),
        ("https://co-vibe.dev///", "https://co-vibe.dev"),
        ("HTTPS://Co-Vibe.dev:443/", "https://co-vibe.dev"),
        ("https://co-vibe.dev:8443", "https://co-vibe.dev:8443"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ] {
        let judged = Origin::judge(text).unwrap();
        assert_eq!((judged.origin.as_str(), judged.is_assumed_https), (origin, false), "{text}");
    }
}

#[test]
fn a_host_without_a_scheme_is_assumed_to_be_https() {
    for (text, origin) in
        [("co-vibe.dev", "https://co-vibe.dev"), ("co-vibe.dev:8443/", "https://co-vibe.dev:8443")]
    {
        let judged = Origin::judge(text).unwrap();
        assert_eq!((judged.origin.as_str(), judged.is_assumed_https), (origin, true), "{text}");
    }
}

#[test]
fn each_invalid_origin_is_refused_with_its_own_message() {
    for (text, word) in [
        ("", "empty"),
        ("https://ada:pw@co-vibe.dev", "user name"),
        ("ada@co-vibe.dev", "user name"),
        ("https://co-vibe.dev/callback", "callback"),
        ("https://co-vibe.dev/callback/", "callback"),
        ("https://co-vibe.dev?", "query"),
        ("https://co-vibe.dev/?a=b", "query"),
        ("https://co-vibe.dev#", "hash"),
        ("https://co-vibe.dev/#a", "hash"),
        ("https://co-vibe.dev/app", "path"),
        ("co-vibe.dev/app", "path"),
        ("https://co-vibe.dev\n", "control"),
        ("https://co-\tvibe.dev", "control"),
        (" https://co-vibe.dev", "whitespace"),
        ("https:\\\\co-vibe.dev", "backslash"),
        ("https:co-vibe.dev", "scheme"),
        ("https:///co-vibe.dev", "path"),
        ("http://co-vibe.dev", "this machine"),
        ("ftp://co-vibe.dev", "not https"),
        ("https://%6cocalhost", "percent"),
        ("http://127.1:3000", "usual form"),
        ("http://2130706433", "usual form"),
        ("http://0x7f000001", "usual form"),
        ("https://co-vibe.dev.", "usual form"),
        ("https://cö-vibe.dev", "ASCII"),
        ("https://co-vibe.dev:0", "port"),
        ("https://co-vibe.dev:", "port"),
    ] {
        assert!(message(text).contains(word), "{text:?}: {}", message(text));
    }
}

proptest! {
    #[test]
    fn judging_a_judged_origin_changes_nothing(text in ".{0,40}") {
        if let Ok(first) = Origin::judge(&text) {
            let again = Origin::judge(first.origin.as_str()).unwrap();
            prop_assert_eq!(again.origin, first.origin);
        }
    }
}
