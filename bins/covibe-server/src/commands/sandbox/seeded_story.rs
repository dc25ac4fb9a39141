//! The story of a sandbox's workspace before its agent comes.

use std::time::Duration;

use anyhow::{Context as _, bail};
use covibe_identity::Caller;
use covibe_store::WorkspaceRecord;
use serde_json::{Value, json};

use crate::cli::sandbox::Story;
use crate::commands::api_keys;
use crate::wiring::Parts;

/// The app of a story, and its repository.
const APP: &str = "shop";

/// The time that a deployment may take; a simulated one takes a second.
const PATIENCE: Duration = Duration::from_mins(1);

/// The pause before a deployment is looked at again.
const PACE: Duration = Duration::from_millis(50);

const PACKAGE: &str = r#"{
  "name": "shop",
  "version": "1.0.0",
  "scripts": { "start": "node server.js" }
}
"#;

const SERVER: &str = r#"const http = require("node:http");

http
  .createServer((request, response) => response.end("The shop is open.\n"))
  .listen(process.env.PORT ?? 3000, "0.0.0.0");
"#;

/// It copies `server.js` from where the story's last commit no longer has it.
const DOCKERFILE: &str = r#"FROM node:22-alpine
WORKDIR /app
COPY package.json server.js ./
EXPOSE 3000
CMD ["node", "server.js"]
"#;

impl Story {
    /// Returns the name by which it is asked for.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::FailedDeploy => "failed-deploy",
        }
    }

    /// Returns what has happened, for people.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::FailedDeploy => {
                "The app shop ran until its last commit, which could not be built. Both deployments are listed."
            }
        }
    }

    /// Returns what to ask an agent.
    pub(super) const fn prompt(self) -> &'static str {
        match self {
            Self::FailedDeploy => "The last deployment failed. Find out why, and fix it.",
        }
    }

    /// Makes it happen.
    pub(super) async fn play(self, parts: &Parts, record: WorkspaceRecord) -> anyhow::Result<()> {
        let mut tx = parts.store.tenant_read(&record.tenant).await?;
        let steps = tx.steps(&record.id).await?;
        tx.commit().await?;
        let stage = Stage { parts, caller: Caller::operator(record, steps) };
        let played = match self {
            Self::FailedDeploy => stage.fail_a_deployment().await,
        };
        played.with_context(|| format!("the story {} could not be played", self.name()))
    }
}

/// Where a story is played: the workspace, whose tools the operator calls.
struct Stage<'a> {
    parts: &'a Parts,
    caller: Caller,
}

impl Stage<'_> {
    async fn call(&self, tool: &str, params: Value) -> anyhow::Result<Value> {
        api_keys::call(self.parts, self.caller.clone(), tool, params).await
    }

    /// Deploys an app that runs, and then a commit that can't be built.
    async fn fail_a_deployment(&self) -> anyhow::Result<()> {
        let files = [("package.json", PACKAGE), ("server.js", SERVER), ("Dockerfile", DOCKERFILE)];
        let files = files.map(|(path, content)| json!({ "path": path, "content": content }));
        let app = json!({ "name": APP, "files": files, "autoDeploy": false });
        let app = self.call("apps.create", app).await?;
        let app = json!({ "uuid": app["uuid"] });
        self.expect(&app, "finished").await?;
        let moved = json!([{ "path": "src/server.js", "from": "server.js" }]);
        let commit = json!({ "repo": APP, "message": "Move the server into src", "files": moved });
        self.call("repos.commit", commit).await?;
        self.call("apps.deploy", app.clone()).await?;
        self.expect(&app, "failed").await
    }

    /// Waits until the newest deployment of an app has ended, which has to be like that.
    async fn expect(&self, app: &Value, end: &str) -> anyhow::Result<()> {
        let ended = async {
            loop {
                let listed = self.call("apps.deployments", app.clone()).await?;
                match listed["deployments"][0]["status"].as_str() {
                    Some(status) if status == end => return Ok(()),
                    Some(status @ ("finished" | "failed" | "cancelled")) => {
                        bail!("a deployment is {status}, not {end}")
                    }
                    _ => tokio::time::sleep(PACE).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.context("a deployment does not end")?
    }
}
