//! Agents: how they are started, what they see, and how they end.

use std::fs;

use serde_json::json;

use crate::test_runner::{World, processes_with, wait_until};

#[test]
fn an_agent_runs_its_task_and_its_outcome_and_output_are_reported() {
    let world = World::new();
    let job = world.run_script("echo out; echo err >&2; pwd; ls -A");
    assert_eq!((&job["status"], &job["exitCode"]), (&json!("succeeded"), &json!(0)), "{job}");
    let work = world.job_path(job["jobId"].as_str().unwrap(), "work");
    assert_eq!(job["output"], format!("out\nerr\n{}\n", fs::canonicalize(work).unwrap().display()));
    let failed = world.run_script("exit 7");
    assert_eq!((&failed["status"], &failed["exitCode"]), (&json!("failed"), &json!(7)));
    let killed = world.run_script("kill -9 $$");
    assert_eq!((&killed["status"], killed.get("exitCode")), (&json!("failed"), None));
    assert!(killed["summary"].as_str().unwrap().contains("signal 9"));
}

#[test]
fn a_task_is_passed_as_argument_file_or_stdin_as_runner_toml_says() {
    let more = "[agents.argument]\ncommand = [\"sh\", \"-c\", \"echo \\\"<$1>\\\"; cat\", \"sh\", \"{task}\"]\ntask = \"argument\"\n\
                [agents.file]\ncommand = [\"cat\", \"{task_file}\"]\ntask = \"file\"\n\
                [agents.nothing]\ncommand = [\"/nonexistent/agent\"]\n";
    let mut world = World::idle(more);
    world.start();
    let ran = |agent: &str| {
        world.wait_for_end(&world.run_with("a $(b)\n'c'", &json!({ "agent": agent })))
    };
    assert_eq!(ran("argument")["output"], "<a $(b)\n'c'>\n");
    assert_eq!(ran("file")["output"], "a $(b)\n'c'");
    let failed = ran("nothing");
    assert_eq!(failed["status"], "failed");
    assert!(failed["summary"].as_str().unwrap().contains("could not be started"), "{failed}");
    let option = json!({ "agent": "argument", "task": "--yes" });
    assert_eq!(world.post("/api/agent/run", &option).status, 400);
}

#[test]
fn an_agent_gets_only_the_environment_variables_that_are_named() {
    let token = "0123456789abcdef0123456789abcdef0123";
    let mut world = World::idle("").with("GITEA_USERNAME", "ada").with("OTHER", token);
    world = world.with("GITEA_API_URL", "http://127.0.0.1:1").with("GITEA_API_TOKEN", token);
    world.start();
    let output =
        world.run_script("env | sed 's/=.*//' | sort | tr '\\n' ' '")["output"].to_string();
    for name in ["PATH", "HOME", "MARKS", "TMPDIR", "COVIBE_JOB_ID"] {
        assert!(output.contains(name), "{output}");
    }
    assert!(!output.contains("GITEA") && !output.contains("OTHER"), "{output}");
}

#[test]
fn processes_that_an_agent_leaves_behind_end_with_it() {
    let world = World::new();
    // A time that no other run of this test has, by which the process without an environment is known.
    let time = format!("600.{}", std::process::id());
    let script = format!(
        "(trap '' TERM HUP; sleep 600) & setsid sh -c 'trap \"\" TERM; sleep 600' & setsid env -i sleep {time} & \
         (setsid sh -c 'sleep 600 & sleep 600' &) ; sleep 0.1; echo done"
    );
    let id = world.run(&script);
    let job = world.wait_for_end(&id);
    assert_eq!((&job["status"], &job["output"]), (&json!("succeeded"), &json!("done\n")));
    wait_until(|| processes_with(&id).is_empty(), "a process of the job is left");
    let is_left = |entry: fs::DirEntry| {
        let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        command == format!("sleep\0{time}\0").into_bytes()
    };
    assert!(
        !fs::read_dir("/proc").unwrap().flatten().any(is_left),
        "one without an environment is left"
    );
}

#[test]
fn a_timed_out_agent_that_ignores_sigterm_is_killed() {
    let world = World::new();
    let id = world.run_with(
        "trap '' TERM; echo begun; while :; do sleep 0.05; done",
        &json!({ "timeout_s": 1 }),
    );
    let polite = world.run_with(
        "trap 'echo bye; exit 3' TERM; while :; do sleep 0.05; done",
        &json!({ "timeout_s": 1 }),
    );
    let polite = world.wait_for_end(&polite);
    assert_eq!((&polite["status"], &polite["exitCode"]), (&json!("timed_out"), &json!(3)));
    assert!(
        polite["output"].as_str().unwrap().ends_with("bye\n"),
        "it had time to say so: {polite}"
    );
    let job = world.wait_for_end(&id);
    assert_eq!((&job["status"], &job["output"]), (&json!("timed_out"), &json!("begun\n")));
    assert!(processes_with(&id).is_empty());
}

#[test]
fn the_temporary_folder_of_a_job_is_removed_and_its_worktree_kept() {
    let world = World::new();
    let job = world.run_script("touch $TMPDIR/x; mkdir locked; chmod 0 locked; echo $TMPDIR");
    let id = job["jobId"].as_str().unwrap();
    assert_eq!(job["output"], format!("{}\n", world.job_path(id, "tmp").display()));
    wait_until(|| !world.job_path(id, "tmp").exists(), "the temporary folder is left");
    assert!(world.job_path(id, "work/locked").exists(), "the worktree is kept for a day");
}

fn size(world: &World, id: &str) -> u64 {
    let files = fs::read_dir(world.job_path(id, "output")).unwrap().flatten();
    files.map(|file| file.metadata().unwrap().len()).sum()
}

#[test]
fn only_head_and_tail_of_a_gigabyte_of_output_are_stored() {
    let world = World::new();
    let job =
        world.run_script("echo first; head -c 1000000000 /dev/zero | tr '\\0' x; echo; echo last");
    assert_eq!((&job["status"], &job["truncated"]), (&json!("succeeded"), &json!(true)));
    let output = job["output"].as_str().unwrap();
    assert!(output.starts_with("first\nxxx") && output.ends_with("xxx\nlast\n"));
    assert!(output.contains("bytes omitted") && output.len() < 25 * 1024);
    let kept = size(&world, job["jobId"].as_str().unwrap());
    assert!((9 << 20..=10 << 20).contains(&kept), "{kept}");
}

#[test]
fn invalid_utf8_and_control_characters_are_cleaned_from_the_output() {
    let world = World::new();
    let job = world.run_script("printf '\\377\\000\\033[31mred\\033[0m\\r\\n'");
    assert_eq!(job["output"], "\u{fffd}[31mred[0m\n");
}
