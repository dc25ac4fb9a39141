//! Reading a file, and the facts about it that callers get.

use covibe_compose::{Compose, Request, Rules};

use crate::compose;
use serde_json::{Value, json};

use crate::{canonical_text_reader, corpus};

fn accept_example(name: &str) -> (Compose, Value) {
    let files = corpus::files("accepted");
    let (_, text) = files.iter().find(|(known, _)| known == &format!("{name}.yml")).unwrap();
    let file = compose(text).unwrap();
    let tree = canonical_text_reader::read(file.text()).unwrap();
    (file, tree)
}

#[test]
fn keeps_scalars_as_written() {
    let (_, tree) = accept_example("scalars");
    let expected = json!({
        "YES": "yes", "ON": "on", "OCTAL": "0755", "PORTS": "22:22", "EXPONENT": "1e3",
        "VERSION": "1.10", "BIG": "123456789012345678901234567890", "HEX": "0xFF", "TRUTH": "true",
        "DATE": "2024-01-01", "UNDERSCORES": "1_000", "TILDE": "~", "NULL_TEXT": "null",
        "INFINITE": ".inf${COVIBE:+}", "SEXAGESIMAL": "1:30:00", "EMPTY": "", "ABSENT": null, "PLUS": "+1",
        "MERGE": "<<", "EQUALS": "=",
    });
    assert_eq!(tree["services"]["web"]["environment"], expected);
}

#[test]
fn keeps_strings_as_written() {
    let (_, tree) = accept_example("strings");
    let expected = json!({
        "SINGLE": "it's", "DOUBLE": "tab\there \"quoted\" ABC \\", "FOLDED": "one two\nthree",
        "LITERAL": "one\n  two\n", "KEEP": "kept\n\n", "PLAIN": "a plain scalar of two lines",
        "HASH": "a # b", "COLON": "a: b", "UNICODE": "Grüße, 日本語, 👋🏽, עברית",
        "JSON": "{\"a\": [\"b\", {\"c\": null}]}", "TEMPLATE": "{{.Name}} {{ json . }}",
        "PRICE": "5 $$",
    });
    assert_eq!(tree["services"]["web"]["environment"], expected);
}

#[test]
fn merges_and_extends_are_resolved_as_docker_compose_does() {
    let (_, tree) = accept_example("merge-overrides");
    let expected = json!({ "image": "docker.io/acme/c:1", "restart": "always", "init": true });
    assert_eq!(tree["services"]["web"], expected);

    let (_, tree) = accept_example("extends");
    let web = json!({
        "image": "docker.io/library/node:22",
        "environment": { "A": "1", "B": "3", "C": "4" },
        "volumes": ["cache:/cache", "other:/data"],
        "healthcheck": { "test": ["CMD", "false"], "interval": "5s" },
        "command": ["c"],
        "expose": ["80", "81"],
        "deploy": { "resources": { "limits": { "memory": "2g", "cpus": "0.5" } } },
        "logging": { "driver": "local" },
    });
    assert_eq!(tree["services"]["web"], web);
    assert_eq!(tree["services"]["again"]["image"], "docker.io/library/node:22");
}

#[test]
fn writes_values_in_a_form_that_coolify_reads() {
    let (file, tree) = accept_example("values-with-variables");
    let expected = json!({
        "URL": "${HOST}/path", "AT": "${HOST}:80",
        "DSN": "postgres://${USER_NAME}:${SERVICE_PASSWORD_DB}@db",
        "DEEP": "${A:-${B:-c}/${D}}", "JSON": "${SETTINGS:-{\"a\":1}}", "PRICE": "5 $$",
        "my-own": "${OWN}", "PATH": "/usr/local/bin:/bin", "HOME": "/srv",
    });
    assert_eq!(tree["services"]["web"]["environment"], expected);
    assert_eq!(tree["services"]["web"]["deploy"], Value::Null);
    assert_eq!(file.services[0].image, "docker.io/library/nginx:1.27");
}

#[test]
fn networks_and_scale_are_not_sent() {
    let (_, tree) = accept_example("networks-options");
    assert_eq!(tree["networks"], Value::Null);
    assert_eq!(tree["services"]["apart"], json!({ "image": "docker.io/library/nginx" }));
    let (_, none) = accept_example("none-network");
    assert_eq!(none["services"]["job"]["scale"], Value::Null);
}

#[test]
fn services_are_described_with_ports_image_kind_and_health_check() {
    let (twenty, _) = accept_example("twenty");
    let server = &twenty.services[0];
    assert_eq!((server.name.as_str(), server.ports.as_slice()), ("server", &[3000_u16][..]));
    assert_eq!(server.image, "docker.io/twentycrm/twenty:v1.2.0");
    assert!(server.has_healthcheck && !server.is_database);
    let kinds: Vec<_> = twenty.services.iter().map(|service| service.is_database).collect();
    assert_eq!(kinds, [false, false, true, true]);

    let (health, _) = accept_example("healthcheck-forms");
    let checked: Vec<_> = health.services.iter().map(|service| service.has_healthcheck).collect();
    assert_eq!(checked, [true, false, false, true]);
    let (metabase, _) = accept_example("metabase");
    assert!(!metabase.services[0].is_database && metabase.services[1].is_database);
}

