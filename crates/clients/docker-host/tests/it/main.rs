//! A docker host with a real engine: its calls on the local socket and over a real SSH server.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

mod calls;
mod command_termination;
mod commands;
mod container_starts;
mod faults;
mod fixture;
mod host_sharing;
mod image_labels;
mod injections;
mod logs;
mod network_isolation;
mod volumes_and_files;
