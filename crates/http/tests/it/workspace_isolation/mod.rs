//! Three workspaces, two of one tenant and one of another: for every request of one of them, by every
//! surface, the others are as good as absent. Computed from the registry, on both databases.

mod neighbour_workspaces;
mod outsiders;
mod private_texts;
mod probes;
mod upstream_call_cost;
mod workspace_state;

use std::sync::{Arc, LazyLock};

use covibe_dispatch::Tool;
use covibe_store::Backend;
use covibe_testkit_http::Agent;
use neighbour_workspaces::Neighbours;
use probes::{Probe, parameters};
use regex::Regex;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::surface_calls::CallResult;
use crate::support::{CallStyle, calls_by_database, calls_in_rotating_styles, parameter_samples};

/// REST, the compact envelope and MCP; how the latter two may be written is another test's matter.
const SURFACES: [CallStyle; 3] = [CallStyle::Rest, CallStyle::Tool, CallStyle::JsonRpc];

/// The choice of the names that are given to a parameter of an operation.
type Chosen = fn(&Probe, &Tool, &str) -> bool;

/// The number of operations that are probed at once.
const LANES: usize = 6;

/// Makes each named test run on both databases, as `sqlite::name` and `postgres::name`.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")] async fn $name() {
                let there = super::Neighbours::on(super::Backend::Sqlite).await.expect("SQLite");
                super::$name(there).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")] async fn $name() {
                if let Some(there) = super::Neighbours::on(super::Backend::Postgres).await {
                    super::$name(there).await;
                }
            })+
        }
    };
}

on_both!(
    resources_of_other_workspaces_are_answered_like_absent_ones,
    a_tenants_key_reaches_no_resources_of_other_workspaces,
    paths_of_other_and_of_absent_workspaces_get_the_same_403,
    answers_to_own_calls_contain_nothing_of_other_workspaces,
);

async fn resources_of_other_workspaces_are_answered_like_absent_ones(there: Neighbours) {
    let agent = there.own.agent.clone();
    probe_all(there, agent, |_, _, _| true).await;
}

/// With it workspaces are founded and listed; every tool acts on the one that it was minted for.
async fn a_tenants_key_reaches_no_resources_of_other_workspaces(there: Neighbours) {
    let agent = there.world.tenants_agent(&there.world.mark).await;
    let told = agent.compact("workspace.describe", &json!({})).await.expect("a description");
    assert_eq!(told["slug"], "mark");
    probe_all(there, agent, Probe::fits_parameter).await;
}

/// Every operation with every id of the others that `chosen` takes; afterwards nothing of theirs has changed. A name of
/// another kind than the parameter is for is given by one surface: surfaces know nothing of kinds.
async fn probe_all(there: Neighbours, agent: Agent, chosen: Chosen) {
    let before = there.state_of_others().await;
    let there = Arc::new(there);
    let mut tasks = JoinSet::new();
    let mut probed = 0;
    let turns = calls_in_rotating_styles(&there.world, &SURFACES);
    for (tool, via) in calls_by_database(&there.world, &SURFACES) {
        let has_turn = turns.iter().any(|(other, turn)| Arc::ptr_eq(other, &tool) && *turn == via);
        let chosen = if has_turn { chosen } else { Probe::fits_parameter };
        if tasks.len() >= LANES {
            probed += tasks.join_next().await.expect("a task").expect("no panic");
        }
        tasks.spawn(probe(Arc::clone(&there), agent.clone(), tool, via, chosen));
    }
    while let Some(ended) = tasks.join_next().await {
        probed += ended.expect("no panic");
    }
    assert!(probed > 50, "there were {probed} probes");
    assert_eq!(there.state_of_others().await, before);
}

async fn probe(
    there: Arc<Neighbours>,
    agent: Agent,
    tool: Arc<Tool>,
    via: CallStyle,
    chosen: Chosen,
) -> usize {
    let mut probed = 0;
    for parameter in parameters(&tool) {
        for other in 0..there.others.len() {
            for probe in there.probes(other).iter().filter(|probe| chosen(probe, &tool, parameter))
            {
                let ask = async |value: &str| {
                    // Calls of one name would wait for each other.
                    let name = format!("never-made-{via:?}").to_lowercase();
                    let params = params_with(&there, &tool, &name, (parameter, value));
                    via.call(&agent, &tool, &params).await
                };
                let (mut theirs, mut nobodys) =
                    (ask(&probe.theirs).await, ask(&probe.nobodys).await);
                // If the machine was busy during one of them, the comparison would show nothing.
                for _ in 0..2 {
                    let is_busy = [&theirs, &nobodys].iter().any(|told| told.status == 503);
                    if theirs.status == nobodys.status || !is_busy {
                        break;
                    }
                    (theirs, nobodys) = (ask(&probe.theirs).await, ask(&probe.nobodys).await);
                }
                let what = format!("{} {parameter}={probe:?} by {via:?}", tool.spec.name);
                there.assert_unseen(&theirs.answer, &probe.theirs, &what);
                let fits = probe.fits_parameter(&tool, parameter);
                compare(&there, (probe, fits), (&theirs, &nobodys), &what);
                probed += 1;
            }
        }
    }
    probed
}

/// Parameters that are the own workspace's but for one.
fn params_with(
    there: &Neighbours,
    tool: &Tool,
    name: &str,
    (parameter, value): (&str, &str),
) -> Value {
    let mut params = parameter_samples::params(tool, &there.own, name);
    if parameter == "repo" {
        // The other source of an app.
        params.as_object_mut().expect("an object").remove("image");
    }
    params[parameter] = json!(value);
    params
}

