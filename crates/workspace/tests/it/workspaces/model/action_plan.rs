//! The possible acts and faults, in a form that is drawn at random and shrunk.

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{UpstreamCall, World};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// A credential to replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rotate {
    Pat,
    Clone,
    Keypair,
}

/// Something that somebody removes by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removed {
    Tokens,
    BotsKeys,
    CoolifysKey,
    Membership,
    Environment,
}

/// An act.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Provision(Vec<Rotate>),
    /// On two instances at the same time.
    ProvisionTwice(Vec<Rotate>),
    /// On an instance that is killed after this many calls to the upstreams.
    ProvisionKilled(Vec<Rotate>, usize),
    RemoveByHand(Removed),
    CreateApp,
    /// While a run is under way.
    CreateAppDuring(Vec<Rotate>),
}

/// Something that goes wrong at one of the calls of provisioning.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    name: Name,
    /// The number of the call, from the first again where there are fewer.
    at: usize,
    times: u32,
}

/// One thing that happens, with what goes wrong meanwhile.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) act: Act,
    pub(super) trouble: Option<Trouble>,
}

impl Trouble {
    /// Arms it for one of these calls.
    pub(super) fn arm(&self, world: &World, calls: &[UpstreamCall]) {
        let call = &calls[self.at % calls.len()];
        let delay = std::time::Duration::from_millis(120);
        call.arm(world, Fault::new(self.name).delay(delay).times(self.times), call.earlier);
    }
}

/// The parameters of a run.
pub(super) fn wants(rotate: &[Rotate]) -> Value {
    let word = |what: &Rotate| match what {
        Rotate::Pat => "pat",
        Rotate::Clone => "clone",
        Rotate::Keypair => "keypair",
    };
    json!({ "rotate": rotate.iter().map(word).collect::<Vec<_>>() })
}

fn rotate() -> impl Strategy<Value = Vec<Rotate>> {
    select(vec![
        vec![],
        vec![Rotate::Pat],
        vec![Rotate::Keypair],
        vec![Rotate::Clone],
        vec![Rotate::Pat, Rotate::Clone, Rotate::Keypair],
    ])
}

fn any_act() -> impl Strategy<Value = Act> {
    let removed = select(vec![
        Removed::Tokens,
        Removed::BotsKeys,
        Removed::CoolifysKey,
        Removed::Membership,
        Removed::Environment,
    ]);
    prop_oneof![
        3 => rotate().prop_map(Act::Provision),
        2 => rotate().prop_map(Act::ProvisionTwice),
        3 => (rotate(), 1..28_usize).prop_map(|(what, calls)| Act::ProvisionKilled(what, calls)),
        3 => removed.prop_map(Act::RemoveByHand),
        2 => Just(Act::CreateApp),
        2 => rotate().prop_map(Act::CreateAppDuring),
    ]
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let names = select(vec![
        Name::Status,
        Name::StatusAfter,
        Name::DropBefore,
        Name::DropAfter,
        Name::Malformed,
        Name::Delay,
        Name::Limited,
    ]);
    (names, 0..60_usize, 1..4_u32).prop_map(|(name, at, times)| {
        // Each of these takes a second.
        let times = if name == Name::Limited { 1 } else { times };
        Trouble { name, at, times }
    })
}

/// One thing that happens, half of them with something that goes wrong.
pub(super) fn step() -> impl Strategy<Value = Step> {
    (any_act(), proptest::option::of(trouble())).prop_map(|(act, trouble)| Step { act, trouble })
}
