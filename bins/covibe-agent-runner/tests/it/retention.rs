//! Worktrees go after a day, records after thirty.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
use serde_json::{Value, json};

use crate::test_runner::{World, wait_for, wait_until};

const HOUR: u64 = 60 * 60;

/// Dates the end of a job back. No runner may run.
fn age(world: &World, id: &str, hours: u64) {
    let path = world.job_path(id, "job.json");
    let mut record: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let ended = SystemTime::now() - Duration::from_secs(hours * HOUR);
    let ended = ended.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    record["finishedAt"] = timestamp(i64::try_from(ended).unwrap());
    fs::write(&path, record.to_string()).unwrap();
}

fn timestamp(millis: i64) -> Value {
    json!(covibe_domain::Timestamp::from_millis(millis))
}

/// Ends a runner, dates the ends of jobs back, and starts the next one, which cleans at once.
fn restart_after(world: &mut World, jobs: &[(&str, u64)]) {
    world.kill();
    for (id, hours) in jobs {
        age(world, id, *hours);
    }
    world.start();
}

#[test]
fn worktrees_are_removed_after_a_day_and_records_after_thirty_days() {
    let mut world = World::new();
    let ids: Vec<_> = (0..4)
        .map(|n| {
            let job =
                world.run_with("echo x > file; echo told", &json!({ "key": format!("k{n}") }));
            world.wait_for_end(&job);
            job
        })
        .collect();
    let [fresh, day, month, old] = [&*ids[0], &ids[1], &ids[2], &ids[3]];
    restart_after(&mut world, &[(fresh, 23), (day, 25), (month, 30 * 24 - 1), (old, 30 * 24 + 1)]);
    let is_there = |id: &str, name: &str| world.job_path(id, name).exists();
    wait_until(|| !is_there(old, ""), "an old job is left");
    wait_until(|| !is_there(day, "work") && !is_there(month, "work"), "a worktree is left");
    assert!(is_there(fresh, "work/file"));
    for id in [fresh, day, month] {
        assert_eq!(world.job(id)["output"], "told\n");
    }
    assert_eq!(world.get(&format!("/api/jobs/{old}")).status, 404);
    assert_eq!(world.get("/api/jobs").json()["total"], 3);
    // Its key no longer stands for anything; those of others still do.
    assert_eq!(world.run_with("true", &json!({ "key": "k1" })), day);
    assert_ne!(world.run_with("true", &json!({ "key": "k3" })), old);
}

#[test]
fn queued_and_running_jobs_are_never_cleaned_up_whatever_their_age() {
    let mut world = World::new();
    let wait = "echo x > file; touch $MARKS/$COVIBE_JOB_ID; until [ -e $MARKS/go ]; do sleep 0.01; done; cat file";
    let running: Vec<_> = (0..2).map(|_| world.run(wait)).collect();
    for id in &running {
        wait_for(&world.mark(id));
    }
    let queued = world.run("echo ran");
    world.kill();
    for id in running.iter().chain([&queued]) {
        let path = world.job_path(id, "job.json");
        let mut record: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        record["createdAt"] = timestamp(0);
        record["startedAt"] = timestamp(0);
        fs::write(&path, record.to_string()).unwrap();
    }
    // The folder of one that ended shows when the runner has cleaned.
    let stray = stray(&world, "0198f0a0-0000-7000-8000-000000000000", 2);
    world.start();
    wait_until(|| !stray.exists(), "nothing was cleaned");
    fs::write(world.mark("go"), "").unwrap();
    for id in &running {
        assert_eq!(world.wait_for_end(id)["output"], "x\n");
    }
    assert_eq!(world.wait_for_end(&queued)["output"], "ran\n");
}

/// Makes the folder of a job that was not acknowledged, some hours ago.
fn stray(world: &World, name: &str, hours: u64) -> std::path::PathBuf {
    let folder = world.job_path(name, "");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("task"), "x").unwrap();
    set_age(&folder, hours);
    folder
}

fn set_age(folder: &Path, hours: u64) {
    let changed = SystemTime::now() - Duration::from_secs(hours * HOUR);
    fs::File::open(folder).unwrap().set_modified(changed).unwrap();
}

#[test]
fn job_folders_without_a_record_are_removed_after_an_hour() {
    let mut world = World::idle("");
    let old = stray(&world, "0198f0a0-0000-7000-8000-000000000000", 2);
    let fresh = stray(&world, "0198f0a0-0000-7000-8000-000000000001", 0);
    // A record that cannot be read is left to a person.
    let broken = stray(&world, "0198f0a0-0000-7000-8000-000000000002", 0);
    fs::write(broken.join("job.json"), "{").unwrap();
    set_age(&broken, 48);
    world.start();
    wait_until(|| !old.exists(), "a folder without a record is left");
    assert!(fresh.exists() && broken.exists());
}

#[test]
fn cleanup_does_not_follow_symlinks_out_of_a_job_folder() {
    let mut world = World::new();
    let outside = world.path("outside");
    fs::create_dir_all(outside.join("folder")).unwrap();
    fs::write(outside.join("folder/file"), "x").unwrap();
    let script = format!(
        "mkdir -p a/b; ln -s {0} a/b/link; ln -s {0}/folder/file a/file; chmod 0 a/b",
        outside.display()
    );
    let (inside, replaced, old) = (world.run(&script), world.run("true"), world.run(&script));
    for id in [&inside, &replaced, &old] {
        assert_eq!(world.wait_for_end(id)["status"], "succeeded");
    }
    fs::remove_dir(world.job_path(&replaced, "work")).unwrap();
    symlink(&outside, world.job_path(&replaced, "work")).unwrap();
    restart_after(&mut world, &[(&inside, 25), (&replaced, 25), (&old, 721)]);
    let is_there = |id: &str, name: &str| world.job_path(id, name).symlink_metadata().is_ok();
    wait_until(
        || !is_there(&inside, "work") && !is_there(&replaced, "work") && !is_there(&old, ""),
        "something is left",
    );
    assert_eq!(fs::read_to_string(outside.join("folder/file")).unwrap(), "x");
}

#[test]
fn a_worktree_with_20_000_folders_inside_of_each_other_is_removed_by_a_runner_that_starts() {
    let mut world = World::new();
    let id = world.run("true");
    world.wait_for_end(&id);
    let open = OFlags::RDONLY | OFlags::DIRECTORY;
    let mut inner = openat(CWD, world.job_path(&id, "work"), open, Mode::empty()).unwrap();
    for _ in 0..20_000 {
        mkdirat(&inner, "d", Mode::RWXU).unwrap();
        inner = openat(&inner, "d", open, Mode::empty()).unwrap();
    }
    drop(inner);
    restart_after(&mut world, &[(&id, 25)]);
    wait_until(|| !world.job_path(&id, "work").exists(), "a deep worktree is left");
    assert_eq!(world.run_script("echo on")["output"], "on\n");
}
