//! Failures of the script: none does harm.

use std::fs;
use std::os::unix::fs::symlink;

use super::fixture::{Ground, KEY, shells, starts};
use super::script;

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_script_changes_nothing() {
    let script = script().await;
    let length = script.trim_end().len();
    let near_the_end = length - 60..length;
    let cuts: Vec<_> = (0..length).step_by(211).chain(near_the_end).collect();
    for shell in shells() {
        let ground = Ground::new();
        for cut in cuts.iter().filter(|cut| script.is_char_boundary(**cut)) {
            ground.run(shell, &script[..*cut]);
            assert!(ground.tree().is_empty(), "{shell:?}: {cut} of {length} bytes did something");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_without_a_key_changes_nothing() {
    if !starts(&["setsid"], &["true"]) {
        // It would ask the person who runs the tests.
        return;
    }
    let script = script().await;
    for shell in shells() {
        let ground = Ground::new();
        let ran = ground.run_with(shell, &script, &[]);
        assert_eq!(ran.code, Some(1), "{shell:?}");
        assert!(ran.err.starts_with("co-vibe: VIBN_API_KEY is not set"), "{shell:?}: {}", ran.err);
        assert!(ground.tree().is_empty(), "{shell:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_with_an_invalid_key_changes_nothing() {
    let script = script().await;
    let lines = format!("{KEY}\nA=1");
    let bad =
        ["hunter2", "${VIBN_API_KEY}", &KEY[..50], &lines, "vibn_sk_$(touch owned)", &KEY[1..]];
    for shell in shells() {
        for bad in bad {
            let ground = Ground::new();
            let ran = ground.run_with(shell, &script, &[("VIBN_API_KEY", bad)]);
            assert_eq!(ran.code, Some(1), "{shell:?}, {bad}");
            assert!(ground.tree().is_empty(), "{shell:?}, {bad}");
            assert!(!ran.err.contains(bad) && !ran.out.contains(bad), "{shell:?}: {}", ran.err);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_does_not_follow_symbolic_links() {
    let script = script().await;
    let links = [
        ".env.local",
        ".gitignore",
        ".cursor",
        ".cursor/rules",
        ".cursor/mcp.json",
        ".cursor/rules/co-vibe.mdc",
    ];
    for (number, link) in links.into_iter().enumerate() {
        let shell = shells()[number % shells().len()];
        for dangling in [false, true] {
            let ground = Ground::with_git();
            let is_directory = matches!(link, ".cursor" | ".cursor/rules");
            let target = ground.elsewhere("target");
            match (dangling, is_directory) {
                (true, _) => {}
                (false, true) => fs::create_dir(&target).expect("a directory"),
                (false, false) => fs::write(&target, "{}").expect("a file"),
            }
            let parent = ground.path(link);
            fs::create_dir_all(parent.parent().expect("a parent")).expect("a directory");
            symlink(&target, ground.path(link)).expect("a link");
            let ran = ground.run(shell, &script);
            let what = format!("{shell:?}, {link}, dangling: {dangling}");
            assert_eq!(ran.code, Some(1), "{what}: {}", ran.out);
            assert!(ran.err.contains(&format!("{link} is a symbolic link")), "{what}: {}", ran.err);
            assert!(ground.path(link).is_symlink(), "{what}");
            match (dangling, is_directory) {
                (true, _) => assert!(!target.exists(), "{what}"),
                (false, true) => {
                    assert_eq!(fs::read_dir(&target).expect("it").count(), 0, "{what}");
                }
                (false, false) => assert_eq!(fs::read(&target).expect("it"), b"{}", "{what}"),
            }
            let writes_key = !matches!(link, ".env.local" | ".gitignore");
            assert_eq!(ground.read(".env.local").contains(KEY), writes_key, "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_in_place_of_a_file_is_reported_by_name() {
    let script = script().await;
    for (number, name) in [".env.local", ".gitignore", ".cursor/mcp.json"].into_iter().enumerate() {
        let shell = shells()[number % shells().len()];
        let ground = Ground::with_git();
        fs::create_dir_all(ground.path(name)).expect("a directory");
        let ran = ground.run(shell, &script);
        assert_eq!(ran.code, Some(1), "{name}: {}", ran.out);
        assert!(
            ran.err.contains(&format!("{name} exists but is not a regular file")),
            "{name}: {}",
            ran.err
        );
    }
    let ground = Ground::new();
    ground.write(".cursor", "a file");
    let ran = ground.run(&["sh"], &script);
    assert!(ran.err.contains(".cursor exists but is not a directory"), "{}", ran.err);
    assert_eq!((ran.code, &*ground.read(".cursor")), (Some(1), "a file"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_leaves_no_temporary_files() {
    let script = script().await;
    for shell in shells() {
        for victim in ["mkdir", "mv", "cat"] {
            let ground = Ground::new();
            let program = ground.elsewhere(victim);
            let text = format!("#!/bin/sh\nkill -TERM \"$PPID\"\nexec /bin/{victim} \"$@\"\n");
            fs::write(&program, text).expect("a file");
            let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            fs::set_permissions(&program, executable).expect("an own file");
            let path = format!("PATH={}:$PATH\n", ground.elsewhere("").display());
            let ran = ground.run(shell, &(path + &script));
            // A shell with commands of its own does not run the trap.
            let is_own = ran.code == Some(0);
            assert!(is_own || ran.code == Some(143), "{shell:?}, {victim}: {ran:?}");
            let left = ground
                .tree()
                .into_keys()
                .filter(|path| path.to_string_lossy().contains(".co-vibe."));
            assert_eq!(left.count(), 0, "{shell:?}, {victim}");
        }
    }
}
