//! Processes that are ended with a command, and those that are not.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command};
use std::time::Duration;

use covibe_docker_gate_core::resource_names::{Id, Marker};
use covibe_docker_gate_core::{EndedProcesses, Execution, end_processes};

use crate::container;
use crate::control_group::{Group, runs};

/// A bound that only ends a test which hangs.
const WITHIN: Duration = Duration::from_secs(20);

/// Waits for ever, beside a child that has left the session and its parent.
const LEAVES: &str = "(setsid sleep 1000 &); sleep 1000 & echo ready; exec >&-; wait";

fn end_command(pid: Option<u32>, marker: Option<&str>) -> EndedProcesses {
    let container = Id::new(&container()).expect("an id");
    let marker = marker.map(|it| Marker::new(it).expect("a mark"));
    end_processes(&Execution { container, pid, marker }, WITHIN).expect("/proc")
}

fn assert_killed(mut child: Child) {
    assert_eq!(child.wait().expect("a status").signal(), Some(9));
}

#[test]
fn detached_children_are_ended_by_their_marker_variable() {
    let Some(group) = Group::new() else { return };
    let marker = "aaaaaaaaaaaaaaaaaaa1";
    let child = group.run(LEAVES, Some(marker));
    assert!(group.pids().len() >= 3);
    let seen = end_command(Some(child.id()), Some(marker));
    assert!(seen.ended >= 3 && seen.remaining == 0 && seen.may_signal && seen.saw_all, "{seen:?}");
    assert!(group.pids().is_empty());
    assert_killed(child);
}

#[test]
fn detached_children_are_ended_by_marker_after_the_command_itself_has_ended() {
    let Some(group) = Group::new() else { return };
    let marker = "aaaaaaaaaaaaaaaaaaa2";
    let mut child = group.run("(setsid sleep 1000 >&- &); echo ready", Some(marker));
    assert!(child.wait().expect("a status").success());
    assert_eq!(end_command(None, Some(marker)).remaining, 0);
    assert!(group.pids().is_empty());
}

/// It is learnt from the first process.
#[test]
fn a_running_command_and_its_children_are_ended_by_pid_alone() {
    let Some(group) = Group::new() else { return };
    let child = group.run(LEAVES, Some("aaaaaaaaaaaaaaaaaaa3"));
    assert_eq!(end_command(Some(child.id()), None).remaining, 0);
    assert!(group.pids().is_empty());
    assert_killed(child);
}

#[test]
fn descendants_without_the_marker_are_ended() {
    let Some(group) = Group::new() else { return };
    let script = "env -i sh -c 'sleep 1000 & sleep 1000 & echo ready; exec >&-; wait'; wait";
    let child = group.run(script, Some("aaaaaaaaaaaaaaaaaaa4"));
    assert_eq!(end_command(Some(child.id()), Some("aaaaaaaaaaaaaaaaaaa4")).remaining, 0);
    assert!(group.pids().is_empty());
    assert_killed(child);
}

#[test]
fn a_command_that_forks_without_end_is_ended() {
    let Some(group) = Group::new() else { return };
    let marker = "aaaaaaaaaaaaaaaaaaa5";
    let script = "echo ready; exec >&-; while :; do (setsid sh -c 'sleep 0.2; sleep 5' &); done";
    let child = group.run(script, Some(marker));
    assert_eq!(end_command(Some(child.id()), Some(marker)).remaining, 0);
    assert!(group.pids().is_empty());
    assert_killed(child);
}

#[test]
fn a_look_that_ran_out_of_time_reports_that_processes_were_not_looked_at() {
    let Some(group) = Group::new() else { return };
    let child = group.run("echo ready; exec sleep 1000", Some("aaaaaaaaaaaaaaaaaaa8"));
    let container = Id::new(&container()).expect("an id");
    let execution = Execution { container, pid: Some(child.id()), marker: None };
    let seen = end_processes(&execution, Duration::ZERO).expect("/proc");
    assert!(!seen.saw_all && seen.ended == 0 && runs(child.id()), "{seen:?}");
    drop(group);
    assert_killed(child);
}

#[test]
fn other_processes_in_the_container_keep_running() {
    let Some(group) = Group::new() else { return };
    let wait = "echo ready; exec sleep 1000";
    let others = [
        group.run(wait, None),
        group.run(wait, Some("bbbbbbbbbbbbbbbbbbbb")),
        group.run(wait, Some("aaaaaaaaaaaaaaaaaaa61")),
    ];
    let child = group.run(wait, Some("aaaaaaaaaaaaaaaaaaa6"));
    assert_eq!(end_command(Some(child.id()), Some("aaaaaaaaaaaaaaaaaaa6")).ended, 1);
    assert!(others.iter().all(|other| runs(other.id())));
    assert_killed(child);
    drop(group);
    others.into_iter().for_each(assert_killed);
}

/// The mark alone, or the pid alone, is not enough.
#[test]
fn processes_outside_the_container_keep_running() {
    let marker = "aaaaaaaaaaaaaaaaaaa7";
    let mut child =
        Command::new("sleep").arg("1000").env("COVIBE_EXEC", marker).spawn().expect("a process");
    let seen = end_command(Some(child.id()), Some(marker));
    let lives = runs(child.id());
    child.kill().unwrap();
    child.wait().expect("a status");
    assert!(lives && seen.ended == 0 && seen.remaining == 0, "{seen:?}");
}