/// Compares two outcomes, which must have the same text. The only exception is the refusal of
/// another project's resource, which names the caller's own project.
fn compare(
    there: &Neighbours,
    (probe, fits): (&Probe, bool),
    (theirs, nobodys): (&CallResult, &CallResult),
    what: &str,
) {
    let blank = |told: &CallResult, given: &str| {
        // A host that was meant is derived from the given text.
        let meant = given.to_ascii_lowercase().replace('_', "-");
        let text = told.answer.text.replace(given, "‹given›").replace(&meant, "‹given›");
        without_suggestions(&text)
    };
    if probe.is_refused_by_sentence(&theirs.failure()["error"], &there.own.project) {
        assert_eq!((theirs.status, nobodys.status), (403, 404), "{what}: {}", nobodys.answer.text);
        return;
    }
    assert!(!(fits && probe.is_of_coolify()), "{what}: {}", theirs.answer.text);
    assert_eq!(theirs.status, nobodys.status, "{what}: {}", theirs.answer.text);
    assert_eq!(header_names(theirs), header_names(nobodys), "{what}");
    if theirs.outcome.is_err() {
        assert_eq!(blank(theirs, &probe.theirs), blank(nobodys, &probe.nobodys), "{what}");
    } else {
        // A text that names nothing here creates something with an id and a time of its own.
        assert_eq!(members(theirs), members(nobodys), "{what}");
    }
}

/// Returns a text without the names that it suggests: those of the own workspace that are similar to the
/// given text.
fn without_suggestions(text: &str) -> String {
    static SUGGESTION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"Did you mean [^?]+\? ([^?]+?) lists? what exists\.").expect("a pattern")
    });
    SUGGESTION.replace_all(text, "Use $1 to find the right uuid or name.").into_owned()
}

fn header_names(told: &CallResult) -> Vec<&String> {
    told.answer.headers.keys().collect()
}

fn members(told: &CallResult) -> Vec<String> {
    let result = told.outcome.as_ref().expect("a result");
    result.as_object().expect("an object").keys().cloned().collect()
}

async fn paths_of_other_and_of_absent_workspaces_get_the_same_403(there: Neighbours) {
    let before = there.state_of_others().await;
    let tenants = there.world.tenants_agent(&there.world.mark).await;
    let mut texts = std::collections::BTreeSet::new();
    for tool in there.world.dispatcher.registry().operations() {
        if !tool.spec.route.full_path().contains("{slug}") {
            continue;
        }
        for (other, agent) in there
            .others
            .iter()
            .flat_map(|other| [&there.own.agent, &tenants].map(|agent| (other, agent)))
        {
            for (slug, estate) in [
                (other.agent.slug.as_str(), other),
                (other.agent.slug.as_str(), &there.own),
                ("nobody-here", other),
                ("nobody-here", &there.own),
            ] {
                let params = parameter_samples::params(tool, estate, "never-made");
                let answer = agent.with_slug(slug).rest_raw(tool, &params).await;
                let what = format!("{} in {slug}", tool.spec.name);
                assert_eq!(answer.status, 403, "{what}: {}", answer.text);
                there.assert_unseen(&answer, "", &what);
                texts.insert(answer.text);
            }
        }
    }
    assert_eq!(texts.len(), 1, "{texts:#?}");
    assert_eq!(there.state_of_others().await, before);
}

async fn answers_to_own_calls_contain_nothing_of_other_workspaces(there: Neighbours) {
    let before = there.state_of_others().await;
    for (tool, via) in calls_by_database(&there.world, &SURFACES) {
        if tool.spec.access == covibe_domain::Access::Destroy {
            continue;
        }
        let params =
            parameter_samples::params(&tool, &there.own, &format!("own-{via:?}").to_lowercase());
        let told = via.call(&there.own.agent, &tool, &params).await;
        there.assert_unseen(&told.answer, "", &format!("{} by {via:?}", tool.spec.name));
    }
    for path in ["/api/mcp", "/api/health", "/openapi.json", "/api/workspaces", "/"] {
        let answer = there.own.agent.send("GET", path, &[], None).await;
        there.assert_unseen(&answer, "", path);
    }
    let listed = there.own.agent.rpc("tools/list", &json!({})).await;
    there.assert_unseen(&listed, "", "tools/list");
    assert_eq!(there.state_of_others().await, before);
}

/// Another workspace's resource costs as many upstream calls as one that does not exist. Where the
/// answers differ anyway (403 for another project's resource, 404 otherwise), one call more or less
/// reveals nothing new.
#[tokio::test(flavor = "multi_thread")]
async fn foreign_and_absent_resources_cost_the_same_upstream_calls() {
    // The database takes no part in it.
    let there = Neighbours::on(Backend::Sqlite).await.expect("SQLite");
    for tool in crate::support::for_keys(&there.world) {
        upstream_call_cost::fetch_lists(&there).await;
        let mut are_fetched = true;
        for parameter in parameters(tool) {
            for probe in there.probes(0).iter().chain(&there.probes(1)) {
                let mut cost = async |value: &str| {
                    let params = params_with(&there, tool, "never-made", (parameter, value));
                    let call = (&**tool, &params);
                    upstream_call_cost::cost(&there, call, value, &mut are_fetched).await
                };
                let ((mut theirs, told), (mut nobodys, _)) =
                    (cost(&probe.theirs).await, cost(&probe.nobodys).await);
                // Concurrent requests come in any order.
                theirs.sort();
                nobodys.sort();
                let what = format!("{} {parameter}={probe:?}", tool.spec.name);
                if probe.is_refused_by_sentence(&told["error"], &there.own.project) {
                    let more = theirs.len().abs_diff(nobodys.len());
                    assert!(more <= 1, "{what}: {theirs:?}, {nobodys:?}");
                } else {
                    assert_eq!(theirs, nobodys, "{what}");
                }
            }
        }
    }
}
