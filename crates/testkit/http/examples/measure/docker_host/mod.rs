//! The costs of a docker host behind SSH and its gate, for `cargo xtask bench`.
//!
//! Prints one JSON object with the times of commands and logs and the memory of the server, or `null` where
//! there is no Docker Engine, SSH server or gate.

mod commands;
mod logs;
mod output_memory;
mod server;

use std::time::Duration;

use covibe_testkit_docker::{Container, Docker, Recipe, Sshd, SshdOptions};
use covibe_testkit_http::{Member, Options, World};
use serde_json::json;

use self::server::Server;
use super::Outcome;

/// The subject of the measurements: a server's process, and the host that it reaches through the gate.
struct Setting {
    world: World,
    /// Further workspaces.
    crowd: Vec<Member>,
    server: Server,
    engine: &'static Docker,
    /// The SSH server with the gate.
    _gated: Sshd,
    /// The SSH server that runs any command.
    open: Sshd,
}

/// Measures it; `null` where it cannot be started.
pub(super) async fn take() -> Outcome<serde_json::Value> {
    match Setting::start().await? {
        Some(setting) => Box::pin(setting.figures()).await,
        None => Ok(serde_json::Value::Null),
    }
}

impl Setting {
    /// Starts everything; `None` where a part cannot be started.
    async fn start() -> Outcome<Option<Self>> {
        let Some(engine) = Docker::shared() else { return Ok(None) };
        let options = SshdOptions { docker: Some(engine.socket()), ..SshdOptions::default() };
        let (Some(gated), Some(open)) = (Sshd::gated(engine), Sshd::start(&options)) else {
            return Ok(None);
        };
        let mut options = Options { docker: false, ..Options::default() };
        // No call may wait for Coolify's rate limit: the docker host is measured.
        options.coolify.budget_per_minute = Some(60_000);
        let mut world = World::start(options).await.ok_or("SQLite is built in")?;
        // While no docker host is reached: the engine has no networks of workspaces.
        let mut crowd = Vec::new();
        for number in 0..output_memory::WORKSPACES {
            crowd.push(world.member(&format!("crowd{number}")).await);
        }
        world.reach_by_ssh(&gated.address(), gated.key_file(), gated.known_hosts()).await;
        let server = Server::start(&world)?;
        Ok(Some(Self { world, crowd, server, engine, _gated: gated, open }))
    }

    async fn figures(self) -> Outcome<serde_json::Value> {
        let idle = self.server.resident()?;
        let commands = commands::measure(&self).await?;
        let logs = logs::measure(&self).await?;
        let answers = output_memory::measure(&self, idle).await?;
        self.world.stop().await;
        Ok(json!({ "commands": commands, "logs": logs, "answers": answers }))
    }

    /// Creates an app of a workspace, and its container.
    async fn app(&self, of: &Member, script: &str) -> Outcome<(String, Container<'static>)> {
        let params = json!({ "image": "nginx:1.27", "name": "site", "ports": "80" });
        let made = of.agent.compact("apps.create", &params).await.map_err(|why| why.to_string())?;
        self.world.coolify.advance(Duration::from_mins(1));
        let uuid = made["uuid"].as_str().ok_or("no uuid")?.to_owned();
        let container = Recipe::of_app(&uuid).script(script).run(self.engine);
        Ok((uuid, container))
    }
}
