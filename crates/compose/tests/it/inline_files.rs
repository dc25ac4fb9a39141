//! Files whose text comes with the compose file become `configs`.

use covibe_compose::{Compose, Request, StoredFile, mounts_paths};
use covibe_domain::Failure;

/// Judges a file, for which Coolify keeps these texts: service, path in the container, text.
fn with(file: &str, texts: &[(&str, &str, Option<&str>)]) -> Result<Compose, Failure> {
    let files = texts.iter();
    let files = files.map(|&(service, target, text)| StoredFile {
        service: service.to_owned(),
        target: target.to_owned(),
        text: text.map(str::to_owned),
    });
    covibe_compose::compose(file, &Request { files: files.collect(), ..Request::default() })
}

const STORED: &str = "
services:
  web:
    image: nginx
    volumes: [{type: bind, source: ./conf/run, target: /run.d}, './data:/data']
  db:
    image: postgres:17
    volumes: [{type: bind, source: ./conf/run, target: '/run.d:ro', mode: '0755'}]
";

#[test]
fn a_bind_mounted_file_with_a_known_text_becomes_a_config() {
    let sent =
        with(STORED, &[("web", "/run.d", Some("a $HOME $$")), ("db", "/run.d:ro", Some("b"))]);
    let sent = sent.unwrap();
    let text = sent.text();
    assert!(text.contains("a $$HOME $$$$"), "as Docker Compose escapes it: {text}");
    assert!(text.contains("conf-run-2"), "another text has another name: {text}");
    assert!(!text.contains("bind") && !text.contains("./conf"), "{text}");
    let changes: Vec<_> =
        sent.changes.iter().map(|it| format!("{}: {}", it.path, it.change)).collect();
    assert!(
        changes.contains(&"services.web.volumes[0]: became the config conf-run".to_owned()),
        "{changes:?}"
    );
    assert!(
        changes.contains(&"services.web.volumes[1]: became the volume data".to_owned()),
        "{changes:?}"
    );
    let again = with(text, &[("web", "/run.d", Some("a $HOME $$"))]).unwrap();
    assert_eq!(again.text(), text, "a repeated call sends the same");
}

#[test]
fn files_with_equal_texts_become_one_config() {
    let sent = with(STORED, &[("web", "/run.d", Some("a")), ("db", "/run.d", Some("a"))]).unwrap();
    assert!(!sent.text().contains("conf-run-2"), "{}", sent.text());
}

#[test]
fn a_mounted_file_without_a_known_text_is_refused() {
    for text in [None, Some("")] {
        let refused = with(STORED, &[("db", "/run.d", text)]).unwrap_err();
        assert_eq!(refused.details["path"], "services.db.volumes[0]", "{refused:?}");
    }
}

#[test]
fn a_mounted_file_with_an_empty_text_becomes_a_config() {
    let file = STORED.replace("conf/run", "conf/custom.css");
    let sent = with(&file, &[("web", "/run.d", Some("")), ("db", "/run.d", Some("x"))]).unwrap();
    assert!(sent.text().contains("conf-custom-css"), "{}", sent.text());
}

#[test]
fn mounts_paths_is_true_only_for_mounts_of_host_paths() {
    assert!(mounts_paths(STORED));
    for (volume, is) in [
        ("'./a:/a'", true),
        ("'/a:/a'", true),
        ("'a:/a'", false),
        ("{type: tmpfs, target: /a}", false),
    ] {
        let file = format!("services: {{web: {{image: x, volumes: [{volume}]}}}}");
        assert_eq!(mounts_paths(&file), is, "{volume}");
    }
}
