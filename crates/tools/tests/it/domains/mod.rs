//! Domains: searching, buying, listing and attaching them.

mod agreed_prices;
mod attached_hosts;
mod attachment;
mod attachment_crash_recovery;
mod competing_purchases;
mod concurrent_attachments;
mod dynamic_dns_updates;
mod former_domain_watch;
mod former_domains;
mod long_domain_list;
mod purchase_crash_recovery;
mod refused_attachments;
mod register;
mod search;
mod spending_limit;
mod unsettled_orders;
mod zone_removal;

use covibe_sandbox::opensrs::{Collection, Trouble, TroubleKind};
use covibe_testkit::{Member, World};
use serde_json::{Value, json};

use crate::support::compact_envelope_calls::{expect_failure, expect_success};
use crate::support::workspace_resources::contact;

/// Returns the parameters of `domains.register` for a domain.
fn order(domain: &str) -> Value {
    json!({ "domain": domain, "contact": contact() })
}

/// Returns the same with more parameters.
fn order_with(domain: &str, more: Value) -> Value {
    let mut params = order(domain);
    let Value::Object(more) = more else { panic!("parameters") };
    params.as_object_mut().expect("parameters").extend(more);
    params
}

/// Returns the events of a domain of mark's, the first one first.
async fn events(world: &World, domain: &str) -> Vec<String> {
    let answer = expect_success(world, "domains.get", json!({ "domain": domain })).await;
    let events = answer["events"].as_array().expect("a list");
    events.iter().rev().map(|event| event["kind"].as_str().expect("a word").to_owned()).collect()
}

/// Returns the amounts that both workspaces were billed, as `order/cents`.
async fn debits(world: &World) -> Vec<String> {
    debits_of(world, &[&world.mark, &world.justine]).await
}

/// Returns the amounts that these workspaces were billed, likewise.
async fn debits_of(world: &World, members: &[&Member]) -> Vec<String> {
    let mut debits = Vec::new();
    for member in members {
        let mut tx = world.store.tenant_read(&member.record.tenant).await.expect("a transaction");
        let found = tx.debits(&member.record.id, 100).await.expect("debits");
        tx.commit().await.expect("an end");
        debits
            .extend(found.iter().map(|debit| format!("{}/{}", debit.subject, debit.amount.minor)));
    }
    debits
}

/// Returns the amounts that the registrar was paid, as `domain/cents`.
fn paid(world: &World) -> Vec<String> {
    world.registrar.names(Collection::Payments)
}

/// Makes trouble for the next command of a kind.
fn trouble(world: &World, action: &'static str, kind: TroubleKind) {
    world.registrar.set(Trouble::for_next_command(action, kind));
}

/// Returns the number of orders of domains that the registrar received.
fn orders_sent(world: &World) -> usize {
    world.registrar.requests().iter().filter(|it| it.path.ends_with("/sw_register")).count()
}
