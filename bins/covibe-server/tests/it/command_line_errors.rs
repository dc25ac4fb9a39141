//! Messages of the command line about mistakes: each names the thing and the remedy.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::Path;

use crate::current_directory_and_migrate::run;

/// A mistake: the arguments, the variables, and the files with their contents.
struct Mistake {
    arguments: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
    files: &'static [(&'static str, &'static str)],
}

const fn mistake(
    arguments: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
    files: &'static [(&'static str, &'static str)],
) -> Mistake {
    Mistake { arguments, variables, files }
}

/// A command with one wrong variable.
const fn setting(variable: &'static [(&'static str, &'static str)]) -> Mistake {
    mistake(&["serve"], variable, &[])
}

/// A command with wrong arguments.
const fn call(arguments: &'static [&'static str]) -> Mistake {
    mistake(arguments, &[], &[])
}

const POSTGRES: (&str, &str) = ("COVIBE_DATABASE_BACKEND", "postgres");
const KEY: (&str, &str) = ("VIBN_SECRETS_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
const REFUSED: (&str, &str) = ("DATABASE_URL", "postgres://u:hunter2@127.0.0.1:1/covibe");
const AT_ONCE: (&str, &str) = ("COVIBE_DATABASE_WAIT_SECONDS", "0");
const UNRESOLVED: (&str, &str) = ("DATABASE_URL", "postgres://u:hunter2@nohost.invalid/covibe");
const OWNER: (&str, &str) =
    ("COVIBE_POSTGRES_ADMIN_URL", "postgres://o:hunter2@127.0.0.1:1/covibe");

/// The mistakes.
const MISTAKES: [Mistake; 52] = [
    call(&["serv"]),
    call(&["--bogus"]),
    call(&["sandbox", "--port", "x"]),
    call(&["sandbox", "--port", "1", "--bind", "127.0.0.1:2"]),
    call(&["sandbox", "--bind", "localhost"]),
    call(&["sandbox", "--postgress"]),
    call(&["tenant", "create"]),
    call(&["tenant", "create", "--name", "X"]),
    call(&["tenant", "create", "--name", "Acme", "--workspace", "A!"]),
    call(&["tenant", "create", "--name", "Acme", "--expires-in", "-1"]),
    call(&["keys", "create"]),
    call(&["keys", "create", "--workspace", "mark", "--scope", "all"]),
    call(&["keys", "list", "--workspace", "mark"]),
    call(&["keys", "revoke", "--workspace", "mark"]),
    call(&["audit", "verify"]),
    call(&["audit", "verfy"]),
    call(&["connect"]),
    call(&["connect", "cursr"]),
    call(&["connect", "codex", "--origin", "co-vibe.example"]),
    call(&["tools", "--format", "yaml"]),
    setting(&[("COVIBE_BIND", "127.0.0.1")]),
    setting(&[("COVIBE_BIND", "127.0.0.1:99999")]),
    setting(&[("COVIBE_BIND", "192.0.2.7:80")]),
    setting(&[("COVIBE_METRICS_BIND", "9187")]),
    setting(&[("COVIBE_METRICS_BIND", "192.0.2.7:9187")]),
    setting(&[("COVIBE_HOSTED_URL", "co-vibe.example")]),
    setting(&[("COVIBE_DATABASE_BACKEND", "mysql")]),
    setting(&[POSTGRES]),
    setting(&[POSTGRES, KEY, ("DATABASE_URL", "hunter2")]),
    setting(&[POSTGRES, KEY, REFUSED, AT_ONCE]),
    setting(&[POSTGRES, KEY, UNRESOLVED, AT_ONCE]),
    setting(&[("VIBN_SECRETS_KEY", "hunter2")]),
    setting(&[("COVIBE_AUTH_MODE", "none")]),
    setting(&[
        ("COVIBE_AUTH_MODE", "workos"),
        ("WORKOS_COOKIE_PASSWORD", "hunter2"),
        ("NEXT_PUBLIC_WORKOS_REDIRECT_URI", "https://co-vibe.example/"),
    ]),
    setting(&[("COVIBE_WORKSPACE_DOMAIN", "apps")]),
    setting(&[("COVIBE_PUBLIC_PORTS", "1-2")]),
    setting(&[("COVIBE_SERVICE_MEMORY", "much")]),
    setting(&[("COVIBE_ALLOW_DOCKER_SOCK_PROVIDERS", "yes")]),
    setting(&[("COVIBE_LOG_FORMAT", "xml")]),
    setting(&[("COOLIFY_API_URL", "coolify.example")]),
    setting(&[("COOLIFY_API_TOKEN", "hunter2"), ("GITEA_USERNAME", "root")]),
    setting(&[("COVIBE_DATA_DIR", "/dev/null")]),
    setting(&[("COVIBE_DATA_DIR", "/proc/none")]),
    mistake(&["migrate"], &[OWNER], &[]),
    mistake(&["migrate"], &[POSTGRES, KEY, REFUSED, OWNER], &[]),
    mistake(&["migrate"], &[POSTGRES, KEY, REFUSED], &[]),
    mistake(&["check"], &[], &[(".env", "COVIBE_BIND=nowhere\n")]),
    mistake(&["check"], &[], &[(".env", "A=1\nB hunter2\n")]),
    mistake(
        &["check"],
        &[],
        &[("data/covibe.sqlite", "not a database, but long enough to be read")],
    ),
    mistake(&["serve"], &[], &[("data/secrets.key", "hunter2")]),
    mistake(&["serve"], &[], &[("data/secrets.key", "hunter2"), ("data/covibe.sqlite", "")]),
    mistake(
        &["check"],
        &[
            ("COVIBE_BINDD", "x"),
            ("RUST_LOG", "a=b=c"),
            ("COOLIFY_API_URL", "http://127.0.0.1:1"),
            ("COOLIFY_API_TOKEN", "hunter2"),
            ("GITEA_API_URL", "http://nohost.invalid"),
            ("GITEA_API_TOKEN", "hunter2"),
            ("GITEA_USERNAME", "root"),
        ],
        &[],
    ),
];

/// Makes the mistake and returns the message about it.
fn message_of(mistake: &Mistake) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in mistake.files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }
    // Another server may have the default port.
    let has_address = mistake.variables.iter().any(|(name, _)| *name == "COVIBE_BIND");
    let serves = mistake.arguments == ["serve"] && !has_address;
    let port = serves.then_some(("COVIBE_BIND", "127.0.0.1:0"));
    let variables: Vec<_> = mistake.variables.iter().copied().chain(port).collect();
    let output = run(folder.path(), mistake.arguments, &variables);
    assert!(!output.status.success(), "{:?}: {output:?}", mistake.arguments);
    let words = [output.stdout, output.stderr].concat();
    without_differences(&String::from_utf8_lossy(&words), folder.path())
}

