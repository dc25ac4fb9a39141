//! Random schedules of calls of rival workspaces, with faults, kills and retries, over a model of the registrar
//! and of the database.

mod database;
mod registrar;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use covibe_domain::entities::RegistrationState;
use covibe_domain::{DomainName, Money, Secret, Timestamp, WorkspaceId};
use covibe_registrar::{Contact, Credentials, OrderStatus, Registration};
use covibe_store::{DomainRecord, NewRegistration};

use self::database::ModelBook;
use self::registrar::{ModelRegistrar, PlacedOrder};
use super::purchase_protocol::Protocol;

/// The number of schedules that are tried.
const SCHEDULES: u64 = 12_000;

/// The time within which the model's registrar places an order after it was sent, in milliseconds.
const LATEST: i64 = 500_000;

/// The maximum duration of a call, in milliseconds; a lease is longer.
const DEADLINE: i64 = 45_000;

/// The state of the model: the database, the registrar, and the time.
#[derive(Debug, Default)]
struct ModelWorld {
    random: u64,
    now: i64,
    rows: Vec<DomainRecord>,
    debits: Vec<(WorkspaceId, String)>,
    orders: Vec<PlacedOrder>,
    /// True if every release of a held order would exceed a limit on expenses.
    is_limit_reached: bool,
    refused_releases: u32,
    /// The number of requests to process a held order.
    released: u32,
}

#[derive(Clone, Debug)]
struct Shared(Arc<Mutex<ModelWorld>>);

impl Shared {
    fn new(seed: u64) -> Self {
        let random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let world = ModelWorld { random, now: 1_000_000_000, ..ModelWorld::default() };
        Self(Arc::new(Mutex::new(world)))
    }

    fn lock(&self) -> MutexGuard<'_, ModelWorld> {
        self.0.lock().unwrap()
    }
}

impl ModelWorld {
    /// Returns a number below `bound` (xorshift64*).
    fn random_below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    /// Places the orders that are due, and ends some that wait.
    fn advance(&mut self, millis: i64) {
        self.now += millis;
        for at in 0..self.orders.len() {
            let (now, lot) = (self.now, self.random_below(4));
            self.orders[at].age(now, lot);
        }
    }
}

/// Waits until it is polled again.
async fn turn() {
    futures_util::pending!();
}

fn name(number: u64) -> DomainName {
    DomainName::from_written(&format!("d{number}.test")).unwrap()
}

fn workspace(number: u64) -> WorkspaceId {
    format!("ws_rival{number}").parse().unwrap()
}

fn registration(workspace: &WorkspaceId, domain: &DomainName) -> Registration {
    Registration {
        domain: domain.to_string(),
        years: 1,
        credentials: Credentials { username: workspace.to_string(), password: Secret::new("x") },
        contact: Contact::default(),
        nameservers: Vec::new(),
        privacy: false,
        premium_price: None,
        ca: None,
    }
}

fn intent(workspace: &WorkspaceId, domain: &DomainName, attempt: String) -> NewRegistration {
    NewRegistration {
        workspace: workspace.clone(),
        name: domain.clone(),
        registrar: "model".to_owned(),
        attempt,
        years: 1,
        price: Money::usd(1_450),
        is_private: false,
    }
}

const fn settle_after() -> Duration {
    // A call sends its order before its deadline, and the order is placed before that.
    Duration::from_millis((DEADLINE + LATEST).unsigned_abs() + 1)
}

/// One call, as `domains.register` makes it.
async fn call(shared: Shared, of: u64, domain: u64, attempt: String) {
    let (workspace, domain) = (workspace(of), name(domain));
    let book = ModelBook { shared: shared.clone(), workspace: workspace.clone() };
    let registrar = ModelRegistrar(shared.clone());
    let protocol = Protocol { registrar: &registrar, book: &book, settle_after: settle_after() };
    let until = Instant::now() + Duration::from_mins(10);
    if let Ok(None) = protocol.present(&domain, until).await {
        let new = intent(&workspace, &domain, attempt);
        let _answer = protocol.buy(&new, &registration(&workspace, &domain), until).await;
    }
}

/// A call in progress, and its deadline.
type Call = (Pin<Box<dyn Future<Output = ()>>>, i64);