#[test]
fn hints_name_missing_start_periods_tags_and_restart_policies() {
    let text = "version: '3'\nx-a: {}\nservices:\n  db: {image: postgres, healthcheck: {test: pg_isready}}\n  \
                web: {image: nginx, environment: [SERVICE_FQDN_WEB_80]}\nnetworks: {core: {internal: true}}\n";
    let file = compose(text).unwrap();
    let hints = file.hints.join("\n");
    for begins in [
        "db: the healthcheck has no start_period",
        "db: the database image has no fixed tag",
        "db, web: no restart policy is set",
        "web: SERVICE_FQDN_*",
    ] {
        assert!(hints.contains(begins), "{begins} is not in\n{hints}");
    }
    let quiet = "services:\n  web:\n    image: nginx:1.27\n    expose: [80]\n    restart: always\n    \
                 healthcheck: {test: 'true', start_period: 30s}\n";
    assert_eq!(compose(quiet).unwrap().hints, [""; 0]);
}

/// Returns the problem of a file and its fix.
fn problem_of(text: &str) -> [String; 2] {
    let failure = compose(text).unwrap_err();
    let problem = &failure.details["problems"][0];
    ["problem", "fix"].map(|key| problem[key].as_str().unwrap().to_owned())
}

#[test]
fn each_fix_leads_to_a_file_that_is_accepted() {
    let [_, fix] = problem_of("services: {web: {image: 'acme/web:${tag}'}}");
    assert_eq!(fix, "Write its value out, or call it TAG here, and set TAG in envs.");
    let read = "services: {web: {image: nginx, volumes: ['./files:/etc/nginx/conf.d']}}";
    let [_, fix] = problem_of(read);
    assert!(fix.starts_with("If the app writes them, mount a named volume"), "{fix}");
    compose(&read.replace("./files", "files")).unwrap();
    let kept = "services: {web: {image: nginx, volumes: ['./app.db:/app/var/app.db']}}";
    let [_, fix] = problem_of(kept);
    assert!(fix.contains("data:/app/var") && !fix.contains("eave it out"), "{fix}");
    compose(&kept.replace("./app.db:/app/var/app.db", "data:/app/var")).unwrap();
    let size = "services: {web: {image: nginx, mem_limit: lots}}";
    assert_eq!(problem_of(size)[1], "Write a number and b, k, m or g, like 512m or 1.5g.");
}

#[test]
fn a_health_check_that_others_wait_for_too_long_is_shortened() {
    let file = |condition: &str, check: &str| {
        format!(
            "services: {{web: {{image: nginx, depends_on: {{db: {{condition: {condition}}}}}}}, \
             db: {{image: 'postgres:17', healthcheck: {{test: 'true', {check}}}}}}}"
        )
    };
    let times = |text: &str| {
        let accepted = compose(text).unwrap();
        let tree = canonical_text_reader::read(accepted.text()).unwrap();
        let health = &tree["services"]["db"]["healthcheck"];
        let told: Vec<_> = accepted.changes.into_iter().map(|it| it.path).collect();
        (health["retries"].clone(), health["start_period"].clone(), told.len())
    };
    for (check, retries, start_period, told) in [
        ("interval: 2s, retries: 600", json!(3), json!("444s"), 2),
        ("start_period: 6m1s", Value::Null, json!("360s"), 1),
        ("start_period: 6m", Value::Null, json!("6m"), 0),
        ("interval: 10s, timeout: 5s, retries: 37", json!(3), json!("495s"), 2),
        ("interval: 150s, timeout: 150s, retries: 2", json!(1), json!("240s"), 2),
    ] {
        let expected = (retries, start_period, told);
        assert_eq!(times(&file("service_healthy", check)), expected, "{check}");
    }
    let unawaited = file("service_started", "interval: 2s, retries: 600");
    assert_eq!(times(&unawaited), (json!(600), Value::Null, 0));
}

/// Coolify writes their keys without quotes.
#[test]
fn names_that_docker_compose_reads_as_numbers_are_refused() {
    for name in ["0b1", "0o17", "8080"] {
        let [problem, _] = problem_of(&format!("services: {{'{name}': {{image: nginx}}}}"));
        assert_eq!(problem, "this is not a valid service name", "{name}");
    }
    compose("services: {0b2: {image: nginx}, 1e: {image: nginx}, v1: {image: nginx}}").unwrap();
}

/// Docker Compose's reader takes them, and many files have them.
#[test]
fn a_bracket_may_close_in_the_column_of_its_key() {
    let file = "services:\n  web:\n    image: nginx\n    command: [\n      'a',\n      'b'\n    ]\n    \
                environment: {\n      A: 'b'\n    }\n    healthcheck:\n      test: [\n        'CMD',\n        'true'\n      ]\n";
    let plain = "services: {web: {image: nginx, command: [a, b], environment: {A: b}, \
                 healthcheck: {test: [CMD, 'true']}}}";
    assert_eq!(compose(file).unwrap().text(), compose(plain).unwrap().text());
    let wrong = compose(&format!("{file}    restart: ]\n")).unwrap_err();
    assert!(wrong.message.contains("line 16"), "{}", wrong.message);
}

