//! The task that detaches domains from the apps of workspaces that have lost them.

use covibe_domain::{DomainName, Failure};
use covibe_sandbox::opensrs::Release;
use covibe_testkit::{Member, World};
use covibe_workspace::{FormerDomainWatch, HostRemoval, HostsLeft, Workspace};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, pending, ready};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::order;
use super::zone_removal::lose;
use crate::BUSY_MACHINE;

/// The first domain that is lost.
const FIRST: &str = "first.com";

/// The fault of the removal of hosts of the first domain.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Panics,
    NeverEnds,
}

/// A removal of hosts that has this fault, and has nothing to remove of other domains. It reports each domain.
#[derive(Debug)]
struct FaultyRemoval {
    fault: Fault,
    begun: mpsc::UnboundedSender<DomainName>,
}

impl HostRemoval for FaultyRemoval {
    fn remove_hosts<'a>(
        &'a self,
        _: Workspace,
        domain: &'a DomainName,
        _: bool,
    ) -> BoxFuture<'a, Result<HostsLeft, Failure>> {
        let _ended = self.begun.send(domain.clone());
        match self.fault {
            _ if domain.as_str() != FIRST => {
                ready(Ok(HostsLeft { are_gone: true, changes: Vec::new() })).boxed()
            }
            Fault::Panics => panic!("this removal panics"),
            Fault::NeverEnds => pending().boxed(),
        }
    }
}

/// Lets a member register a domain and lose it, and another one register it.
async fn hand_over(world: &World, domain: &str, (from, to): (&Member, &Member)) {
    from.agent.compact("domains.register", &order(domain)).await.expect("it is free");
    lose(world, from, domain, 31).await;
    world.registrar.set(Release { domain: domain.to_owned() });
    to.agent.compact("domains.register", &order(domain)).await.expect("it is free again");
}

/// Waits until the removal of the hosts of a domain begins.
async fn wait_for_removal(begun: &mut mpsc::UnboundedReceiver<DomainName>, domain: &str) {
    let removal = async { while begun.recv().await.expect("the watch runs").as_str() != domain {} };
    timeout(BUSY_MACHINE, removal).await.expect("the removal begins");
}

/// Begins to watch, and returns the domains whose removal begins.
fn watch(world: &World, fault: Fault) -> (FormerDomainWatch, mpsc::UnboundedReceiver<DomainName>) {
    let (sender, begun) = mpsc::unbounded_channel();
    (FormerDomainWatch::begin(&world.platform, FaultyRemoval { fault, begun: sender }), begun)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watch_works_on_other_domains_after_a_removal_panicked() {
    let world = World::embedded().await;
    let (_watch, mut begun) = watch(&world, Fault::Panics);
    for domain in [FIRST, "second.com"] {
        hand_over(&world, domain, (&world.mark, &world.justine)).await;
        wait_for_removal(&mut begun, domain).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watch_works_on_domains_of_other_tenants_while_a_removal_does_not_end() {
    let world = World::embedded().await;
    let (_watch, mut begun) = watch(&world, Fault::NeverEnds);
    let (mark, justine) = (&world.mark, &world.justine);
    for (domain, members) in [(FIRST, (mark, justine)), ("second.com", (justine, mark))] {
        hand_over(&world, domain, members).await;
        wait_for_removal(&mut begun, domain).await;
    }
}
