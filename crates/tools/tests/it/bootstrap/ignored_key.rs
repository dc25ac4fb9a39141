//! The key never gets into a file that git tracks.

use super::fixture::{Ground, KEY, shells};
use super::script;

/// Panics where git would take the key into a commit.
fn assert_unseen(ground: &Ground, what: &str) {
    ground.git(&["add", "--all"]);
    let staged = ground.git(&["diff", "--cached"]);
    assert!(!staged.contains(KEY), "{what}: {staged}");
    assert!(!ground.git(&["ls-files"]).contains(".co-vibe."), "{what}: temporary files stayed");
}

#[tokio::test(flavor = "multi_thread")]
async fn env_local_is_added_to_gitignore_unless_it_is_already_ignored() {
    let script = script().await;
    let cases = [
        (None, ".env.local\n"),
        (Some("/dist"), "/dist\n.env.local\n"),
        (Some("a\r\nb\r\n"), "a\r\nb\r\n.env.local\n"),
        (Some(".env.local\n!.env.local\n"), ".env.local\n!.env.local\n.env.local\n"),
        (Some("*.local\n"), "*.local\n"),
        (Some("/.env.local"), "/.env.local"),
    ];
    for shell in shells() {
        for (before, after) in cases {
            let ground = Ground::with_git();
            if let Some(before) = before {
                ground.write(".gitignore", before);
            }
            let ran = ground.run(shell, &script);
            let what = format!("{shell:?}, {before:?}");
            assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{what}");
            assert_eq!(ground.read(".gitignore"), after, "{what}");
            assert!(ground.read(".env.local").contains(KEY), "{what}");
            let tree = ground.tree();
            assert_eq!(ground.run(shell, &script).code, Some(0), "{what}");
            assert_eq!(ground.tree(), tree, "{what}");
            assert_unseen(&ground, &what);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gitignore_is_not_created_if_git_already_ignores_env_local() {
    let script = script().await;
    let ground = Ground::with_git();
    ground.write(".git/info/exclude", ".env*\n");
    assert_eq!(ground.run(&["sh"], &script).code, Some(0));
    assert!(!ground.path(".gitignore").exists());
    assert_unseen(&ground, "an exclude of the repository's");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_not_written_to_an_env_local_that_git_tracks() {
    let script = script().await;
    for shell in shells() {
        let ground = Ground::with_git();
        ground.write(".env.local", "A=1\n");
        ground.git(&["add", ".env.local"]);
        let ran = ground.run(shell, &script);
        assert_eq!(ran.code, Some(1), "{shell:?}: {}", ran.out);
        assert!(ran.err.contains("git rm --cached .env.local"), "{shell:?}: {}", ran.err);
        assert_eq!(ground.read(".env.local"), "A=1\n", "{shell:?}");
        assert!(ground.path(".cursor/mcp.json").exists(), "{shell:?}: the rest is done");
        std::fs::remove_file(ground.path(".env.local")).expect("a file");
        assert_eq!(ground.run(shell, &script).code, Some(1), "{shell:?}: it is still tracked");
        assert!(!ground.path(".env.local").exists(), "{shell:?}");
        assert_unseen(&ground, "a tracked file");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_not_written_if_git_fails() {
    let script = script().await;
    for shell in shells() {
        let ground = Ground::new();
        ground.write(".git/HEAD", "broken");
        ground.write(".gitignore", ".env.local\n");
        let ran = ground.run(shell, &script);
        assert_eq!(ran.code, Some(1), "{shell:?}: {}", ran.out);
        assert!(!ground.path(".env.local").exists(), "{shell:?}");
        assert!(ran.err.contains("git can't report"), "{shell:?}: {}", ran.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_existing_gitignore_outside_a_repository_gets_the_entry() {
    let script = script().await;
    for (before, after) in [
        ("a\n", "a\n.env.local\n"),
        ("/.env.local", "/.env.local"),
        (".env.local\r\n", ".env.local\r\n"),
        (".env.local\n!.env.local\n", ".env.local\n!.env.local\n.env.local\n"),
    ] {
        let ground = Ground::new();
        ground.write(".gitignore", before);
        let ran = ground.run(&["sh"], &script);
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{before:?}");
        assert_eq!(ground.read(".gitignore"), after);
    }
}
