//! The checks of Coolify: its version, the token's abilities, and the server that apps run on.

pub(crate) mod docker_hosts;
pub(crate) mod networks;
pub(crate) mod orphaned_containers;

use covibe_config::Config;
use covibe_coolify::{Abilities, Cause, Client, Proxy, ServerCondition, Support, Version};
use covibe_installation::upstream_clients;

use covibe_domain::ServerUuid;
use covibe_workspace::CloneProtocol;

use crate::check_outcome::{Check, failed_check, is, passed_check, warned_check};
use crate::upstream_remedies::refused_check;
use crate::{clock_skew, upstream_connection};

/// Runs the checks of Coolify.
pub(crate) async fn checks(config: &Config) -> Vec<Check> {
    let Some(from) = &config.coolify else {
        return vec![failed_check("coolify.version", "not configured: set COOLIFY_API_URL")];
    };
    if let Some(problem) = upstream_connection::problem("coolify.address", &from.url).await {
        return vec![problem];
    }
    let client = match upstream_clients::coolify_client(from, None) {
        Ok(client) => client,
        Err(error) => return vec![failed_check("coolify.version", format!("{error:#}"))],
    };
    let silent = client.version().await.err();
    if silent.is_some_and(|error| error.cause == Cause::Unreachable) {
        return vec![upstream_connection::no_http("coolify.address", &from.url)];
    }
    let mut checks = vec![version(&client).await];
    checks.extend(match client.abilities().await {
        Ok(abilities) => of_token(abilities),
        Err(error) => vec![refused_check("coolify.token", &error)],
    });
    checks.extend(server(&client, config.accepts_caddy).await);
    checks.push(other_readers(&client, config.clone_protocol).await);
    checks.extend(clock_skew::upstream("coolify.clock", "Coolify", client.statistics()));
    checks
}

/// Looks for others that read the clone tokens, which stand in the repositories' addresses. Coolify lists nobody's
/// tokens, so that of those there is only a word.
async fn other_readers(client: &Client, protocol: CloneProtocol) -> Check {
    const NAME: &str = "coolify.other_readers";
    const OFF: &str = "Coolify's MCP server is off; any other token of this Coolify's team can \
                       read the workspaces' clone tokens, so give nobody such a token";
    const ON: &str = "Coolify's MCP server is on; through it or Coolify's API, anyone with a token \
                      of the team can read the clone tokens of all workspaces, and so all \
                      repositories: turn the MCP server off, and give nobody a token";
    const SSH: &str = "new apps are cloned over SSH, and Coolify has no clone token for them; apps \
                       that were created over HTTPS have one until they are created again";
    if protocol == CloneProtocol::Ssh {
        return passed_check(NAME, SSH);
    }
    match client.serves_mcp().await {
        Ok(false) => passed_check(NAME, OFF),
        Ok(true) => warned_check(NAME, ON),
        Err(error) => refused_check(NAME, &error),
    }
}

async fn version(client: &Client) -> Check {
    const NAME: &str = "coolify.version";
    match client.version().await {
        Ok(version) => of_version(NAME, &version),
        Err(error) => refused_check(NAME, &error),
    }
}

fn of_version(name: &'static str, text: &str) -> Check {
    let oldest = Version::OLDEST;
    match text.parse::<Version>().map(|version| version.support()) {
        Ok(Support::Supported) => passed_check(name, text),
        Ok(Support::TooOld) => failed_check(
            name,
            format!("{text}: upgrade Coolify; {oldest} is the oldest supported version"),
        ),
        Ok(Support::Untested) | Err(_) => {
            warned_check(name, format!("{text}: this release of Co-Vibe was not tested with it"))
        }
    }
}

fn of_token(abilities: Abilities) -> Vec<Check> {
    const SENSITIVE: &str = "coolify.read_sensitive";
    let Abilities { read, write, deploy, read_sensitive } = abilities;
    let ability = |name, has| {
        is(
            name,
            has,
            "granted",
            "the token lacks this ability: create one that has it, and set it in COOLIFY_API_TOKEN",
        )
    };
    let sensitive = match read_sensitive {
        Some(has) => ability(SENSITIVE, has),
        None => warned_check(SENSITIVE, "unknown: Coolify returns no settings of the server"),
    };
    let [read, write] =
        [("coolify.read", read), ("coolify.write", write)].map(|(name, has)| ability(name, has));
    vec![read, write, ability("coolify.deploy", deploy), sensitive]
}

async fn server(client: &Client, accepts_caddy: bool) -> Vec<Check> {
    const NAME: &str = "coolify.server";
    let uuid = match client.server().await {
        Ok(uuid) => uuid,
        Err(error) => return vec![refused_check(NAME, &error)],
    };
    match client.server_condition(&uuid).await {
        Ok(condition) => {
            let mut checks = vec![passed_check(NAME, format!("deploys to {uuid}"))];
            checks.extend(of_server(&condition, accepts_caddy));
            checks.push(destination(client, &uuid).await);
            checks
        }
        Err(error) => vec![refused_check(NAME, &error)],
    }
}

