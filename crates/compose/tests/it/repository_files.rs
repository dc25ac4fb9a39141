//! Compose files that are part of a repository: builds, and the files beside them.

use std::time::Duration;

use covibe_compose::{CommittedFile, Compose, Repository, Request, compose};

use crate::processor_time::measure;

fn repository(files: &[(&str, &str)]) -> Repository {
    let mut repository = Repository::new("/", "/docker-compose.yml");
    for (path, text) in files {
        repository.add(path, CommittedFile::Text((*text).to_owned()));
    }
    repository
}

fn judge_committed(text: &str, repository: &Repository) -> Result<Compose, covibe_domain::Failure> {
    let repository = Some(repository.clone());
    compose(text, &Request { repository, ..Request::default() })
}

fn sent_text(text: &str, files: &[(&str, &str)]) -> String {
    without_quotes(&judge_committed(text, &repository(files)).unwrap())
}

/// Returns what is sent, without its quotes.
fn without_quotes(judged: &Compose) -> String {
    judged.text().replace('"', "")
}

fn refusal(text: &str, files: &[(&str, &str)]) -> String {
    let failure = judge_committed(text, &repository(files)).unwrap_err();
    format!("{} {}", failure.message, failure.hint.unwrap_or_default())
}

#[test]
fn a_build_is_sent_with_context_and_dockerfile_and_without_image() {
    let text = "services:\n  web:\n    image: nginx:1\n    build: {context: ./web, args: [A=1], cache_from: [x]}\n    \
                ports: ['8080:80']\n";
    let judged = judge_committed(text, &repository(&[])).unwrap();
    let sent = without_quotes(&judged);
    assert!(sent.contains("context: ./web") && sent.contains("dockerfile: Dockerfile"), "{sent}");
    assert!(
        !sent.contains("image") && !sent.contains("cache_from") && !sent.contains("8080"),
        "{sent}"
    );
    assert!(sent.contains("A: 1"), "{sent}");
    let told: Vec<_> = judged.changes.iter().map(|change| change.path.as_str()).collect();
    assert!(told.contains(&"services.web.image"), "{told:?}");
    assert_eq!(judged.services[0].ports, [80]);
}

#[test]
fn a_build_without_a_repository_is_refused() {
    let text = "services: {web: {build: .}}";
    let failure = compose(text, &Request::default()).unwrap_err();
    assert!(failure.message.contains("there is no source code to build"), "{}", failure.message);
}

#[test]
fn build_options_that_leave_the_repository_or_reach_a_shell_are_refused() {
    for context in
        ["https://example.com/x.git", "../up", "/etc", "a b", "a;b", "$(id)", "a'b", "~/x"]
    {
        let text = format!("services: {{web: {{build: {{context: \"{context}\"}}}}}}");
        assert!(judge_committed(&text, &repository(&[])).is_err(), "{context}");
    }
    for dockerfile in ["/etc/x", "../Dockerfile", "a b", "`id`", "a|b", ""] {
        let text = format!("services: {{web: {{build: {{dockerfile: \"{dockerfile}\"}}}}}}");
        assert!(judge_committed(&text, &repository(&[])).is_err(), "{dockerfile}");
    }
    for key in [
        "labels: {a: b}",
        "network: host",
        "privileged: true",
        "secrets: [a]",
        "ssh: [default]",
        "additional_contexts: {a: ..}",
        "extra_hosts: [a=b]",
        "entitlements: [network.host]",
        "dockerfile_inline: FROM x",
        "ulimits: {nofile: 1}",
        "whatever: 1",
    ] {
        let text = format!("services: {{web: {{build: {{context: ., {key}}}}}}}");
        assert!(judge_committed(&text, &repository(&[])).is_err(), "{key}");
    }
}

#[test]
fn a_context_outside_the_base_directory_is_refused_with_the_fix() {
    let repository = Repository::new("/apps/shop", "/compose.yml");
    let text = "services: {web: {build: ../../lib}}";
    let failure = judge_committed(text, &repository).unwrap_err();
    assert!(failure.hint.unwrap().contains("baseDirectory"));
    let text = "services: {web: {build: ./web}}";
    assert!(
        judge_committed(text, &repository)
            .unwrap()
            .text()
            .replace('"', "")
            .contains("context: ./web")
    );
    let nested = Repository::new("/", "/deploy/compose.yml");
    let text = "services: {web: {build: ../web}}";
    assert!(
        judge_committed(text, &nested).unwrap().text().replace('"', "").contains("context: ./web")
    );
}

#[test]
fn committed_files_become_configs_and_absent_folders_volumes() {
    let text = "services:\n  web:\n    image: nginx:1\n    volumes: ['./nginx.conf:/etc/nginx/nginx.conf:ro', \
                './conf.d:/etc/nginx/conf.d:ro', './data:/var/lib/data']\n";
    let files = [
        ("nginx.conf", "user $me;"),
        ("conf.d/a.conf", "a"),
        ("conf.d/b/c.conf", "c"),
        ("conf.d/.gitkeep", ""),
    ];
    let sent = sent_text(text, &files);
    assert!(sent.contains("user $$me;"), "{sent}");
    for target in
        ["/etc/nginx/nginx.conf", "/etc/nginx/conf.d/a.conf", "/etc/nginx/conf.d/b/c.conf"]
    {
        assert!(sent.contains(&format!("target: {target}")), "{sent}");
    }
    assert!(sent.contains("data:/var/lib/data") && !sent.contains("gitkeep"), "{sent}");
}

