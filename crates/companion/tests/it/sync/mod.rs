//! Reading repositories, hooks, exclusions, the queue and the loop.

mod exclusion;
mod hooks;
mod hostile;
mod loops;
mod queues;
mod servers;
mod support;
