//! Budgets: no draws exceed them, by any number of callers.

use std::time::Duration;

use covibe_store::{DrawnCalls, Store};
use futures_util::future::join_all;

use crate::fixture::*;

on_both!(
    a_budget_begins_full_and_fills_by_time,
    a_clock_that_goes_back_adds_nothing_to_the_budget,
    instances_draw_from_one_budget,
    budgets_of_different_names_are_independent,
);

/// Draws at a moment from a budget of 60 calls a minute, three at once.
async fn draw(store: &Store, want: u32, millis: i64) -> (u32, u128) {
    let DrawnCalls { granted, retry_after } =
        store.draw("coolify", want, 60, 3, at(millis)).await.unwrap();
    (granted, retry_after.as_millis())
}

async fn a_budget_begins_full_and_fills_by_time(fixture: Fixture) {
    let store = &fixture.store;
    assert_eq!(draw(store, 5, 10_000).await, (3, 0));
    assert_eq!(draw(store, 1, 10_000).await, (0, 1_000));
    assert_eq!(draw(store, 1, 10_400).await, (0, 600));
    assert_eq!(draw(store, 2, 11_000).await, (1, 0));
    assert_eq!(draw(store, 9, 90_000_000).await, (3, 0));
    assert_eq!(draw(store, 0, 90_000_000).await, (0, 1_000));
}

async fn a_clock_that_goes_back_adds_nothing_to_the_budget(fixture: Fixture) {
    let store = &fixture.store;
    assert_eq!(draw(store, 3, 100_000).await, (3, 0));
    assert_eq!(draw(store, 1, 70_000).await, (0, 31_000));
    assert_eq!(draw(store, 1, 100_000).await, (0, 1_000));
    assert_eq!(draw(store, 1, 101_000).await, (1, 0));
    // So far back that the clock must have been wrong before: counted from there on.
    assert_eq!(draw(store, 1, 10_000).await, (0, 1_000));
    assert_eq!(draw(store, 1, 11_000).await, (1, 0));
}

async fn instances_draw_from_one_budget(fixture: Fixture) {
    let stores = [fixture.store.clone(), fixture.another().await];
    let draw = async |number: usize| {
        let store = &stores[number % 2];
        store.draw("gitea", 2, 60, 25, at(5_000)).await.unwrap().granted
    };
    let granted = join_all((0..30).map(draw)).await;
    assert_eq!(granted.iter().sum::<u32>(), 25, "{granted:?}");
}

async fn budgets_of_different_names_are_independent(fixture: Fixture) {
    let all =
        async |name: &str, burst| fixture.store.draw(name, 100, 60, burst, at(0)).await.unwrap();
    assert_eq!(all("a", 4).await.granted, 4);
    assert_eq!(all("b", 6).await.granted, 6);
    // Less than one can't be held.
    let least = fixture.store.draw("c", 2, 0, 0, at(0)).await.unwrap();
    assert_eq!((least.granted, least.retry_after), (1, Duration::ZERO));
    let none = fixture.store.draw("c", 2, 0, 0, at(0)).await.unwrap();
    assert_eq!((none.granted, none.retry_after), (0, Duration::from_mins(1)));
}
