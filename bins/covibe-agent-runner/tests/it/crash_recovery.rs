//! Kills of the runner, of supervisors and of agents, at any moment: each job has one end, and none runs twice.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::test_runner::{World, kill, processes_with, wait_for, wait_until};

/// A short job, which leaves a line each time it runs.
const SHORT: &str = "echo run >> $MARKS/$COVIBE_JOB_ID; sleep 0.0$((($$ % 9) + 1)); echo done >> $MARKS/$COVIBE_JOB_ID";

fn lines(world: &World, id: &str, line: &str) -> usize {
    let text = fs::read_to_string(world.mark(id)).unwrap_or_default();
    text.lines().filter(|it| *it == line).count()
}

#[test]
fn an_agent_that_outlives_the_runner_is_adopted_by_the_next_one() {
    let mut world = World::new();
    let id = world
        .run("touch $MARKS/begun; until [ -e $MARKS/go ]; do sleep 0.01; done; echo out; exit 5");
    wait_for(&world.mark("begun"));
    world.restart();
    assert_eq!(world.job(&id)["status"], "running");
    fs::write(world.mark("go"), "").unwrap();
    let job = world.wait_for_end(&id);
    assert_eq!(
        (&job["status"], &job["exitCode"], &job["output"]),
        (&json!("failed"), &json!(5), &json!("out\n"))
    );
    let begun = job["startedAt"].as_str().unwrap();
    assert!(begun < job["finishedAt"].as_str().unwrap());
}

#[test]
fn the_exit_code_of_an_agent_that_ended_while_the_runner_was_down_is_reported() {
    let mut world = World::new();
    let id = world.run("touch $MARKS/begun; until [ -e $MARKS/go ]; do sleep 0.01; done; exit 5");
    let waiting: Vec<_> = (0..3).map(|_| world.run(SHORT)).collect();
    wait_for(&world.mark("begun"));
    world.kill();
    fs::write(world.mark("go"), "").unwrap();
    wait_for(&world.job_path(&id, "exit.json"));
    world.start();
    let job = world.wait_for_end(&id);
    assert_eq!((&job["status"], &job["exitCode"]), (&json!("failed"), &json!(5)));
    for id in waiting {
        assert_eq!(world.wait_for_end(&id)["status"], "succeeded");
        assert_eq!((lines(&world, &id, "run"), lines(&world, &id, "done")), (1, 1));
    }
}

#[test]
fn a_job_whose_supervisor_was_killed_is_lost_and_its_agent_ended() {
    let mut world = World::new();
    for is_runner_alive in [true, false] {
        let id = world.run("setsid sleep 600 & echo run >> $MARKS/$COVIBE_JOB_ID; sleep 600");
        // The shell makes the file before it writes the line.
        wait_until(|| lines(&world, &id, "run") == 1, "the agent does not begin");
        let claim: Value =
            serde_json::from_slice(&fs::read(world.job_path(&id, "claim-1.json")).unwrap())
                .unwrap();
        let supervisor = u32::try_from(claim["supervisor"]["pid"].as_u64().unwrap()).unwrap();
        if is_runner_alive {
            kill(supervisor);
        } else {
            world.kill();
            kill(supervisor);
            world.start();
        }
        let job = world.wait_for_end(&id);
        assert_eq!((&job["status"], job.get("exitCode")), (&json!("lost"), None));
        wait_until(|| processes_with(&id).is_empty(), "an agent is left");
        assert_eq!(lines(&world, &id, "run"), 1);
    }
}

