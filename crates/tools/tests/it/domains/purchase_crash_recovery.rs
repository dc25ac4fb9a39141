//! A server that dies while it buys a domain.

use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_store::Backend;
use covibe_testkit::{AgentAnswer, Options, World};
use tokio::runtime::Runtime;

use super::{debits, order, orders_sent, paid};

/// The longest time of a call; the lease of a killed one lasts a little longer.
const DEADLINE: Duration = Duration::from_secs(3);

/// A server of the world's own begins to buy a domain, and dies while it waits for the answer to its order, or
/// reads it.
fn kill(world: &World, fault: Name) {
    world.registrar.arm(Fault::new(fault).on("POST", "/sw_register$"));
    let dies = || {
        let runtime = Runtime::new().expect("a runtime");
        let process = runtime.block_on(world.process());
        runtime.block_on(async {
            let call = process.call(&world.mark, "domains.register", order("killed.com"));
            tokio::select! {
                _late = call => {}
                () = arrived(world, fault.has_effect()) => {}
            }
        });
        runtime.shutdown_timeout(Duration::from_secs(1));
    };
    tokio::task::block_in_place(|| std::thread::scope(|scope| scope.spawn(dies).join()))
        .expect("a killed server");
    world.registrar.disarm();
}

async fn arrived(world: &World, is_answered: bool) {
    loop {
        let requests = world.registrar.requests();
        let mut orders = requests.iter().filter(|it| it.path == "/sw_register");
        if orders.any(|order| order.status.is_some() || !is_answered) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Asks again for as long as the killed call has the domain.
async fn patient(world: &World) -> AgentAnswer {
    loop {
        let params = order("killed.com");
        let answer = world.mark.agent.compact_raw("domains.register", &params).await;
        if !answer.text.contains("Another call") {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_interrupted_by_a_killed_server_is_paid_once_after_repeats() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        for fault in [Name::Hang, Name::Huge] {
            let settle_orders = Duration::ZERO;
            let options = Options { backend, ..Options::default() }
                .with_deadline(DEADLINE)
                .with_settings(|it| it.settle_orders = settle_orders);
            let Some(world) = World::start(options).await else { continue };
            kill(&world, fault);
            assert_eq!(paid(&world).len(), usize::from(fault.has_effect()), "{fault:?}");
            let mut answer = patient(&world).await;
            if answer.status != 200 {
                // The first look found that nothing was ordered.
                answer = patient(&world).await;
            }
            assert_eq!(answer.status, 200, "{fault:?} {}", answer.text);
            assert_eq!(orders_sent(&world), if fault.has_effect() { 1 } else { 2 }, "{fault:?}");
            assert_eq!((paid(&world).len(), debits(&world).await.len()), (1, 1), "{fault:?}");
            world.stop().await;
        }
    }
}
