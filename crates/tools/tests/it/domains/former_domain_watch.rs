//! The task that detaches domains from the apps of workspaces that have lost them.

use covibe_domain::{DomainName, Failure};
use covibe_sandbox::opensrs::Release;
use covibe_testkit::{Member, World};
use covibe_workspace::{FormerDomainWatch, HostRemoval, HostsLeft, Workspace};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::order;
use super::zone_removal::lose;
use crate::BUSY_MACHINE;

/// A removal of hosts that panics for one domain, and has nothing to remove for others. It reports each domain.
#[derive(Debug)]
struct PanicsFor {
    domain: &'static str,
    begun: mpsc::UnboundedSender<DomainName>,
}

impl HostRemoval for PanicsFor {
    fn remove_hosts<'a>(
        &'a self,
        _: Workspace,
        domain: &'a DomainName,
        _: bool,
    ) -> BoxFuture<'a, Result<HostsLeft, Failure>> {
        self.begun.send(domain.clone()).expect("the test waits for it");
        assert_ne!(domain.as_str(), self.domain, "this removal panics");
        ready(Ok(HostsLeft { are_gone: true, changes: Vec::new() })).boxed()
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

#[tokio::test(flavor = "multi_thread")]
async fn the_watch_works_on_other_domains_after_a_removal_panicked() {
    let world = World::embedded().await;
    let (sender, mut begun) = mpsc::unbounded_channel();
    let removal = PanicsFor { domain: "first.com", begun: sender };
    let _watch = FormerDomainWatch::begin(&world.platform, removal);
    let members = (&world.mark, &world.justine);
    for domain in ["first.com", "second.com"] {
        hand_over(&world, domain, members).await;
        wait_for_removal(&mut begun, domain).await;
    }
}
