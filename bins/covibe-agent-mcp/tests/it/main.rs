//! The program as clients start it: messages on stdin and stdout.

mod clients;
mod http;
mod jobs;
mod limits_and_shutdown;
mod lists;
mod printed_configurations;
mod program;
mod protocol_versions;
mod settings;
mod smoke;
mod upstream_fixtures;
