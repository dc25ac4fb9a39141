//! Servers that are killed while they deploy or delete an app of several containers of its own code.

use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::Options;
use serde_json::{Value, json};

use super::Site;
use super::repository_compose::{FILE, clone_url, file_at_coolify, release, shop};
use crate::faults::recorded_step_calls::{Upstream, UpstreamCall, clear, disarm, wait_for_call};

/// The longest time of a call or a hand-over, and therefore the time for which the work of a killed one is held.
const DEADLINE: Duration = Duration::from_secs(8);

/// Creates an app of this name, and returns its uuid once it is deployed.
async fn named(site: &Site, name: &str) -> String {
    let app = site.ok("apps.create", json!({ "repo": "site", "name": name })).await;
    let uuid = app["uuid"].as_str().expect("a uuid").to_owned();
    site.deployed_commit(&uuid).await;
    uuid
}

fn call(upstream: Upstream, method: &str, path: &str) -> UpstreamCall {
    let path = format!("{path}$");
    UpstreamCall { upstream, method: method.to_owned(), path, earlier: 0 }
}

/// Has a server of its own begin a call, and kills it at an upstream call: before it takes effect, or afterwards while the
/// answer is read.
async fn kill(site: &Site, tool: &str, params: &Value, (at, takes_effect): (&UpstreamCall, bool)) {
    clear(&site.world);
    let fault = if takes_effect { Name::Huge } else { Name::Hang };
    at.arm(&site.world, Fault::new(fault), 0);
    let instance = site.world.instance();
    let agent = instance.agent(&site.world.mark);
    let (tool, params) = (tool.to_owned(), params.clone());
    let begun = instance.spawn(async move { agent.compact_raw(&tool, &params).await });
    wait_for_call(&site.world, at, |request| !takes_effect || request.status.is_some()).await;
    instance.kill();
    begun.await.expect_err("it was killed");
    disarm(&site.world);
}

/// Repeats a call as long as the killed server's work is held.
async fn repeated(site: &Site, tool: &str, params: &Value) -> covibe_testkit::AgentAnswer {
    loop {
        let answer = site.world.mark.agent.compact_raw(tool, params).await;
        if answer.status != 409 || !answer.headers.contains_key("retry-after") {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_interrupted_by_a_killed_server_leaves_no_release_repository() {
    let site = Site::start_with(Options::default().with_deadline(DEADLINE)).await;
    site.push(|work| shop(work, FILE));
    let mut begun = Vec::new();
    for (number, (upstream, takes_effect)) in [
        (Upstream::Gitea, false),
        (Upstream::Gitea, true),
        (Upstream::Coolify, false),
        (Upstream::Coolify, true),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("shop{number}");
        let uuid = named(&site, &name).await;
        let released = release(&clone_url(&site, &uuid).await);
        let at = match upstream {
            Upstream::Coolify => call(upstream, "DELETE", "/applications/*"),
            Upstream::Gitea => call(upstream, "DELETE", &released),
        };
        let params = json!({ "uuid": uuid, "confirm": name });
        kill(&site, "apps.delete", &params, (&at, takes_effect)).await;
        begun.push((params, released, at));
    }
    for (params, released, at) in begun {
        let answer = repeated(&site, "apps.delete", &params).await;
        assert!([200, 404].contains(&answer.status), "{at:?}: {}", answer.text);
        let path = format!("/applications/{}", params["uuid"].as_str().expect("a uuid"));
        let app = site.world.operator().ask_coolify("GET", &path, &Value::Null).await;
        let repository = site.world.operator().ask_gitea("GET", &released, &Value::Null).await;
        assert_eq!((app.status, repository.status), (404, 404), "{at:?}");
    }
}

/// The commits of the deployments that finished, once none goes on.
async fn finished(site: &Site, app: &str) -> Vec<String> {
    loop {
        let told = site.ok("apps.deployments", json!({ "uuid": app })).await;
        let all = told["deployments"].as_array().expect("a list");
        if !all.iter().any(|one| one["status"] == "queued" || one["status"] == "in_progress") {
            let finished = all.iter().filter(|one| one["status"] == "finished");
            return finished
                .map(|one| one["commit"].as_str().expect("a hash").to_owned())
                .collect();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_interrupted_by_a_killed_server_is_deployed_once_by_the_next_call() {
    let site =
        Site::start_with(Options::default().with_settings(|it| it.queue_lease = DEADLINE)).await;
    site.push(|work| shop(work, FILE));
    let (one, other) = (named(&site, "one").await, named(&site, "other").await);
    let pushed = site.push(|work| shop(work, &FILE.replace("/data'", "/data/more'")));
    let at = call(Upstream::Coolify, "POST", "/deploy");
    for (uuid, takes_effect) in [(&one, false), (&other, true)] {
        let params = json!({ "uuid": uuid });
        kill(&site, "apps.deploy", &params, (&at, takes_effect)).await;
        // Before what was killed is over: a later call would deploy once more.
        let answer = repeated(&site, "apps.deploy", &params).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    for uuid in [&one, &other] {
        let finished = finished(&site, uuid).await;
        assert_eq!(finished.iter().filter(|one| **one == pushed).count(), 1, "{finished:?}");
        let file = file_at_coolify(&site, uuid).await;
        assert!(file.contains("/data/more") && file.contains("context: ./web"), "{file}");
    }
}
