//! The program as clients start it: messages on stdin and stdout.

mod arguments_and_environment;
mod clients;
mod limits_and_shutdown;
mod printed_configurations;
mod protocol_versions;
mod runner_job_server;
mod server_process;
mod smoke_test;
mod stub_http_server;
mod test_environment;
mod tool_lists;