/// Replaces the parts that differ between runs.
fn without_differences(text: &str, folder: &Path) -> String {
    let real = fs::canonicalize(folder).expect("the folder");
    let text = text.replace(&real.display().to_string(), "FOLDER");
    text.replace(&folder.display().to_string(), "FOLDER")
}

#[test]
fn every_startup_mistake_has_a_message_that_names_it() {
    let mut page = String::new();
    for mistake in &MISTAKES {
        let variables = mistake.variables.iter().map(|(name, value)| format!("{name}={value} "));
        let files = mistake.files.iter().map(|(name, _)| format!(" ({name})"));
        let variables: String = variables.collect();
        let files: String = files.collect();
        let arguments = mistake.arguments.join(" ");
        let told = message_of(mistake);
        assert!(!told.contains("hunter2"), "{told}");
        for word in ["creating a new object", "post_create", "os error 17", "panicked"] {
            assert!(!told.contains(word), "{told}");
        }
        writeln!(page, "$ {variables}covibe-server {arguments}{files}\n{told}").expect("a text");
    }
    insta::assert_snapshot!(page);
}

#[test]
fn an_occupied_port_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [&["serve"][..], &["sandbox", "--bind", &address]] {
        let output = run(folder.path(), arguments, &[("COVIBE_BIND", &address)]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(&address), "{told}");
    }
}

#[test]
fn help_lists_the_variables_and_examples() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = crate::current_directory_and_migrate::out(&run(folder.path(), &["--help"], &[]));
    for expected in ["Examples:\n  covibe-server sandbox", "  Gitea:\n    GITEA_API_URL"] {
        assert!(told.contains(expected), "{told}");
    }
}
