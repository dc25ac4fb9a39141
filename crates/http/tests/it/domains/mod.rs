//! Domains: searching, buying, listing and attaching them.

mod attached_hosts;
mod attaching;
mod attaching_at_once;
mod attaching_by_updates;
mod attaching_killed;
mod attaching_refused;
mod buying;
mod killed;
mod many;
mod prices;
mod rivals;
mod searching;
mod spending;
mod unknown;
mod zones;

use covibe_sandbox::opensrs::{Collection, Trouble, TroubleKind};
use covibe_testkit::{Agent, Answer, World};
use serde_json::{Value, json};

use crate::support::samples::contact;
use crate::support::{schema, tool};

/// What `domains.register` needs for a domain.
fn order(domain: &str) -> Value {
    json!({ "domain": domain, "contact": contact() })
}

/// The same with more parameters.
fn order_with(domain: &str, more: Value) -> Value {
    let mut params = order(domain);
    let Value::Object(more) = more else { panic!("parameters") };
    params.as_object_mut().expect("parameters").extend(more);
    params
}

/// A call of mark's that must succeed; its answer must be as the operation's schema says.
async fn done(world: &World, name: &str, params: Value) -> Value {
    let answer = world.mark.agent.compact(name, &params).await;
    let answer = answer.unwrap_or_else(|why| panic!("{name} {params}: {why}"));
    schema::assert_valid(&tool(world, name).output, &answer, name);
    answer
}

/// A call that must fail with a status.
async fn refused(agent: &Agent, name: &str, params: &Value, status: u16) -> Answer {
    let answer = agent.compact_raw(name, params).await;
    assert_eq!(answer.status, status, "{name} {params}: {}", answer.text);
    answer
}

/// What happened to a domain of mark's, the first event first.
async fn events(world: &World, domain: &str) -> Vec<String> {
    let answer = done(world, "domains.get", json!({ "domain": domain })).await;
    let events = answer["events"].as_array().expect("a list");
    events.iter().rev().map(|event| event["kind"].as_str().expect("a word").to_owned()).collect()
}

/// What the workspaces were billed for, as `order/cents`.
async fn debits(world: &World) -> Vec<String> {
    let mut debits = Vec::new();
    for member in [&world.mark, &world.justine] {
        let mut tx = world.store.tenant_read(&member.record.tenant).await.expect("a transaction");
        let found = tx.debits(&member.record.id, 100).await.expect("debits");
        tx.commit().await.expect("an end");
        debits
            .extend(found.iter().map(|debit| format!("{}/{}", debit.subject, debit.amount.minor)));
    }
    debits
}

/// What the registrar was paid for, as `domain/cents`.
fn paid(world: &World) -> Vec<String> {
    world.registrar.names(Collection::Payments)
}

/// Makes trouble for the next command of a kind.
fn trouble(world: &World, action: &'static str, kind: TroubleKind) {
    world.registrar.set(Trouble::once(action, kind));
}

/// How many orders of domains the registrar received.
fn orders_sent(world: &World) -> usize {
    world.registrar.requests().iter().filter(|it| it.path.ends_with("/sw_register")).count()
}
