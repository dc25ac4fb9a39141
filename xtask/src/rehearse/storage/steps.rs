//! The steps: from a bucket to an object, another key, and the end of all of it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::app_bucket::Bucket;
use super::container_variables;
use crate::rehearse::rehearsed_server::Sandbox;
use crate::rehearse::step_outcomes::{Outcome, Report, passed_with};

/// The time within which an account and a grant must be known everywhere at Google.
const KNOWN: Duration = Duration::from_mins(10);

/// A part of the server's message until then.
const UNSETTLED: &str = "have not reached all of Google Cloud";

const PAUSE: Duration = Duration::from_secs(5);

/// The steps so far.
pub(super) struct Steps<'a> {
    sandbox: &'a Sandbox,
    app: String,
    /// The bucket that the app's variables name.
    bucket: Option<Bucket>,
}

impl<'a> Steps<'a> {
    pub(super) fn new(sandbox: &'a Sandbox) -> Self {
        Self { sandbox, app: String::new(), bucket: None }
    }

    /// Takes the steps up to the removal.
    pub(super) async fn take(&mut self, report: &mut Report) {
        let is_made = report.print_step("a bucket is created", self.make().await)
            && report.print_step("the same call again changes nothing", self.make_again().await);
        if !is_made {
            report.skip("an app uses it", "it was not made");
            return;
        }
        let is_used = report.print_step("an app gets its variables", self.inject().await)
            && report.print_step("an object is written, listed and read", self.use_it().await);
        if !is_used {
            report.skip("the key is replaced", "no app uses it");
            return;
        }
        report.print_step("a bucket with objects is not removed", self.keep());
        if report.print_step("the app gets another key", self.rotate().await) {
            return;
        }
        report.skip("the previous key ends", "there is no other one");
    }

    /// Removes everything, whatever happened before.
    pub(super) async fn remove(&mut self, report: &mut Report) {
        if let Some(bucket) = &self.bucket {
            report.print_step(
                "the object is deleted",
                bucket.delete().await.map(|()| passed_with("")),
            );
        }
        report.print_step(
            "the bucket, its account and its keys are removed",
            self.remove_bucket().await,
        );
    }

    async fn make(&self) -> Result<Outcome> {
        let made = self.provision(json!({})).await?;
        let told = &made["storage"];
        ensure!(told["status"] == "ready", "its status is {}", told["status"]);
        let text = |name: &str| told[name].as_str().unwrap_or_default();
        Ok(passed_with(format!("{} in {}", text("bucket"), text("location"))))
    }

    async fn make_again(&self) -> Result<Outcome> {
        let before = self.sandbox.call("storage.describe", json!({})).await?;
        let again = self.provision(json!({})).await?;
        for name in ["bucket", "accessKeyId"] {
            ensure!(again["storage"][name] == before[name], "{name} is another one");
        }
        Ok(passed_with(""))
    }

    /// Calls storage.provision until everything is known that it makes.
    async fn provision(&self, params: Value) -> Result<Value> {
        let until = Instant::now() + KNOWN;
        loop {
            let refused = match self.sandbox.answer("storage.provision", params.clone()).await? {
                Ok(made) => return Ok(made),
                Err(refused) => refused,
            };
            let is_early = refused.to_string().contains(UNSETTLED);
            if !is_early || Instant::now() >= until {
                bail!("storage.provision: {refused}");
            }
            sleep(PAUSE).await;
        }
    }

    async fn inject(&mut self) -> Result<Outcome> {
        let params = json!({ "image": "nginx:1.27", "name": "rehearsal", "instantDeploy": false });
        let app = self.sandbox.call("apps.create", params).await?;
        app["uuid"].as_str().context("an app without a uuid")?.clone_into(&mut self.app);
        let params = json!({ "uuid": self.app });
        let injected = self.sandbox.call("storage.inject_env", params).await?;
        let bucket = self.deploy_app().await?;
        let told = self.sandbox.call("storage.describe", json!({})).await?;
        let listed = self.sandbox.call("apps.envs.list", json!({ "uuid": self.app })).await?;
        let answers = format!("{injected}{told}{listed}");
        ensure!(!answers.contains(bucket.secret()), "an answer contains the secret");
        self.bucket = Some(bucket);
        let count = injected["written"].as_array().map_or(0, Vec::len);
        Ok(passed_with(format!("{count} variables; no answer contains the secret")))
    }

    /// Deploys the app, and returns the bucket as its container knows it.
    async fn deploy_app(&self) -> Result<Bucket> {
        self.sandbox.call("apps.deploy", json!({ "uuid": self.app })).await?;
        let told = self.sandbox.call("storage.describe", json!({})).await?;
        let key = told["accessKeyId"].as_str().context("storage without a key")?;
        let socket = self.sandbox.docker().context("this system has no simulated Docker Engine")?;
        let wanted = ("STORAGE_ACCESS_KEY_ID", key);
        Bucket::from_variables(
            &container_variables::wait_for_value(socket, &self.app, wanted).await?,
        )
    }

    async fn use_it(&self) -> Result<Outcome> {
        let bucket = self.bucket.as_ref().context("no bucket")?;
        bucket.write().await?;
        bucket.list().await?;
        bucket.read_object().await?;
        Ok(passed_with("over S3, in path style"))
    }

    fn keep(&self) -> Result<Outcome> {
        match self.sandbox.remove_storage() {
            Ok(()) => bail!("it was removed"),
            Err(error) if error.to_string().contains("has objects") => Ok(passed_with("")),
            Err(error) => Err(error),
        }
    }

    /// Replaces the key, as an operator would: the app runs with the previous one until it is deployed.
    async fn rotate(&mut self) -> Result<Outcome> {
        let rotated = self.provision(json!({ "rotate": true })).await?;
        ensure!(rotated["needsDeploy"] == json!([self.app]), "the app did not get it");
        let previous = self.bucket.as_ref().context("no bucket")?;
        previous.read_object().await.context("the previous key ended too early")?;
        let current = self.deploy_app().await?;
        current.read_object().await?;
        // It is the one to clean up with from now on.
        let previous = self.bucket.replace(current).context("no bucket")?;
        self.provision(json!({})).await?;
        previous.is_refused().await?;
        self.bucket.as_ref().context("no bucket")?.read_object().await?;
        Ok(passed_with("the previous one works until the app runs with it, and is refused then"))
    }

    async fn remove_bucket(&self) -> Result<Outcome> {
        let status = async || -> Result<Value> {
            Ok(self.sandbox.call("storage.describe", json!({})).await?["status"].take())
        };
        if status().await? == "none" {
            return Ok(Outcome::Skipped("there are none".to_owned()));
        }
        self.sandbox.remove_storage()?;
        let status = status().await?;
        ensure!(status == "none", "its status is {status}");
        Ok(passed_with(""))
    }
}