/// Runs calls in a random order of their steps, and kills some of them.
fn run(shared: &Shared) {
    let mut calls: Vec<Call> = Vec::new();
    let mut begun = 0;
    let mut cx = Context::from_waker(Waker::noop());
    while begun < 8 || !calls.is_empty() {
        let (choice, which, kills, millis) = {
            let mut world = shared.lock();
            (
                world.random_below(6),
                world.random_below(64),
                world.random_below(25) == 0,
                world.random_below(4_000),
            )
        };
        shared.lock().advance(i64::try_from(millis).unwrap());
        if calls.is_empty() || (choice == 0 && begun < 8) {
            begun += 1;
            if begun <= 8 {
                let (of, domain) = (which % 2, which / 2 % 2);
                let call = call(shared.clone(), of, domain, format!("{begun}"));
                calls.push((Box::pin(call), shared.lock().now + DEADLINE));
            }
            continue;
        }
        let at = usize::try_from(which).unwrap() % calls.len();
        let is_late = shared.lock().now >= calls[at].1;
        if kills || is_late || calls[at].0.as_mut().poll(&mut cx).is_ready() {
            drop(calls.swap_remove(at));
        }
    }
}

/// Settles everything, as the reconciler does.
fn reconcile(shared: &Shared) {
    // The registrar fails often: nobody may need a lucky round.
    for _ in 0..40 {
        shared.lock().advance(DEADLINE + LATEST + 200_000);
        let rows = shared.lock().rows.clone();
        for row in rows.iter().filter(|row| row.is_unsettled()) {
            let book = ModelBook { shared: shared.clone(), workspace: row.workspace.clone() };
            let registrar = ModelRegistrar(shared.clone());
            let settle_after = settle_after();
            let protocol = Protocol { registrar: &registrar, book: &book, settle_after };
            let mut settling = Box::pin(protocol.reconcile(row));
            let mut cx = Context::from_waker(Waker::noop());
            while settling.as_mut().poll(&mut cx).is_pending() {}
        }
    }
}

fn check(shared: &Shared, seed: u64) {
    let world = shared.lock();
    let show = || format!("schedule {seed}: {world:#?}");
    let live: Vec<_> = world.orders.iter().filter(|order| !order.has_failed()).collect();
    for order in &live {
        let same = |other: &&&PlacedOrder| other.by == order.by && other.domain == order.domain;
        assert_eq!(live.iter().filter(same).count(), 1, "two orders for one intent: {}", show());
    }
    let bought = || live.iter().filter(|order| order.status == OrderStatus::Completed);
    for order in bought() {
        let debit = (order.by.clone(), order.id.clone());
        let debits = world.debits.iter().filter(|other| **other == debit).count();
        assert_eq!(debits, 1, "an order without its debit: {}", show());
    }
    assert_eq!(world.debits.len(), bought().count(), "a debit without an order: {}", show());
    for row in world.rows.iter().filter(|row| row.state == RegistrationState::Registered) {
        let is_own = |order: &&&PlacedOrder| {
            row.order.as_ref() == Some(&order.id)
                && order.by == row.workspace
                && order.domain == row.name
        };
        assert!(bought().any(|order| is_own(&order)), "another tenant's domain: {}", show());
    }
}

#[test]
fn no_schedule_of_registrations_buys_twice_or_bills_wrongly() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _guard = runtime.enter();
    let (mut bought, mut failed) = (0, 0);
    for seed in 0..SCHEDULES {
        let shared = Shared::new(seed);
        run(&shared);
        reconcile(&shared);
        check(&shared, seed);
        let world = shared.lock();
        bought += world.debits.len();
        failed += world.rows.iter().filter(|row| row.state == RegistrationState::Failed).count();
    }
    assert!(bought > 1_000 && failed > 1_000, "{bought} bought, {failed} failed");
}

#[test]
fn no_schedule_releases_a_held_order_beyond_a_limit_on_expenses() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _guard = runtime.enter();
    let mut refused = 0;
    for seed in 0..SCHEDULES / 10 {
        let shared = Shared::new(seed);
        shared.lock().is_limit_reached = true;
        run(&shared);
        reconcile(&shared);
        check(&shared, seed);
        let world = shared.lock();
        assert_eq!(world.released, 0, "schedule {seed}");
        refused += world.refused_releases;
    }
    assert!(refused > 0);
}
