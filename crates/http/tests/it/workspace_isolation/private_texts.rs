//! Texts that a workspace is shown and another one must never be: ids, names, hosts, values.

use std::collections::{BTreeSet, HashSet};

use covibe_domain::Timestamp;
use covibe_operation::surface;
use covibe_testkit_http::{Member, World};
use serde_json::Value;

use crate::support::workspace_resources::FOREIGN;
use crate::support::{CallStyle, Estate, parameter_samples};

/// Shorter words are no names.
const SHORTEST: usize = 6;

/// Returns the words that the others are shown and the own workspace is not, and those that nobody
/// is shown.
pub(super) async fn private(
    world: &World,
    own: &Estate,
    others: &[Estate],
    members: &[Member],
) -> Vec<String> {
    let registry = world.dispatcher.registry();
    let known = format!("{}{}", read_answers(world, own).await, surface::openapi(registry));
    // Few words are left to be searched for in the whole text, which is long.
    let known_words: HashSet<_> = words(&known).collect();
    let mut private: BTreeSet<String> = FOREIGN.map(str::to_owned).into();
    for (estate, member) in others.iter().zip(members) {
        let told = read_answers(world, estate).await;
        let is_known = |word: &str| known_words.contains(word) || known.contains(word);
        let told: BTreeSet<_> = words(&told).collect();
        let count = private.len();
        let is_own = |word: &&str| !is_known(word) && !is_of_time(word);
        private.extend(told.into_iter().filter(is_own).map(str::to_owned));
        assert!(private.len() > count + 20, "{}: {private:#?}", estate.agent.slug);
        private.extend(estate.private.iter().cloned());
        private.extend(hidden(member));
    }
    private.into_iter().collect()
}

/// Returns the values in the record that nobody is shown.
fn hidden(member: &Member) -> impl Iterator<Item = String> {
    let record = &member.record;
    let key = record.coolify_private_key_uuid.as_ref().map(ToString::to_string);
    let tokens = [&record.gitea_bot_token, &record.gitea_clone_token].map(Clone::clone);
    tokens.into_iter().chain([key]).flatten()
}

/// Returns all answers to the agent's read-only calls, as one text.
async fn read_answers(world: &World, estate: &Estate) -> String {
    let mut told = String::new();
    for tool in crate::support::for_keys(world) {
        // The audit has the names of tools, and ids that other answers have too.
        let is_own = !parameter_samples::is_for_tenants(tool) && tool.spec.name != "audit.list";
        if is_own && !tool.spec.access.changes() {
            let params = parameter_samples::params(tool, estate, "never-made");
            let answer = CallStyle::Rest.call(&estate.agent, tool, &params).await.answer;
            assert_eq!(answer.status, 200, "{}: {}", tool.spec.name, answer.text);
            texts(&answer.json(), &mut told);
            if tool.spec.document.is_some() {
                told.push_str(&answer.text);
            }
        }
    }
    told
}

fn texts(value: &Value, into: &mut String) {
    match value {
        Value::String(text) => {
            into.push_str(text);
            into.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(members) => members.values().for_each(|member| texts(member, into)),
        _ => {}
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| c.is_whitespace() || "\"'`(),;<>=*".contains(c);
    text.split(ends).map(|word| word.trim_matches(['.', ':'])).filter(|word| word.len() >= SHORTEST)
}

/// The states of containers, which change by themselves.
const STATES: [&str; 7] =
    ["running", "exited", "starting", "restarting", "degraded", "healthy", "unhealthy"];

/// Two workspaces may be shown the same moment or state.
fn is_of_time(word: &str) -> bool {
    STATES.contains(&word)
        || Timestamp::parse(word).is_some()
        || word.chars().all(|c| !c.is_alphabetic())
}
