//! The logs of containers.

use std::time::Duration;

use covibe_docker_host::{Error, LogLine, LogQuery, Stream};
use covibe_testkit_docker::Recipe;

use crate::fixture::{engine, local, only_container, uuid, ways};

const ALL: LogQuery = LogQuery { tail: 5000, since: None, max_bytes: 1 << 20 };

#[tokio::test]
async fn stdout_and_stderr_are_read_in_order_with_all_bytes_and_since_a_time() {
    let engine = engine!();
    let uuid = uuid();
    let script = "for n in 1 2 3; do echo out $n; sleep 0.2; echo err $n >&2; sleep 0.2; done; \
                  printf 'nul \\000 \\377'; head -c 40000 /dev/zero | tr '\\0' x";
    let container = Recipe::new(&uuid, &uuid).argv(["sh", "-c", script]).run(engine);
    engine.cli(&["wait", &container.id]);
    let host = local(&engine.socket());
    let id = only_container(&host, &uuid).await;
    let logs = host.logs(&id, ALL).await.unwrap();
    let lines: Vec<_> = logs.lines.iter().map(|line| (line.stream, &line.text[..])).collect();
    let (out, err) = (Stream::Stdout, Stream::Stderr);
    let first: [(Stream, &[u8]); 4] =
        [(out, b"out 1"), (err, b"err 1"), (out, b"out 2"), (err, b"err 2")];
    assert_eq!(lines[..4], first);
    let last = lines.last().unwrap().1;
    assert!(
        last.starts_with("nul \0 \u{fffd}".as_bytes()) && last.len() == 40_009,
        "{}",
        last.len()
    );
    assert!(logs.lines.is_sorted_by_key(|line| line.at) && !logs.cut);

    let two = host.logs(&id, LogQuery { tail: 2, ..ALL }).await.unwrap();
    assert!(two.lines.len() <= 2, "{}", two.lines.len());
    let cut = host.logs(&id, LogQuery { max_bytes: 100, ..ALL }).await.unwrap();
    let bytes: usize = cut.lines.iter().map(|line| line.text.len()).sum();
    assert_eq!((bytes, cut.cut), (100, true));
    let later = logs.lines[0].at.after(Duration::from_secs(1000));
    let none = host.logs(&id, LogQuery { since: Some(later), ..ALL }).await.unwrap();
    assert_eq!(none.lines, []);
    // The moment counts in milliseconds: the lines are 200 apart.
    let third = Some(logs.lines[2].at);
    let rest = host.logs(&id, LogQuery { since: third, ..ALL }).await.unwrap();
    assert_eq!(rest.lines, logs.lines[2..]);
}

#[tokio::test]
async fn the_log_of_a_terminal_is_read_as_stdout() {
    let engine = engine!();
    let uuid = uuid();
    let argv = ["sh", "-c", "echo out; echo err >&2"];
    let container = Recipe::new(&uuid, &uuid).option(["--tty"]).argv(argv).run(engine);
    engine.cli(&["wait", &container.id]);
    let host = local(&engine.socket());
    let logs = host.logs(&only_container(&host, &uuid).await, ALL).await.unwrap();
    let lines: Vec<_> = logs.lines.iter().map(|line| (line.stream, &line.text[..])).collect();
    let expected: [(Stream, &[u8]); 2] = [(Stream::Stdout, b"out\r"), (Stream::Stdout, b"err\r")];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn logs_of_a_removed_container_fail_as_no_container() {
    let engine = engine!();
    let uuid = uuid();
    let container = Recipe::new(&uuid, &uuid).run(engine);
    let host = local(&engine.socket());
    let id = only_container(&host, &uuid).await;
    drop(container);
    assert_eq!(host.logs(&id, ALL).await, Err(Error::NoContainer));
}

#[tokio::test]
async fn a_search_covers_all_lines_by_each_kind_of_connection() {
    let engine = engine!();
    let uuid = uuid();
    let container = Recipe::new(&uuid, &uuid).argv(["seq", "60000"]).run(engine);
    engine.cli(&["wait", &container.id]);
    for (host, _sshd) in ways(engine) {
        let id = only_container(&host, &uuid).await;
        let is_seven = |line: &LogLine| line.text == b"7";
        let query = LogQuery { tail: 5, ..ALL };
        let found = host.search(&id, query, &|| Box::new(is_seven)).await.unwrap();
        assert_eq!((found.seen, found.matches, found.is_whole), (60_000, 1, true));
        assert_eq!(found.lines[0].text, b"7");
        let ends_with_nines = |line: &LogLine| line.text.ends_with(b"999");
        let found = host.search(&id, query, &|| Box::new(ends_with_nines)).await.unwrap();
        let texts: Vec<_> = found.lines.iter().map(|line| &line.text[..]).collect();
        let newest: [&[u8]; 5] = [b"55999", b"56999", b"57999", b"58999", b"59999"];
        assert_eq!((found.matches, &texts[..]), (60, &newest[..]));
    }
}
