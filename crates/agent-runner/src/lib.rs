//! The runner: it starts existing agents (Claude Code, Codex, anything with a command) as jobs, and reports their
//! outcomes over HTTP.
//!
//! | module | what it holds |
//! |---|---|
//! | [`settings`] | what is read from variables at the start |
//! | [`agents`] | `runner.toml`: the agents and their commands |
//! | `job` | a job's folder, and the records in it |
//! | `process` | processes by their pid and start, and ending whole trees of them |
//! | `output_log` | what an agent printed: head and tail, in files of 1 MiB |
//! | [`supervise`] | the process between the runner and an agent |
//! | `git` | mirrors, worktrees, and taking an agent's commits out of its repository |
//! | `resolved_repository` | the Gitea that has the repositories, and a repository as it resolves it |
//! | [`runner`] | the queue, the jobs, and what is done for each |
//! | [`api`] | the HTTP API and its doors |
//!
//! A job outlives the runner. Its agent is the child of a supervisor, which is the same program in a process group of
//! its own: it bounds the output, ends the agent when its time is over, and writes how it ended. A runner that starts
//! finds the job by its supervisor's pid and start time, or by what the supervisor wrote.
//!
//! No job runs twice. A supervisor starts an agent only after it has made the file that claims this attempt, which only
//! one process can make; a runner that finds an attempt without a claim makes it itself before it tries again.
//!
//! It needs Linux: `/proc`, process file descriptors, and subreapers.

pub mod agents;
pub mod api;
mod durable_files;
mod git;
mod job;
mod output_log;
mod process;
mod resolved_repository;
pub mod runner;
pub mod settings;
pub mod supervise;
