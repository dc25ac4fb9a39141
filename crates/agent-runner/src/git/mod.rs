//! Repositories of jobs: a mirror for each repository, a worktree for each job, and the way of commits back.
//!
//! A worktree has a repository of its own, which reads the mirror's objects and writes its own ones. Linked worktrees of the
//! mirror would let an agent write there: other jobs' branches, and configuration that the runner's git obeys.
//!
//! An agent may leave anything in its repository. The runner runs no command in it; it fetches the agent's commits from it
//! as from a stranger's server, into a repository of its own, and pushes from there.

mod agent_commits;
mod hardened_git;
mod mirror;
mod worktree;

pub(crate) use agent_commits::{Collected, collect, push};
pub(crate) use hardened_git::MARK;
pub(crate) use mirror::Mirrors;
pub(crate) use worktree::{Worktree, create};