#[test]
fn mounts_of_code_that_the_build_copies_are_dropped() {
    let text = "services:\n  web:\n    build: .\n    volumes: ['.:/app', './src:/app/src', '/app/node_modules']\n";
    let sent = sent_text(text, &[("docker-compose.yml", "x"), ("src/a.js", "x")]);
    assert!(
        !sent.contains(".:/app") && !sent.contains("/app/src") && !sent.contains("configs"),
        "{sent}"
    );
    assert!(sent.contains(":/app/node_modules"), "{sent}");
}

#[test]
fn a_folder_with_binary_files_is_refused_with_the_fix() {
    let mut repository = repository(&[("site/index.html", "x")]);
    repository.add("site/logo.png", CommittedFile::Other);
    let text = "services: {web: {image: 'nginx:1', volumes: ['./site:/usr/share/nginx/html:ro']}}";
    let failure = judge_committed(text, &repository).unwrap_err();
    assert!(failure.hint.unwrap().contains("Dockerfile with COPY"));
    assert!(
        refusal("services: {web: {image: 'nginx:1', volumes: ['/etc:/x']}}", &[]).contains("host")
    );
}

#[test]
fn variables_of_committed_env_files_become_those_of_the_service() {
    let text = "services:\n  web:\n    image: nginx:1\n    env_file: [.env.web, {path: more.env}]\n    environment: {A: own}\n";
    let sent = sent_text(text, &[(".env.web", "A=file\nB=1\n"), ("more.env", "B=2\nC='a$x'\n")]);
    assert!(sent.contains("A: own") && sent.contains("B: 2"), "{sent}");
    assert!(sent.contains("a$$x") && !sent.contains("env_file"), "{sent}");
}

#[test]
fn configs_from_committed_files_are_sent_with_their_content() {
    let text = "services: {web: {image: 'nginx:1', configs: [{source: conf, target: /c}]}}\nconfigs: {conf: {file: ./c.txt}}\n";
    let sent = sent_text(text, &[("c.txt", "costs $5")]);
    assert!(sent.contains("costs $$5") && !sent.contains("file:"), "{sent}");
}

#[test]
fn a_committed_file_confirms_replaced_volumes_by_x_confirm_volumes() {
    let repository = repository(&[]);
    let first =
        "services: {db: {image: 'postgres:16', volumes: ['old:/data']}}\nvolumes: {old: {}}\n";
    let present = judge_committed(first, &repository).unwrap().text().to_owned();
    let second = first.replace("old", "new");
    let again = |text: &str| {
        let (repository, present) = (Some(repository.clone()), Some(present.clone()));
        compose(text, &Request { repository, present, ..Request::default() })
    };
    let hint = again(&second).unwrap_err().hint.unwrap();
    assert!(hint.contains("add x-confirm-volumes: [\"old\"] at the file's top level"), "{hint}");
    assert!(again(&format!("{second}x-confirm-volumes: [old]\n")).is_ok());
}

#[test]
fn a_folder_with_data_keeps_its_volume_whatever_is_committed_in_it() {
    let text = "services: {web: {build: ., volumes: ['./uploads:/app/uploads']}}";
    let present = judge_committed(text, &repository(&[])).unwrap().text().to_owned();
    assert!(present.contains("uploads:/app/uploads"), "{present}");
    for file in ["uploads/.keep", "uploads/example.txt"] {
        let (repository, present) = (Some(repository(&[(file, "x")])), Some(present.clone()));
        let request = Request { repository, present, ..Request::default() };
        let again = compose(text, &request).unwrap();
        assert!(again.text().contains("uploads:/app/uploads"), "{file}: {}", again.text());
    }
}

#[test]
fn a_set_variable_overrides_env_files_and_a_missing_one_is_dropped() {
    let text = "services: {web: {image: 'nginx:1', env_file: [a.env, b.env]}}";
    let repository = Some(repository(&[("a.env", "A=file\nB=1\n")]));
    let variables = vec![("A".to_owned(), "set".to_owned())];
    let request = Request { repository, variables, ..Request::default() };
    let judged = compose(text, &request).unwrap();
    let sent = without_quotes(&judged);
    assert!(!sent.contains("A:") && sent.contains("B: 1"), "{sent}");
    assert!(judged.changes.iter().any(|change| change.change == "dropped"));
}

