//! The output of agents.

use std::fs;

use serde_json::json;

use crate::world::World;

fn size(world: &World, id: &str) -> u64 {
    let files = fs::read_dir(world.job_path(id, "output")).unwrap().flatten();
    files.map(|file| file.metadata().unwrap().len()).sum()
}

#[test]
fn an_agent_prints_a_gigabyte_of_which_head_and_tail_are_kept() {
    let world = World::new();
    let job = world.ran("echo first; head -c 1000000000 /dev/zero | tr '\\0' x; echo; echo last");
    assert_eq!((&job["status"], &job["truncated"]), (&json!("succeeded"), &json!(true)));
    let output = job["output"].as_str().unwrap();
    assert!(output.starts_with("first\nxxx") && output.ends_with("xxx\nlast\n"));
    assert!(output.contains("bytes omitted") && output.len() < 25 * 1024);
    let kept = size(&world, job["jobId"].as_str().unwrap());
    assert!((9 << 20..=10 << 20).contains(&kept), "{kept}");
}

#[test]
fn an_agent_prints_anything() {
    let world = World::new();
    let job = world.ran("printf '\\377\\000\\033[31mred\\033[0m\\r\\n'");
    assert_eq!(job["output"], "\u{fffd}[31mred[0m\n");
}
