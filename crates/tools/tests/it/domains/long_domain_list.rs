//! A workspace with ten thousand domains.

use std::time::Duration;

use covibe_domain::{DomainName, Money};
use covibe_store::{Backend, NewRegistration};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::expect_success;

/// The number of domains.
const DOMAINS: usize = 10_000;

async fn fill(world: &World) {
    let mark = &world.mark.record;
    let mut tx = world.store.tenant(&mark.tenant).await.expect("a transaction");
    for number in 0..DOMAINS {
        let registration = NewRegistration {
            workspace: mark.id.clone(),
            name: DomainName::from_written(&format!("n{number:05}.com")).expect("a domain"),
            registrar: "opensrs".to_owned(),
            attempt: number.to_string(),
            years: 1,
            price: Money::usd(1_450),
            is_private: false,
        };
        tx.begin_registration(&registration, Duration::ZERO).await.expect("a row");
    }
    tx.commit().await.expect("an end");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_domains_are_listed_page_by_page() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        fill(&world).await;
        let (mut seen, mut next) = (Vec::new(), Value::Null);
        loop {
            let params = if next.is_null() { json!({}) } else { json!({ "next": next }) };
            let page = expect_success(&world, "domains.list", params).await;
            assert!(page.to_string().len() <= 40_000, "{}", page.to_string().len());
            let domains = page["domains"].as_array().expect("a list");
            assert!(!domains.is_empty(), "a page without domains is not followed by another");
            seen.extend(
                domains.iter().map(|one| one["domain"].as_str().expect("a name").to_owned()),
            );
            next = page["next"].clone();
            if next.is_null() {
                break;
            }
        }
        let all: Vec<_> = (0..DOMAINS).map(|number| format!("n{number:05}.com")).collect();
        assert!(seen == all, "{} of {DOMAINS}", seen.len());
        world.stop().await;
    }
}
