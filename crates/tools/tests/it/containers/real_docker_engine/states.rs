//! The states that Docker has, as the tools for one resource and the lists show them. No Coolify is needed for that.

use std::time::Duration;

use covibe_testkit_docker::{Container, Recipe};
use serde_json::{Value, json};

use super::Host;

/// The fate of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Absent,
    Created,
    Runs,
    CheckIsOpen,
    Healthy,
    Unhealthy,
    Paused,
    EndsWell,
    EndsBadly,
    Stopped,
    Loops,
}

impl Fate {
    const ALL: [Self; 11] = [
        Self::Absent,
        Self::Created,
        Self::Runs,
        Self::CheckIsOpen,
        Self::Healthy,
        Self::Unhealthy,
        Self::Paused,
        Self::EndsWell,
        Self::EndsBadly,
        Self::Stopped,
        Self::Loops,
    ];

    /// Returns the state and the health that are to be shown.
    const fn expected(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Absent | Self::Created | Self::EndsWell | Self::EndsBadly | Self::Stopped => {
                ("exited", None)
            }
            Self::Runs | Self::CheckIsOpen => ("running", Some("unknown")),
            Self::Healthy => ("running", Some("healthy")),
            Self::Unhealthy => ("running", Some("unhealthy")),
            Self::Paused => ("paused", None),
            Self::Loops => ("restarting", None),
        }
    }

    /// Makes the container.
    fn make<'a>(self, host: &'a Host, recipe: Recipe) -> Option<Container<'a>> {
        const CHECKED: [&str; 4] = ["--health-interval", "200ms", "--health-retries", "1"];
        const STATE: &str = "{{.State.Status}}";
        const HEALTH: &str = "{{.State.Health.Status}}";
        let ends = |code: &str| ["/bin/sh", "-c", code].map(str::to_owned);
        let engine = host.engine;
        let checked = |recipe: Recipe, command: &str| {
            recipe.option(["--health-cmd", command]).option(CHECKED).run(engine)
        };
        let until = |one: Container<'a>, format: &str, expected: &str| {
            one.wait_until(format, |told| told == expected);
            one
        };
        Some(match self {
            Self::Absent => return None,
            Self::Created => recipe.create(engine),
            Self::Runs => recipe.run(engine),
            Self::CheckIsOpen => {
                let open = ["--health-cmd", "true", "--health-interval", "1h"];
                recipe.option(open).run(engine)
            }
            Self::Healthy => until(checked(recipe, "true"), HEALTH, "healthy"),
            Self::Unhealthy => until(checked(recipe, "false"), HEALTH, "unhealthy"),
            Self::Paused => {
                let one = recipe.run(engine);
                engine.pause(&one.id);
                one
            }
            Self::EndsWell | Self::EndsBadly => {
                let argv = ends(if self == Self::EndsWell { "exit 0" } else { "exit 3" });
                let argv = argv.iter().map(String::as_str);
                until(recipe.option(["--restart", "no"]).argv(argv).run(engine), STATE, "exited")
            }
            Self::Stopped => {
                let one = recipe.run(engine);
                engine.cli(&["stop", &one.id]);
                one
            }
            Self::Loops => {
                let argv = ends("exit 1");
                let one = recipe.argv(argv.iter().map(String::as_str)).run(engine);
                // Docker waits for seconds then.
                one.wait_until("{{.RestartCount}}", |told| {
                    told.parse::<u64>().is_ok_and(|it| it >= 6)
                });
                until(one, STATE, "restarting")
            }
        })
    }
}

fn state_of(of: &Value) -> (&str, Option<&str>) {
    (of["status"].as_str().expect("a status"), of["health"].as_str())
}

/// Creates a resource for each fate by `create`, gives it that container, and compares what is shown.
async fn assert_shown(
    host: &Host,
    [create, get, list, member]: [&str; 4],
    params: impl Fn(&str) -> Value,
    recipe: impl Fn(&str) -> Recipe,
) {
    let mut made = Vec::new();
    for fate in Fate::ALL {
        let name = format!("{fate:?}").to_ascii_lowercase();
        let answer = host.call_ok(create, params(&name)).await;
        let uuid = answer["uuid"].as_str().expect("a uuid").to_owned();
        let container = fate.make(host, recipe(&uuid));
        made.push((fate, uuid, container));
    }
    // What is being started and has no container is shown as starting.
    host.world.coolify.advance(Duration::from_hours(1));
    let mut listed = host.call_ok(list, json!({})).await;
    // An engine on a busy machine may not answer in time.
    for _ in 0..100 {
        let items = listed[member].as_array().expect("a list");
        if items.iter().all(|it| it["statusAsOf"].is_string()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        listed = host.call_ok(list, json!({})).await;
    }
    for (fate, uuid, container) in &made {
        let mut one = host.call_ok(get, json!({ "uuid": uuid })).await;
        for _ in 0..100 {
            if one["statusAsOf"].is_string() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            one = host.call_ok(get, json!({ "uuid": uuid })).await;
        }
        let item =
            listed[member].as_array().expect("a list").iter().find(|it| it["uuid"] == **uuid);
        let item = item.expect("it is listed");
        if *fate == Fate::Loops {
            // It may have been started in between.
            let states = [state_of(&one).0, state_of(item).0];
            assert!(states.iter().all(|it| ["restarting", "running"].contains(it)), "{states:?}");
            continue;
        }
        let state = container.as_ref().map(|one| one.inspect("{{json .State}}"));
        assert_eq!(state_of(&one), fate.expected(), "{fate:?}: {one} {state:?}");
        assert_eq!(state_of(item), fate.expected(), "{fate:?} in the list: {item} {state:?}");
        assert!(item["statusAsOf"].is_string(), "{item}");
        if let Some(service) = one["services"].get(0).filter(|_| *fate == Fate::EndsBadly) {
            assert_eq!(service["exitCode"], 3, "{one}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_of_images_are_shown_as_docker_has_them() {
    let Some(host) = Host::start().await else { return };
    let tools = ["apps.create", "apps.get", "apps.list", "apps"];
    let params =
        |name: &str| json!({ "image": "nginx:1.27", "name": name, "instantDeploy": false });
    assert_shown(&host, tools, params, Recipe::of_app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn compose_apps_are_shown_as_docker_has_them() {
    const FILE: &str = "services: {web: {image: 'nginx:1.27', expose: ['80']}}";
    let Some(host) = Host::start().await else { return };
    let tools = ["apps.create", "apps.get", "apps.list", "apps"];
    let params = |name: &str| json!({ "composeRaw": FILE, "name": name, "instantDeploy": false });
    assert_shown(&host, tools, params, |uuid| Recipe::of_service(uuid, "web")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn auth_providers_are_shown_as_docker_has_them() {
    let Some(host) = Host::start().await else { return };
    let tools = ["auth.create", "auth.get", "auth.list", "providers"];
    let params =
        |name: &str| json!({ "provider": "pocketbase", "name": name, "instantDeploy": false });
    assert_shown(&host, tools, params, |uuid| Recipe::of_service(uuid, "pocketbase")).await;
}
