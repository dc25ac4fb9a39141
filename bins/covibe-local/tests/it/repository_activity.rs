//! The activity of repositories reaches the console, and that of excluded ones does not.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::developer_machine::{Laptop, Run, Running, eventually};

/// The page of the console that shows the activity of the workspace.
const ACTIVITY: &str = "/console/activity";

fn send_hook(laptop: &Laptop, event: &Value) -> Run {
    let mut command = laptop.companion(&["hook", "claude-code"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(event.to_string().as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("its output");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn event(name: &str, folder: &Path) -> Value {
    json!({
        "session_id": "0f6a6b1e-6a51-4bd7-9f6a-2f6a2a9d4f11",
        "hook_event_name": name,
        "cwd": folder,
        "source": "startup",
        "prompt": "the secret plan",
        "model": "claude-opus-5",
    })
}

fn start_session(laptop: &Laptop, folder: &Path) {
    for name in ["SessionStart", "UserPromptSubmit"] {
        let run = send_hook(laptop, &event(name, folder));
        assert_eq!((run.code, run.stdout.trim()), (Some(0), "{}"), "{run:#?}");
    }
}

fn watch(laptop: &Laptop) -> Running {
    let mut command = laptop.companion(&["watch", "--base-url", &laptop.origin]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Running(command.spawn().expect("it starts"))
}

async fn page(laptop: &mut Laptop) -> String {
    let answer = laptop.person.get(ACTIVITY).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_appears_within_20_seconds_and_an_excluded_repository_disappears() {
    let mut laptop = Laptop::with_agents(&[".claude"]).await;
    let run = laptop.set_up(&["--no-service"]).await;
    assert_eq!(run.code, Some(0), "{run:#?}");
    let shop = laptop.repository("shop");
    start_session(&laptop, &shop);
    let _watching = watch(&laptop);
    eventually("the session", async || page(&mut laptop).await.contains("shop").then_some(()))
        .await;
    laptop.git(&shop, &["switch", "--quiet", "--create", "checkout-by-card"]);
    laptop.commit(&shop, "second");
    let started = Instant::now();
    eventually("the commit", async || {
        page(&mut laptop).await.contains("checkout-by-card").then_some(())
    })
    .await;
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    let text = page(&mut laptop).await;
    assert!(!text.contains("secret plan") && !text.contains("second"));

    let excluded = Run::to_end(laptop.companion(&["exclude"]).current_dir(&shop));
    assert_eq!(excluded.code, Some(0), "{excluded:#?}");
    eventually("the exclusion", async || {
        (!page(&mut laptop).await.contains("checkout-by-card")).then_some(())
    })
    .await;
    start_session(&laptop, &shop);
    let once = laptop.run(&["sync"]);
    assert_eq!(once.code, Some(0), "{once:#?}");
    assert!(!page(&mut laptop).await.contains("checkout-by-card"));
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshot_prints_the_activity_without_file_names_contents_or_paths() {
    let mut laptop = Laptop::with_agents(&[".claude"]).await;
    let run = laptop.set_up(&["--no-service"]).await;
    assert_eq!(run.code, Some(0), "{run:#?}");
    let shop = laptop.repository("shop");
    std::fs::write(shop.join("hidden-name.txt"), "hidden content").unwrap();
    let run = Run::to_end(laptop.companion(&["snapshot", "--print"]).current_dir(&shop));
    assert_eq!(run.code, Some(0), "{run:#?}");
    let printed: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let text = printed.to_string();
    assert!(text.contains("git.example.com/ada/shop"), "{text}");
    let home = laptop.home().display().to_string();
    for private in ["hidden-name", "hidden content", "first", &home] {
        assert!(!text.contains(private), "{private}: {text}");
    }
}
