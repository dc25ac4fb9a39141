//! The tools through a real sshd, the gate that the restricted account's key opens, and a real Docker Engine:
//! what an agent does by the cookbook's recipes.
//!
//! The simulated Coolify says which resources there are. The tests make their containers, with the names and
//! labels that Coolify (4.3) gives them.

mod commands_and_logs;
mod control;
mod crash_loop;
mod deleting;
mod detached_commands;
mod domain_502;
mod foreign_containers;
mod health_check_timeout;
mod hijacking_image_labels;
mod second_deploy;
mod states;
mod unreachable_host;

use std::sync::OnceLock;

use covibe_testkit::support::unframed;
use covibe_testkit::{Options, World};
use covibe_testkit_docker::{Docker, Sshd};
use serde_json::{Value, json};

use super::{call_refused, expect_success, image, service, started};

/// The images of the apps and databases here; all of them are the one with a shell and the usual tools.
const IMAGES: [&str; 2] = ["nginx:1.27", "postgres:16"];

/// A server, and the engine that it reaches.
struct Host {
    world: World,
    engine: &'static Docker,
}

impl Host {
    /// Starts a server of its own; `None` where there is no engine, no sshd or no gate, which is printed.
    async fn start() -> Option<Self> {
        Self::over(sshd()?).await
    }

    /// Starts one that reaches the engine by this SSH server. What its workspaces are on is no matter of the
    /// engine, which has no networks.
    async fn over(sshd: &Sshd) -> Option<Self> {
        Self::start_with(sshd, Options::default()).await
    }

    /// Starts one with these options.
    async fn start_with(sshd: &Sshd, options: Options) -> Option<Self> {
        let engine = engine()?;
        let options = Options { docker: false, ..options };
        let mut world = World::start(options).await.expect("SQLite is built in");
        world.reach_by_ssh(&sshd.address(), sshd.key_file(), sshd.known_hosts()).await;
        Some(Self { world, engine })
    }

    /// Makes an app with one container.
    async fn site(&self) -> String {
        image(&self.world, json!([])).await
    }

    /// Makes a compose app of this file.
    async fn stack(&self, file: &str) -> String {
        let params = json!({ "composeRaw": file, "name": "stack", "composeService": "web" });
        started(&self.world, "apps.create", params).await
    }

    /// Makes a call that must succeed.
    async fn call_ok(&self, name: &str, params: Value) -> Value {
        expect_success(&self.world, name, params).await
    }

    /// Runs a command in a service, or in the only container; returns the exit code and what was printed to
    /// both streams.
    async fn exec(&self, uuid: &str, service: Option<&str>, command: &str) -> (i64, String) {
        let mut params = json!({ "uuid": uuid, "command": command });
        if let Some(service) = service {
            params["service"] = json!(service);
        }
        let answer = self.call_ok("apps.exec", params).await;
        let text = |name: &str| unframed(&answer[name]).to_owned();
        (answer["code"].as_i64().expect("an exit code"), text("stdout") + &text("stderr"))
    }
}

/// The engine of this process, with the images of the apps.
fn engine() -> Option<&'static Docker> {
    static ENGINE: OnceLock<Option<&'static Docker>> = OnceLock::new();
    *ENGINE.get_or_init(|| {
        let engine = Docker::shared()?;
        for image in IMAGES {
            engine.cli(&["tag", "covibe-test/tools", image]);
        }
        Some(engine)
    })
}

/// The SSH server in front of it.
fn sshd() -> Option<&'static Sshd> {
    static SSHD: OnceLock<Option<Sshd>> = OnceLock::new();
    SSHD.get_or_init(|| Sshd::gated(engine()?)).as_ref()
}