async fn destination(client: &Client, server: &ServerUuid) -> Check {
    const NAME: &str = "coolify.destination";
    match client.destination_trouble(server).await {
        Ok(None) => passed_check(NAME, "decided"),
        Ok(Some(trouble)) => failed_check(NAME, format!("{}; {}", trouble.what, trouble.fix)),
        Err(error) => refused_check(NAME, &error),
    }
}

fn of_proxy(proxy: &Proxy, accepts_caddy: bool) -> Check {
    const NAME: &str = "coolify.proxy";
    const CADDY: &str = "the proxy is Caddy, which has Docker's socket and reads its \
                         configuration from the labels of any image, so every workspace can be \
                         root on the host";
    match proxy {
        Proxy::Absent => failed_check(
            NAME,
            "the server has no proxy, so Coolify silently drops domains: start one for the server \
             in Coolify",
        ),
        Proxy::Usual => passed_check(NAME, "default"),
        caddy if caddy.is_caddy() && accepts_caddy => warned_check(NAME, CADDY),
        caddy if caddy.is_caddy() => {
            failed_check(NAME, format!("{CADDY}; switch to Traefik in Coolify"))
        }
        Proxy::Named(kind) => passed_check(NAME, kind),
    }
}

fn of_server(condition: &ServerCondition, accepts_caddy: bool) -> [Check; 5] {
    let answers = condition.is_reachable != Some(false) && condition.is_usable != Some(false);
    [
        is(
            "coolify.reachable",
            answers,
            "yes",
            "Coolify cannot reach the server or its Docker daemon: start it, and validate the server in Coolify",
        ),
        of_proxy(&condition.proxy, accepts_caddy),
        is(
            "coolify.build_server",
            !condition.is_build_server,
            "no",
            "the server is marked as a build server: Coolify drops domains, and since 4.2 creates \
             nothing on it; clear is_build_server",
        ),
        of_cleanup(
            "coolify.volumes",
            condition.deletes_unused_volumes,
            "the nightly cleanup keeps unused volumes",
            "the nightly cleanup deletes unused volumes, including those that were kept \
             when an app was deleted; disable delete_unused_volumes",
        ),
        of_cleanup(
            "coolify.networks",
            condition.deletes_unused_networks,
            "the nightly cleanup keeps unused networks",
            "the nightly cleanup deletes a workspace's network while neither the proxy nor an app \
             is on it, and its deployments fail from then on; disable delete_unused_networks",
        ),
    ]
}

fn of_cleanup(name: &'static str, deletes: bool, good: &str, bad: &str) -> Check {
    if deletes { warned_check(name, bad) } else { passed_check(name, good) }
}

#[cfg(test)]
mod tests {
    use crate::check_outcome::Status;

    use super::*;

    fn statuses(checks: &[Check]) -> Vec<Status> {
        checks.iter().map(|check| check.status).collect()
    }

    #[test]
    fn coolify_versions_pass_warn_if_untested_or_fail_if_too_old() {
        use Status::{Fail, Pass, Warn};
        for (text, expected) in [
            ("4.3.11", Pass),
            ("4.0.0-beta.461", Pass),
            ("4.0.0-beta.460", Fail),
            ("5.0.0", Warn),
            ("main", Warn),
        ] {
            assert_eq!(of_version("v", text).status, expected, "{text}");
        }
    }

    #[test]
    fn each_ability_of_the_token_gets_its_own_status() {
        use Status::{Fail, Pass, Warn};
        let mut abilities =
            Abilities { read: true, write: true, deploy: false, read_sensitive: None };
        assert_eq!(statuses(&of_token(abilities)), [Pass, Pass, Fail, Warn]);
        abilities.read_sensitive = Some(false);
        assert_eq!(of_token(abilities)[3].status, Fail);
    }

    #[test]
    fn server_conditions_that_prevent_apps_from_running_fail() {
        use Status::{Fail, Pass, Warn};
        let mut condition = ServerCondition::default();
        assert_eq!(statuses(&of_server(&condition, false)), [Pass; 5], "a default server");
        for (kind, accepts, expected) in
            [("TRAEFIK", false, Pass), ("CADDY", false, Fail), ("caddy", true, Warn)]
        {
            condition.proxy = Proxy::Named(kind.to_owned());
            assert_eq!(of_server(&condition, accepts)[1].status, expected, "{kind}");
        }
        condition = ServerCondition {
            proxy: Proxy::Absent,
            is_build_server: true,
            deletes_unused_volumes: true,
            deletes_unused_networks: true,
            is_reachable: Some(true),
            is_usable: Some(false),
            concurrent_builds: Some(2),
            longest_build: None,
        };
        assert_eq!(statuses(&of_server(&condition, true)), [Fail, Fail, Fail, Warn, Warn]);
    }
}