/// Its data would be lost with the mount.
#[test]
fn a_folder_that_an_app_writes_becomes_a_volume() {
    for (source, target, more) in [
        ("./vw-data", "/data/", "environment: {LOG_FILE: /data/vaultwarden.log}"),
        ("./keep", "/keep", "environment: {DATABASE: /keep/app.sqlite3}"),
        ("./.data/minio", "/data", "command: minio server /data/x"),
        ("./config", "/etc/gitlab", "restart: always"),
        ("${D:-/mnt/v}/wg-easy", "/etc/wireguard", "restart: always"),
        ("./jwt", "/etc/passbolt/jwt", "restart: always"),
        ("./files", "/etc/headscale", "command: serve"),
        ("./workspace", "/siyuan/workspace", "command: ['--workspace=/siyuan/workspace/']"),
        ("./transfer", "/tmp", "command: '--basedir=/tmp/'"),
        ("./cert", "/opt/documenso", "environment: {CERT: /opt/documenso/cert.p12}"),
        ("./app", "/app", "environment: {LOGS: /app/x.log, STATE: /app/state}"),
    ] {
        let file =
            format!("services: {{web: {{image: nginx, volumes: ['{source}:{target}'], {more}}}}}");
        let accepted = compose(&file).unwrap_or_else(|why| panic!("{file}: {why:?}"));
        let change = &accepted.changes[0];
        assert!(change.change.starts_with("became the volume"), "{change:?}");
    }
}

#[test]
fn a_folder_whose_files_are_read_is_refused() {
    for (mount, more) in [
        ("./keys:/keys", "environment: {KEY: /keys/server.pem}"),
        ("./scripts:/scripts", "command: [sh, /scripts/start.sh]"),
        ("./conf:/conf", "command: '-config.file=/conf/loki.yaml'"),
        ("./conf:/etc/nginx/conf.d", "restart: always"),
        ("./init:/docker-entrypoint-initdb.d", "restart: always"),
        ("./site:/srv/site:ro", "restart: always"),
        (".:/code", "restart: always"),
    ] {
        let file = format!("services: {{web: {{image: nginx, volumes: ['{mount}'], {more}}}}}");
        assert!(problem_of(&file)[0].contains("files that the app needs"), "{file}");
    }
}

/// Read-only mounts in one container do not prove files if another container writes them.
#[test]
fn a_folder_shared_with_a_writing_service_becomes_one_volume() {
    let file = "services: {web: {image: nginx, volumes: ['./site:/srv:ro']}, \
                app: {image: acme/a, volumes: ['./site/:/out']}}";
    let accepted = compose(file).unwrap();
    assert!(accepted.text().contains("site:/srv:ro") && accepted.text().contains("site:/out"));
}

#[test]
fn a_name_that_the_operator_reserves_is_refused() {
    let file = "services: {gitea: {image: 'gitea/gitea:1'}}";
    compose(file).unwrap();
    let rules = Rules { reserved_names: vec!["gitea".to_owned()], ..Rules::default() };
    let request = Request { rules, ..Request::default() };
    let refused = covibe_compose::compose(file, &request).unwrap_err();
    assert!(refused.hint.unwrap().starts_with("Use another name"));
}

/// Names of services count more than ports.
#[test]
fn the_service_that_the_app_is_named_after_gets_the_domain() {
    let file = "services: {web: {image: acme/w, labels: ['traefik.http.routers.w.rule=Host(`a`)'], \
                ports: ['80:80']}, api: {image: acme/api, ports: ['8080:8080']}}";
    let chosen = |app: &str| {
        let request = Request { app: Some(app.to_owned()), ..Request::default() };
        covibe_compose::compose(file, &request).unwrap().choice.unwrap().service
    };
    assert_eq!((chosen("api").as_str(), chosen("shop").as_str()), ("api", "web"));
}

#[test]
fn problems_are_listed_by_path_with_their_fixes() {
    let text = "services:\n  db:\n    image: postgres\n    restart: maybe\n    ports: ['5432:x']\n    \
                privileged: true\n";
    let failure = compose(text).unwrap_err();
    assert_eq!(failure.kind.status(), 422);
    let message = "`composeRaw` is refused at services.db.privileged: a privileged container has full \
                   access to the host.";
    assert_eq!(failure.message, message);
    let problems: Vec<_> = failure.details["problems"].as_array().unwrap().iter().collect();
    let paths: Vec<_> = problems.iter().map(|problem| problem["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["services.db.privileged", "services.db.ports[0]", "services.db.restart"]);
    assert!(problems[2]["fix"].as_str().unwrap().contains("unless-stopped"));
}