#[test]
fn a_committed_file_cannot_use_generated_domain_variables() {
    for file in [
        "services: {web: {build: ., environment: {SERVICE_URL_WEB: ''}}}",
        "services: {web: {build: ., environment: {URL: '${SERVICE_FQDN_WEB}'}}}",
        "services: {web: {build: {context: ., args: {URL: '${SERVICE_URL_WEB_3000}'}}}}",
        "services: {web: {build: {context: ., args: {A: x}}, environment: {A: y}}}",
    ] {
        assert!(judge_committed(file, &repository(&[])).is_err(), "{file}");
    }
}

/// Committed files cost others no time: each of these took seconds to a minute, and much memory.
#[test]
fn files_that_are_made_to_take_long_are_refused_quickly() {
    let each = |count: usize, line: &dyn Fn(usize) -> String| -> String {
        (0..count).map(line).collect::<Vec<_>>().concat()
    };
    let (env, nested) = (vec!["e"; 50].join(", "), "${".repeat(60_000));
    let reading = each(50, &|n| format!("  s{n}: {{image: nginx, env_file: [{env}]}}\n"));
    let services = format!("services:\n{reading}");
    let folders = each(90, &|n| format!("./d:/t{n}, "));
    let mounting = each(50, &|n| format!("  s{n}: {{image: nginx, volumes: [{folders}]}}\n"));
    let configs = each(4_000, &|n| format!("  c{n}: {{file: ./e}}\n"));
    let many = each(12_000, &|n| format!("V{n}=$V1\n"));
    for (compose, file) in [
        (services.clone(), format!("A={nested}\nB=1\n")),
        (services.clone(), format!("A=\"{}", "\n".repeat(128 << 10))),
        (services, many),
        (format!("services:\n{mounting}"), String::new()),
        (format!("services: {{a: {{image: nginx}}}}\nconfigs:\n{configs}"), "x".repeat(128 << 10)),
    ] {
        let text = "y$x".repeat(860);
        let names: Vec<_> = (0..50).map(|n| format!("d/{n}")).collect();
        let files: Vec<_> = names.iter().map(|name| (name.as_str(), text.as_str())).collect();
        let repository = repository(&[&files[..], &[("e", &file)]].concat());
        let (judged, took) = measure(|| judge_committed(&compose, &repository));
        judged.unwrap_err();
        assert!(took < Duration::from_secs(3), "{took:?} {compose:.80}");
    }
}

#[test]
fn the_last_env_file_overrides_earlier_ones() {
    let files = [("a", "A=1\nB=1\n"), ("b", "A=2\nA=3\n")];
    let text = "services: {web: {image: nginx, env_file: [a, b, a], environment: {B: own}}}";
    let sent = sent_text(text, &files);
    assert!(sent.contains("A: 1") && sent.contains("B: own"), "{sent}");
    let text = "services: {web: {image: nginx, env_file: [a, b]}}";
    assert!(self::sent_text(text, &files).contains("A: 3"));
}

#[test]
fn a_symbolic_link_that_a_mount_or_file_goes_through_is_refused_by_name() {
    let mut repository = repository(&[("real/a.conf", "a"), ("web/index.js", "1")]);
    for link in ["conf", "more/b.conf", "web/docs"] {
        repository.add(link, CommittedFile::Link);
    }
    let mounting = |what: &str| format!("services: {{web: {{image: 'nginx:1', {what}}}}}");
    for (file, link) in [
        (mounting("volumes: ['./conf:/etc/conf']"), "conf"),
        (mounting("volumes: ['./conf/a.conf:/etc/a.conf:ro']"), "conf"),
        (mounting("volumes: ['./more:/etc/more']"), "more/b.conf"),
        (mounting("env_file: conf/.env"), "conf"),
        (
            format!("{}\nconfigs: {{c: {{file: ./conf/a.conf}}}}\n", mounting("configs: [c]")),
            "conf",
        ),
    ] {
        let failure = judge_committed(&file, &repository).unwrap_err();
        let told = format!("{link} is a symbolic link in the repository");
        assert!(failure.message.contains(&told), "{file}: {}", failure.message);
        assert!(failure.hint.unwrap().contains("copy"), "{file}");
    }
    // The image has what its build copies, links among it.
    let text = "services: {web: {build: ./web, volumes: ['./web:/app']}}";
    assert!(judge_committed(text, &repository).is_ok());
}

#[test]
fn a_required_build_argument_without_a_value_is_refused() {
    let text = "services: {web: {build: {context: ., args: {KEY: \"a-${KEY:?Get one from the vendor}\"}}}}";
    let failure = judge_committed(text, &repository(&[])).unwrap_err();
    assert!(failure.message.contains("KEY is required and has no value: Get one"), "{failure:?}");
    assert!(failure.hint.unwrap().contains("Set KEY in envs"));
    let (name, value) = ("KEY".to_owned(), "1".to_owned());
    for (variables, secret) in [(vec![(name.clone(), value)], Vec::new()), (Vec::new(), vec![name])]
    {
        let repository = Some(repository(&[]));
        let request = Request { repository, variables, secret, ..Request::default() };
        let sent = without_quotes(&compose(text, &request).unwrap());
        assert!(sent.contains("KEY: a-${KEY}"), "{sent}");
    }
}
