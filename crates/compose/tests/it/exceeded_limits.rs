//! Files that exceed a limit are refused, and quickly.

use std::fmt::Write as _;
use std::time::Duration;

use covibe_compose::Request;

use crate::compose;
use crate::processor_time::measure;

const SERVICE: &str = "services: {web: {image: nginx}}\n";

fn status(text: &str) -> u16 {
    let (composed, took) = measure(|| compose(text));
    assert!(took < Duration::from_secs(10), "{took:?}");
    composed.map_or_else(|failure| failure.kind.status(), |_| 200)
}

#[test]
fn files_beyond_a_size_depth_or_count_limit_are_refused() {
    let padded = |length: usize| format!("{SERVICE}#{}", "x".repeat(length - SERVICE.len() - 1));
    assert_eq!(status(&padded(256 * 1024)), 200);
    assert_eq!(status(&padded(256 * 1024 + 1)), 400);

    let deep =
        |levels: usize| format!("{SERVICE}x-a: {}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!((status(&deep(30)), status(&deep(32))), (200, 400));

    let services = |count: usize| {
        (0..count).fold("services:\n".to_owned(), |mut text, n| {
            let _ = writeln!(text, "  a{n}: {{image: nginx}}");
            text
        })
    };
    assert_eq!((status(&services(50)), status(&services(51))), (200, 422));

    let variables = |count: usize| {
        let list: Vec<_> = (0..count).map(|n| format!("A{n}=b")).collect();
        format!("services: {{web: {{image: nginx, environment: [{}]}}}}", list.join(", "))
    };
    assert_eq!((status(&variables(500)), status(&variables(501))), (200, 422));

    let long = |length: usize| {
        format!("services: {{web: {{image: nginx, command: [{}]}}}}", "x".repeat(length))
    };
    assert_eq!((status(&long(65_536)), status(&long(65_537))), (200, 422));
    assert_eq!(status(&format!("{SERVICE}x-{}: 1", "k".repeat(254))), 400);
}

#[test]
fn nesting_through_aliases_counts_towards_the_depth_limit() {
    let mut text = "x-0: &a0 [x]\n".to_owned();
    for n in 1..40 {
        let _ = writeln!(text, "x-{n}: &a{n} [*a{}]", n - 1);
    }
    assert_eq!(status(&(text + SERVICE)), 400);
}

#[test]
fn each_alias_counts_at_full_size_towards_the_size_limit() {
    let long = format!("x-a: &a {}\n", "x".repeat(60_000));
    let list = |count: usize| format!("{long}x-b: [{}]\n{SERVICE}", vec!["*a"; count].join(", "));
    assert_eq!((status(&list(7)), status(&list(8))), (200, 400));

    let many: Vec<_> = (0..2_000).map(|n| format!("k{n}: v")).collect();
    let merges = vec!["{<<: *a}"; 5_000].join(", ");
    let text = format!("x-a: &a {{{}}}\nx-b: [{merges}]\n{SERVICE}", many.join(", "));
    assert_eq!(status(&text), 400);
}

#[test]
fn chains_of_extends_beyond_five_services_are_refused() {
    let chain = |length: usize| {
        let services = (1..length).fold(String::new(), |mut text, n| {
            let _ = writeln!(text, "  a{n}: {{extends: a{}}}", n - 1);
            text
        });
        format!("services:\n  a0: {{image: nginx}}\n{services}")
    };
    assert_eq!((status(&chain(5)), status(&chain(6))), (200, 422));
}

#[test]
fn a_file_whose_canonical_text_is_too_large_is_refused() {
    let mut text =
        format!("services:\n  a0:\n    image: nginx\n    command: [{}]\n", "x".repeat(6_000));
    for n in 1..49 {
        let _ = writeln!(text, "  a{n}: {{extends: a0}}");
    }
    assert_eq!(status(&text), 400);
}

#[test]
fn refuses_repeated_pieces_quickly() {
    let size = 256 * 1024 - 64;
    for piece in [
        "[",
        "{",
        "[\n",
        "- ",
        "? ",
        "{a: ",
        "[],",
        "a: b\n",
        "&a ",
        "- &a x\n- *a\n",
        ": ",
        ",",
        "'",
        "\"",
        "---\n",
        "# x\n",
        "%TAG ! x\n",
        "!!str ",
        "|\n",
        "\n",
        "\t",
        "x",
        "<<: {}\n",
        "${",
        "{{",
        "\u{feff}",
    ] {
        let found = status(&piece.repeat(size / piece.len()));
        assert!(matches!(found, 400 | 422), "{piece:?}: {found}");
        let inside = format!(
            "services:\n  web:\n    image: nginx\n    command: {}",
            piece.repeat(size / piece.len())
        );
        status(&inside);
    }
    let opens =
        format!("services: {{web: {{image: nginx, command: \"{}\"}}}}", "${A:-".repeat(13_000));
    assert!(matches!(status(&opens), 200 | 422));
    let nested = format!("{}{}", "${A:-".repeat(9_000), "}".repeat(9_000));
    for value in [nested, "${".repeat(30_000), "$A{".repeat(20_000), "{}".repeat(30_000) + "$A"] {
        status(&format!("services: {{web: {{image: nginx, command: \"{value}\"}}}}"));
        status(&format!("services: {{web: {{image: nginx, environment: {{A: \"{value}\"}}}}}}"));
    }
}

/// Services whose circles are looked for wait for many names that are no services.
#[test]
fn circular_dependencies_among_many_unknown_names_are_found_quickly() {
    let service = |n: usize| {
        let unknown = (0..370).map(|k| format!("u{n}-{k}, ")).collect::<Vec<_>>().concat();
        format!("  s{n}: {{image: nginx, depends_on: [{unknown}s{}]}}\n", (n + 1) % 50)
    };
    let text: String = (0..50).map(service).collect();
    let (status, took) = measure(|| status(&format!("services:\n{text}")));
    assert_eq!(status, 422);
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn more_than_500_anonymous_volumes_are_refused() {
    let services = |count: usize| {
        let mounts = (0..count).map(|n| format!("/m{n}, ")).collect::<Vec<_>>().concat();
        let service = |n: usize| format!("  a{n}: {{image: nginx, volumes: [{mounts}]}}\n");
        format!("services:\n{}", (0..10).map(service).collect::<String>())
    };
    assert_eq!((status(&services(50)), status(&services(51))), (200, 422));
}

/// Returns the problems of a file whose variable `A` has a value of 64 KiB; `None` if it is accepted.
fn problems_with_long_value(text: &str) -> Option<String> {
    let variables = vec![("A".to_owned(), "x".repeat(65_536))];
    let request = Request { variables, ..Request::default() };
    let (composed, took) = measure(|| covibe_compose::compose(text, &request));
    assert!(took < Duration::from_secs(10), "{took:?}");
    let failure = composed.err()?;
    assert_eq!(failure.kind.status(), 422);
    Some(failure.details["problems"].to_string())
}

#[test]
fn texts_that_are_too_long_with_their_values_are_refused() {
    let (braced, bare) = ("${A}".repeat(900), "$A".repeat(5_000));
    for text in [&braced, &bare] {
        for service in [
            format!("image: '{text}'"),
            format!("image: nginx, volumes: ['{text}:/x']"),
            format!("image: nginx, volumes: ['x:/{text}']"),
            format!("image: nginx, ports: ['{text}']"),
            format!("image: nginx, environment: {{A: x, B: '{text}'}}"),
            format!("image: nginx, user: '{text}'"),
        ] {
            let found = problems_with_long_value(&format!("services: {{web: {{{service}}}}}"));
            assert!(
                found.is_some_and(|found| found.contains("longer than 64 KiB")),
                "{}",
                &service[..20]
            );
        }
        let labels = format!("labels: {{a.loadbalancer.server.port: '{text}'}}");
        let file = format!("services: {{web: {{image: nginx, {labels}}}}}");
        assert_eq!(problems_with_long_value(&file), None, "labels are not sent");
    }
}

#[test]
fn values_of_more_than_512_kib_in_all_are_refused() {
    let is_refused_for_size = |count: usize| {
        let ports = vec!["'$A'"; count].join(", ");
        let file = format!("services: {{web: {{image: nginx, expose: [{ports}]}}}}");
        problems_with_long_value(&file).is_some_and(|found| found.contains("512 KiB"))
    };
    assert_eq!((is_refused_for_size(8), is_refused_for_size(9)), (false, true));
}

#[test]
fn a_text_with_more_than_10000_variables_is_refused() {
    let many = "$A".repeat(125_000);
    for service in [
        format!("image: '{many}'"),
        format!("image: nginx, volumes: ['{many}:/x']"),
        format!("image: nginx, ports: ['{many}']"),
        format!("image: nginx, environment: {{A: x, B: '{many}'}}"),
        format!("image: nginx, labels: {{a: '{many}'}}"),
    ] {
        let found = problems_with_long_value(&format!("services: {{web: {{{service}}}}}"));
        assert!(
            found.is_some_and(|found| found.contains("10,000 variables")),
            "{}",
            &service[..20]
        );
    }
}

#[test]
fn defaults_of_variables_that_are_nested_deeper_than_8_levels_are_refused() {
    let file = |levels: usize| {
        let (open, close) = ("${A:-".repeat(levels), "}".repeat(levels));
        let environment = format!("{{X: 'x${{B-a}}{open}b{close}'}}");
        format!("services: {{web: {{image: nginx, environment: {environment}}}}}")
    };
    assert_eq!((status(&file(8)), status(&file(9)), status(&file(10))), (200, 422, 422));
}

#[test]
fn services_with_more_than_512_kib_after_extends_are_refused() {
    let file = |length: usize| {
        let other = |n: usize| format!("  a{n}: {{extends: a0}}\n");
        let others: String = (1..50).map(other).collect();
        let command = "x".repeat(length);
        format!("services:\n  a0: {{image: nginx, command: [{command}]}}\n{others}")
    };
    // Less than that is still too long to be sent.
    assert_eq!((status(&file(10_000)), status(&file(10_500))), (400, 422));
}

#[test]
fn many_aliases_and_words_are_compared_quickly() {
    let service = |n: usize| {
        let alias = |k: usize| format!("a{n}-{k}, ");
        let aliases: String = (0..20).map(alias).collect();
        let command = "a1-1:80 b ".repeat(300);
        format!(
            "  s{n}: {{image: nginx, command: '{command}', networks: {{n: {{aliases: [{aliases}]}}}}}}\n"
        )
    };
    let services: String = (0..50).map(service).collect();
    let (status, took) = measure(|| status(&format!("services:\n{services}networks: {{n: }}\n")));
    assert_eq!(status, 200);
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn many_variables_in_a_config_are_looked_up_quickly() {
    let content = "$A ".repeat(10_000) + &"x".repeat(200_000);
    let text = format!(
        "services: {{web: {{image: nginx, configs: [c1], environment: {{A: b}}}}}}\n\
         configs: {{c1: {{content: '{content}'}}}}\n"
    );
    let (status, took) = measure(|| status(&text));
    assert_eq!(status, 200);
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn many_mounts_that_get_other_volumes_are_refused_quickly() {
    let file = |shift: usize| {
        let mount = |k: usize| format!("v{}-x:/m{k}, ", (k + shift) % 100);
        let mounts: String = (0..400).map(mount).collect();
        let service = |n: usize| format!("  s{n}: {{image: nginx, volumes: [{mounts}]}}\n");
        format!("services:\n{}", (0..10).map(service).collect::<String>())
    };
    let (present, new) = (file(0), file(1));
    let request = Request { present: Some(present), ..Request::default() };
    let (composed, took) = measure(|| covibe_compose::compose(&new, &request));
    let failure = composed.err().unwrap();
    assert_eq!(failure.details["problems"].as_array().unwrap().len(), 50);
    assert!(took < Duration::from_secs(3), "{took:?}");
}
