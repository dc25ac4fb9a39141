//! Every text that reaches the host arrives as it is, or is refused.

use covibe_docker_host::{Error, Exec};
use covibe_testkit_docker::Recipe;

use crate::fixture::{command, engine, local, only_container, uuid, ways};

/// Texts that a shell, an option parser or a line protocol takes for something else.
const TEXTS: [&str; 18] = [
    "",
    "-",
    "--",
    "--privileged",
    "-u0",
    "'",
    "\"",
    "it's \"x\"",
    "$(touch /tmp/owned)",
    "`touch /tmp/owned`",
    "; touch /tmp/owned",
    "&& touch /tmp/owned",
    "a\nb\r\nc",
    "$HOME ${PATH}",
    "*?[a]~!#",
    "\\",
    "é 🦀 \u{202e}x\u{7f}",
    "\r\n\r\nPOST /containers/create HTTP/1.1\r\n\r\n",
];

#[tokio::test]
async fn arguments_and_variables_reach_the_container_unchanged() {
    let engine = engine!();
    let uuid = uuid();
    let _container = Recipe::new(&uuid, &uuid).run(engine);
    for (host, _sshd) in ways(engine) {
        let id = only_container(&host, &uuid).await;
        let script = r#"printf '%s\0' "$@" "$VALUE"; [ ! -e /tmp/owned ]"#;
        let value = TEXTS.concat();
        let argv = [&["sh", "-c", script, "sh"], &TEXTS[..]].concat();
        let env = vec![("VALUE".to_owned(), value.clone())];
        let done = host.exec(&id, Exec { env, ..command(&argv) }, |_, _| {}).await.unwrap();
        let expected: String =
            TEXTS.iter().chain([&value.as_str()]).flat_map(|t| [*t, "\0"]).collect();
        assert_eq!(String::from_utf8(done.stdout), Ok(expected));
        assert_eq!(done.code, Some(0));
        let long = "x".repeat(100 << 10);
        let done =
            host.exec(&id, command(&["sh", "-c", "echo ${#1}", "sh", &long]), |_, _| {}).await;
        assert_eq!(done.unwrap().stdout, b"102400\n");
    }
}

#[tokio::test]
async fn injection_texts_as_user_are_refused_and_as_directory_run_nothing() {
    let engine = engine!();
    let uuid = uuid();
    let _container = Recipe::new(&uuid, &uuid).run(engine);
    let host = local(&engine.socket());
    let id = only_container(&host, &uuid).await;
    for text in TEXTS.into_iter().filter(|text| !text.is_empty()) {
        let exec = Exec { user: Some(text.to_owned()), ..command(&["true"]) };
        let refused = host.exec(&id, exec, |_, _| {}).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{text}: {refused:?}");
        let workdir = Some(format!("/tmp/{text}"));
        let made =
            host.exec(&id, Exec { workdir: workdir.clone(), ..command(&["pwd"]) }, |_, _| {}).await;
        match made {
            // There is no such directory.
            Ok(done) => {
                assert_eq!(
                    (done.code, done.not_started.is_some()),
                    (Some(126), true),
                    "{text}: {done:?}"
                );
            }
            Err(error) => assert!(matches!(error, Error::Invalid(_)), "{text}: {error:?}"),
        }
    }
    for exec in [
        command(&["echo", "a\0b"]),
        command(&["echo", &"x".repeat(1 << 20)]),
        Exec { env: vec![("COVIBE_EXEC".into(), "0".repeat(32))], ..command(&["env"]) },
    ] {
        assert!(matches!(host.exec(&id, exec, |_, _| {}).await, Err(Error::Invalid(_))));
    }
    let nobody = Exec { user: Some("no-such-user".to_owned()), ..command(&["true"]) };
    let refused = host.exec(&id, nobody, |_, _| {}).await;
    assert!(
        refused.as_ref().is_ok_and(|done| done.not_started.is_some()) || refused.is_err(),
        "{refused:?}"
    );
    let there = host.exec(&id, command(&["ls", "-a", "/tmp/owned"]), |_, _| {}).await.unwrap();
    assert_ne!(there.code, Some(0));
}