#[test]
fn an_unrelated_process_with_the_pid_of_a_supervisor_is_not_killed() {
    let mut world = World::new();
    let id = world.run("touch $MARKS/begun; sleep 600");
    wait_for(&world.mark("begun"));
    // The supervisor notes its agent when that has begun.
    wait_for(&world.job_path(&id, "agent.json"));
    world.kill();
    processes_with(&id).into_iter().for_each(kill);
    // Start times differ in hundredths of a second, in which no machine uses up its pids.
    std::thread::sleep(Duration::from_millis(30));
    let mut stranger = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    for name in ["claim-1.json", "agent.json"] {
        let path = world.job_path(&id, name);
        let text = fs::read_to_string(&path).unwrap();
        let begin = text.find("\"pid\":").unwrap() + 6;
        let end = begin + text[begin..].find(',').unwrap();
        fs::write(&path, format!("{}{}{}", &text[..begin], stranger.id(), &text[end..])).unwrap();
    }
    world.start();
    assert_eq!(world.wait_for_end(&id)["status"], "lost");
    assert!(stranger.try_wait().unwrap().is_none(), "another process was killed");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[test]
fn an_attempt_interrupted_before_its_claim_is_repeated_and_runs_once() {
    let mut world = World::idle("");
    world.start();
    let blocked: Vec<_> =
        (0..2).map(|_| world.run("until [ -e $MARKS/go ]; do sleep 0.01; done")).collect();
    let id = world.run(SHORT);
    world.kill();
    // Its supervisor was about to be started, or was started and has not claimed the attempt.
    let path = world.job_path(&id, "job.json");
    let mut record: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    record["attempt"] = json!(1);
    fs::write(&path, record.to_string()).unwrap();
    world.start();
    let late =
        world.command().arg("supervise").arg(world.job_path(&id, "")).arg("1").status().unwrap();
    assert!(late.success(), "a supervisor that comes too late ends in silence");
    assert_eq!(lines(&world, &id, "run"), 0);
    fs::write(world.mark("go"), "").unwrap();
    assert_eq!(world.wait_for_end(&id)["status"], "succeeded");
    assert_eq!(lines(&world, &id, "run"), 1);
    for id in &blocked {
        assert_eq!(world.wait_for_end(id)["status"], "succeeded");
    }
}

/// Kills something at random, now and then, while jobs run.
fn storm(jobs: usize) {
    let mut world = World::idle("");
    world.configure(8, "");
    world.start();
    let (mut ids, mut keys) = (Vec::new(), 0);
    while ids.len() < jobs {
        keys += 1;
        let body = json!({ "agent": "shell", "task": SHORT, "key": format!("key-{keys}") });
        let id = start(&mut world, &body);
        ids.push(id);
        match fastrand::u32(..24) {
            0 | 1 => world.restart(),
            2 | 3 => hit(&world, &ids, true),
            4 | 5 => hit(&world, &ids, false),
            6 | 7 => cancel(&world, &ids),
            8 => {
                world.kill();
                std::thread::sleep(Duration::from_millis(fastrand::u64(..60)));
                world.start();
            }
            _ => {}
        }
    }
    let mut ends = HashMap::new();
    for id in &ids {
        let job = world.wait_for_end(id);
        let status = job["status"].as_str().unwrap().to_owned();
        let (runs, dones) = (lines(&world, id, "run"), lines(&world, id, "done"));
        assert!(runs <= 1, "{id} ran {runs} times: {job}");
        if status == "succeeded" {
            assert_eq!((runs, dones), (1, 1), "{job}");
        }
        assert!(processes_with(id).is_empty(), "{job}");
        *ends.entry(status).or_insert(0_usize) += 1;
    }
    // An end is an end, even for the next runner.
    let before: Vec<_> = ids.iter().map(|id| world.job(id)).collect();
    world.restart();
    let after: Vec<_> = ids.iter().map(|id| world.job(id)).collect();
    assert_eq!(before, after);
    assert!(ends["succeeded"] * 2 > jobs, "{ends:?}");
    for rare in ["failed", "cancelled", "lost"] {
        assert!(jobs < 500 || ends[rare] > 0, "{ends:?}");
    }
}

/// Queues a job, again and again with the same key while the runner is killed or its queue is full.
fn start(world: &mut World, body: &Value) -> String {
    loop {
        match world.try_post("/api/agent/run", body) {
            Some(reply) if reply.status == 202 => {
                return reply.json()["jobId"].as_str().unwrap().to_owned();
            }
            Some(reply) => assert_eq!(reply.status, 429, "{}", reply.text),
            None => {}
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Returns one of the last jobs.
fn recent(ids: &[String]) -> &str {
    let recent = &ids[ids.len().saturating_sub(8)..];
    &recent[fastrand::usize(..recent.len())]
}

/// Kills the supervisor or an agent's process of one of the last jobs.
fn hit(world: &World, ids: &[String], is_supervisor: bool) {
    let id = recent(ids);
    let claim = fs::read_to_string(world.job_path(id, "claim-1.json")).unwrap_or_default();
    let supervisor = |pid: &u32| claim.contains(&format!("\"pid\":{pid},"));
    processes_with(id).into_iter().filter(|pid| supervisor(pid) == is_supervisor).for_each(kill);
}

/// Cancels one of the last jobs. Some of them have ended.
fn cancel(world: &World, ids: &[String]) {
    let reply = world.cancel(recent(ids));
    assert!(matches!(reply.status, 200 | 409), "{}", reply.text);
}

#[test]
fn each_of_200_jobs_ends_exactly_once_despite_random_kills() {
    storm(200);
}

#[test]
#[ignore = "takes half a minute; cargo test -p covibe-agent-runner -- --ignored"]
fn each_of_1000_jobs_ends_exactly_once_despite_random_kills() {
    storm(1000);
}
