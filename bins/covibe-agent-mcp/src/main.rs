//! `covibe-agent-mcp`: the servers that sub-agents work with, over stdio for any MCP client.
//!
//! It only composes: the tools are in `covibe-agent-servers`. Under the names `vibn-coolify-mcp`, `vibn-gitea-mcp`,
//! `vibn-workspace-mcp`, `vibn-platform-mcp` and `vibn-agent-mcp` it is that server without further words.

mod arguments;
mod print_config;
mod program_output;
mod runner_job_server;
mod smoke_test;
mod stdio;

use std::process::ExitCode;

use clap::error::ErrorKind;
use covibe_agent_servers::agent::AgentContext;
use covibe_agent_servers::coolify::CoolifyContext;
use covibe_agent_servers::environment_settings::Variables;
use covibe_agent_servers::gitea::GiteaContext;
use covibe_agent_servers::platform::PlatformContext;
use covibe_agent_servers::server_kinds::Server;
use covibe_agent_servers::tool_registry;
use covibe_agent_servers::workspace::WorkspaceContext;
use covibe_operation::Registry;

use arguments::{Arguments, Task};
use program_output::{USAGE, variable};
use stdio::Served;

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    match arguments.task() {
        Task::Serve(server) => serve(server),
        Task::PrintConfig(server, client) => print_config::run(server, client),
        Task::Smoke(server) => smoke_test::run(server),
        Task::Job(arguments) => runner_job_server::run(arguments),
    }
}

fn serve(server: Server) -> ExitCode {
    match server {
        Server::Coolify => start(server, tool_registry::coolify, CoolifyContext::read),
        Server::Gitea => start(server, tool_registry::gitea, GiteaContext::read),
        Server::Workspace => start(server, tool_registry::workspace, WorkspaceContext::read),
        Server::Platform => start(server, tool_registry::platform, PlatformContext::read),
        Server::Agent => start(server, tool_registry::agent, AgentContext::read),
    }
}

/// Serves tools in the context that the variables of this process make, unless one of them is missing or malformed.
fn start<Cx: Send + Sync + 'static>(
    server: Server,
    registry: fn() -> Registry<Cx>,
    read: fn(&mut Variables<'_>) -> Option<Cx>,
) -> ExitCode {
    stdio::run(|| {
        let lookup = |name: &str| variable(name);
        let mut variables = Variables::new(&lookup);
        let context = read(&mut variables);
        if !program_output::print_judgement(&variables.finish()) {
            return None;
        }
        let context = context?;
        Some(Served::new(server.title(), server.instructions(), registry(), context))
    })
}

/// Prints what is wrong with the command line, or the help that was asked for.
fn refuse(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    let is_asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_asked { ExitCode::SUCCESS } else { USAGE.into() }
}
