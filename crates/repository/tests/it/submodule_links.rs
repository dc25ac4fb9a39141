//! Symbolic links in submodules.

use std::collections::HashMap;

use covibe_repository::{Entry, Mode, Places, Submodule, Survey, Verdict};

/// Returns the verdict on a commit with links at these paths, whose targets are harmless.
fn verdict_with_links(paths: impl IntoIterator<Item = String>) -> Verdict {
    let mut survey = Survey::default();
    let link = |path| Entry { path, mode: Mode::Link, id: "c0ffee".to_owned(), size: None };
    survey.extend(paths.into_iter().map(link));
    survey.verdict(&HashMap::from([("c0ffee".to_owned(), b"evil".to_vec())]))
}

fn submodule(path: &str) -> Submodule {
    Submodule { path: path.to_owned(), repository: "lib".to_owned(), commit: "1".repeat(40) }
}

/// Returns the paths of the problems of an app that is built in this folder, by this Dockerfile.
fn problems_of_app(verdict: &Verdict, folder: &str, dockerfile: &str) -> Vec<String> {
    let places = Places { folder, files: vec![dockerfile], dockerfiles: vec![dockerfile] };
    let problems = verdict.problems_at(&places);
    problems.first_problems().iter().map(|problem| problem.path.clone()).collect()
}

#[test]
fn an_app_is_not_built_through_a_link_of_a_submodule() {
    let outer = verdict_with_links(["docs".to_owned()]);
    let inner = verdict_with_links(["web".to_owned(), "docker/Dockerfile.prod".to_owned()]);
    let verdict = outer
        .with_submodule(&submodule("lib/a"), &inner)
        .with_submodule(&submodule("lib/a/deep"), &inner);
    for (folder, dockerfile, link) in [
        ("/lib/a/web", "/Dockerfile", "lib/a/web"),
        ("/lib", "/a/web/app/Dockerfile", "lib/a/web"),
        ("", "/lib/a/docker/Dockerfile.prod", "lib/a/docker/Dockerfile.prod"),
        ("/lib/a/deep/web", "/Dockerfile", "lib/a/deep/web"),
        ("/docs", "/Dockerfile", "docs"),
    ] {
        assert_eq!(problems_of_app(&verdict, folder, dockerfile), [link], "{folder}{dockerfile}");
    }
    for (folder, dockerfile) in [("/web", "/Dockerfile"), ("/lib/a", "/docker/Dockerfile")] {
        assert_eq!(problems_of_app(&verdict, folder, dockerfile), [""; 0], "{folder}{dockerfile}");
    }
}

#[test]
fn the_links_of_submodules_count_in_the_limit_of_a_commits_links() {
    let inner = verdict_with_links((0..500).map(|at| at.to_string()));
    let long = format!("lib/{}", "x".repeat(1_500));
    let short = Verdict::default().with_submodule(&submodule("lib/a"), &inner);
    assert!(short.problems().is_empty());
    let one = short.with_submodule(&submodule(&long), &inner);
    assert!(one.problems().is_empty());
    let two = one.with_submodule(&submodule(&format!("{long}/b")), &inner);
    assert_eq!(two.problems().count(), 1);
    assert!(two.problems().first_problems()[0].problem.contains("more than 1 MiB in total"));
}
