//! The settings of the server, and the tools that it has.

use std::fs;

use covibe_agent_servers::tool_registry;

use super::workspace_fixture::Desk;

#[test]
fn the_workspace_server_has_its_eight_tools_with_short_descriptions() {
    let registry = tool_registry::workspace();
    let names: Vec<_> = registry.tools().map(|tool| tool.spec.name).collect();
    let expected = [
        "execute_command",
        "find_files",
        "git_commit_and_push",
        "list_directory",
        "read_file",
        "replace_in_file",
        "search_code",
        "write_file",
    ];
    assert_eq!(names, expected);
    assert!(registry.tools().all(|tool| tool.description.len() < 500));
}

#[test]
fn a_root_that_is_missing_or_contains_the_home_is_a_configuration_problem() {
    let desk = Desk::new();
    fs::write(desk.path("file"), "").unwrap();
    for (root, part) in [
        ("/nowhere/at/all".to_owned(), "must be the absolute path"),
        ("root".to_owned(), "must be the absolute path"),
        (desk.text("file"), "must be the absolute path"),
        (desk.text("home"), "home directory"),
        (desk.text(""), "home directory"),
        ("/".to_owned(), "home directory"),
        (String::new(), "not set"),
    ] {
        let problems =
            Desk::new().with("HOME", &desk.text("home")).with("WORKSPACE_ROOT", &root).read();
        let problems = problems.unwrap_err();
        assert!(
            problems[0].starts_with("WORKSPACE_ROOT") && problems[0].contains(part),
            "{root}: {problems:?}"
        );
    }
    assert!(desk.read().is_ok());
}

#[test]
fn gitea_variables_must_be_set_all_or_none() {
    let desk = Desk::new().with("GITEA_API_URL", "http://127.0.0.1:1");
    let problems = desk.read().unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems[0].starts_with("GITEA_API_TOKEN") && problems[1].starts_with("GITEA_USERNAME")
    );
}

#[test]
fn a_token_named_in_workspace_env_is_a_configuration_problem() {
    let desk = Desk::new().with("WORKSPACE_ENV", "LANG,VIBN_API_KEY");
    assert!(desk.read().unwrap_err()[0].starts_with("WORKSPACE_ENV names VIBN_API_KEY"));
}
