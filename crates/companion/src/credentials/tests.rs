//! The credentials file: merged, closed to others, and read with suspicion.

use std::fs::Permissions;

use super::*;

fn origin(text: &str) -> Origin {
    Origin::judge(text).unwrap().origin
}

fn key(token: &str) -> StoredKey {
    StoredKey { token: Secret::new(token), expires_at: Timestamp::parse("2027-02-01T00:00:00Z") }
}

fn home() -> (tempfile::TempDir, CompanionHome) {
    let folder = tempfile::tempdir().unwrap();
    let home = CompanionHome::at(folder.path().join("covibe"));
    (folder, home)
}

#[test]
fn keys_are_added_to_a_private_file_that_keeps_unknown_members() {
    let (_folder, home) = home();
    let (first, second) = (origin("https://a.example.com"), origin("https://b.example.com"));
    home.write(CREDENTIALS, br#"{"later":1,"servers":{}}"#, Mode::Private).unwrap();
    Credentials::update(&home, |c| c.insert(&first, "shop", AgentType::Codex, &key("one")))
        .unwrap();
    Credentials::update(&home, |c| c.insert(&second, "blog", AgentType::Codex, &key("two")))
        .unwrap();
    Credentials::update(&home, |c| c.insert(&first, "shop", AgentType::Cursor, &key("three")))
        .unwrap();
    let credentials = Credentials::load(&home).unwrap();
    assert_eq!(credentials.servers(), [first.clone(), second]);
    assert_eq!(credentials.keys(&first).len(), 2);
    assert_eq!(credentials.key(&first, AgentType::Codex), Some(key("one")));
    assert_eq!(credentials.workspace(&first), Some("shop"));
    assert_eq!(credentials.content["later"], 1);
    let mode = fs::metadata(home.path(CREDENTIALS)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(fs::metadata(home.root()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn parallel_updates_lose_no_key() {
    let (_folder, home) = home();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let home = &home;
            scope.spawn(move || {
                let server = origin(&format!("https://h{n}.example.com"));
                Credentials::update(home, |c| c.insert(&server, "w", AgentType::Other, &key("k")))
            });
        }
    });
    assert_eq!(Credentials::load(&home).unwrap().servers().len(), 8);
}

#[test]
fn a_credentials_file_with_open_permissions_or_invalid_json_is_refused() {
    let (_folder, home) = home();
    home.write(CREDENTIALS, b"{}", Mode::Private).unwrap();
    let path = home.path(CREDENTIALS);
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    assert!(Credentials::load(&home).unwrap_err().hint.unwrap().starts_with("Run `chmod 600 "));
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, "{").unwrap();
    let server = origin("https://a.example.com");
    let changed = Credentials::update(&home, |c| c.remove_server(&server));
    assert!(changed.is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "{");
}

#[test]
fn servers_with_invalid_origins_in_the_file_are_ignored() {
    let (_folder, home) = home();
    let text = r#"{"servers":{"http://evil.example.com":{"tokens":{"codex":{"token":"t"}}}}}"#;
    home.write(CREDENTIALS, text.as_bytes(), Mode::Private).unwrap();
    assert!(Credentials::load(&home).unwrap().servers().is_empty());
}

#[test]
fn a_masked_key_has_its_prefix_and_four_characters() {
    let masked = |text: &str| {
        let token = Secret::new(text);
        SelectedKey { token, source: KeySource::Flag, expires_at: None }.masked()
    };
    assert_eq!(masked("vibn_sk_abcdefghijklmnopqrstuvwxyz"), "vibn_sk_…wxyz");
    assert_eq!(masked("short"), "…");
}
