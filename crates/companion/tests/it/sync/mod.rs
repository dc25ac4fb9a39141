//! Reading repositories, hooks, exclusions, the queue and the loop.

mod exclusion;
mod faulty_servers;
mod hooks;
mod hostile_repositories;
mod queues;
mod sync_fixture;
mod sync_loop;
