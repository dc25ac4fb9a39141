//! One journey with faults in it.

use std::time::Duration;

use covibe_domain::{CellName, Kind};
use covibe_store::QueueState;
use covibe_testkit::{AgentAnswer, World};

use super::expected_failures::{MARKER, Scenario};
use super::journey::{Journey, Step};
use super::recorded_step_calls::{self, Upstream, UpstreamCall};
use super::{ATTEMPT, DEADLINE, LATE};

/// Faults on calls of one step, in a journey of their own.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) step: Step,
    pub(super) calls: Vec<UpstreamCall>,
    /// One after the other, each met by a try of its own.
    pub(super) scenarios: Vec<Scenario>,
    /// True if every attempt meets them, false if only the first does.
    pub(super) lasts: bool,
}

impl Case {
    /// Runs the journey; returns the failures that the audit must have, by tool and outcome.
    pub(super) async fn run(&self, world: &mut World) -> Vec<(String, String)> {
        let mut journey = Journey::begin(world, self.name.clone(), self.step).await;
        journey.until(world, self.step).await;
        let mut outcomes = Vec::new();
        for scenario in &self.scenarios {
            let answer = self.meet_fault(world, &journey, scenario).await;
            if self.lasts && self.is_overcome(scenario) {
                assert!(answer.status < 300, "{scenario:?} on {self:?}: {}", answer.text);
                journey.keep(self.step, &answer.json());
            } else if self.lasts {
                outcomes.push(self.check(world, scenario, &answer));
                if self.may_come_late(scenario) {
                    tokio::time::sleep(LATE).await;
                }
            } else {
                assert!(answer.status < 300, "{self:?}: {}", answer.text);
                self.was_met(world);
                journey.keep(self.step, &answer.json());
            }
        }
        if self.lasts && !self.scenarios.iter().any(|scenario| self.is_overcome(scenario)) {
            journey.take(world, self.step).await;
        }
        journey.finish(world, self.step).await;
        journey.is_there_once(world).await;
        outcomes
    }

    /// Tries the step on a server that has just started, with a fault in its way.
    async fn meet_fault(
        &self,
        world: &mut World,
        journey: &Journey,
        scenario: &Scenario,
    ) -> AgentAnswer {
        wait_until_settled(world).await;
        world.restart().await;
        recorded_step_calls::clear(world);
        self.calls.iter().for_each(|call| self.arm(world, call, scenario));
        let attempt = async {
            tokio::select! {
                answer = journey.attempt(world, self.step) => answer,
                () = self.expire(world), if scenario.kind == Kind::Timeout => unreachable!(),
            }
        };
        let answer = tokio::time::timeout(DEADLINE + ATTEMPT, attempt).await;
        let answer = answer.unwrap_or_else(|_| panic!("{self:?} hangs"));
        recorded_step_calls::disarm(world);
        assert!(!answer.text.contains(MARKER), "{scenario:?} on {self:?}: {}", answer.text);
        answer
    }

    /// Lets the attempts that met the fault time out, as soon as they have reached the simulator;
    /// never ends.
    async fn expire(&self, world: &World) {
        loop {
            for call in self.calls.iter().filter(|call| call.is_pending(world)) {
                world.options().expiry.expire(|method, path| call.is_of(method, path));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Checks that each call was made once more than without a fault.
    fn was_met(&self, world: &World) {
        for call in &self.calls {
            let all = recorded_step_calls::received_calls(world, call.upstream);
            let same = all.iter().filter(|each| each.is_like(call)).count();
            let usual = self.calls.iter().filter(|each| each.is_like(call)).count();
            assert_eq!(same, 2 * usual, "{call:?} in {self:?}: {all:?}");
        }
    }

    fn arm(&self, world: &World, call: &UpstreamCall, scenario: &Scenario) {
        if self.lasts {
            call.arm(world, scenario.fault.clone().times(u32::MAX), call.earlier);
        } else {
            // The faults of earlier calls like this one meet the first attempts of those.
            call.arm(world, scenario.fault.clone(), call.earlier.min(1));
        }
    }

    /// Returns whether the one call that creates something may do so after its answer was given up.
    fn may_come_late(&self, scenario: &Scenario) -> bool {
        scenario.kind == Kind::Timeout && self.calls.iter().any(creates)
    }

    /// Returns whether the call succeeds although every attempt meets the fault.
    fn is_overcome(&self, scenario: &Scenario) -> bool {
        self.is_adopted(scenario) || self.is_seen(scenario)
    }

    /// Returns whether the upstream's change is seen afterwards: a new app shows the further settings that it has.
    fn is_seen(&self, scenario: &Scenario) -> bool {
        let is_patch =
            self.calls.iter().any(|call| call.method == "PATCH" && scenario.takes_effect(call));
        // What comes after the attempt was given up is not there yet.
        self.step == Step::CreateApp && is_patch && scenario.kind != Kind::Timeout
    }

    /// Returns whether the upstream creates something and ends the request with an error: it is found and finished.
    fn is_adopted(&self, scenario: &Scenario) -> bool {
        scenario.ends_with_500() && self.calls.iter().any(creates)
    }

    /// Checks the agent's answer; returns the tool and the outcome that the audit must have.
    fn check(&self, world: &World, scenario: &Scenario, answer: &AgentAnswer) -> (String, String) {
        let kind = scenario.kind_on(&self.calls);
        let what = format!("{scenario:?} on {self:?}: {}", answer.text);
        assert_eq!(answer.status, kind.status(), "{what}");
        let may_have = answer.json()["details"]["mayHaveHappened"] == true;
        let left_open = self.calls.iter().any(|call| scenario.leaves_open(call));
        assert_eq!(may_have, left_open || has_changed(world), "{what}");
        // What may still be made must be waited for, and is left alone until then.
        let waits = answer.headers.contains_key("retry-after");
        let may_come_late = self.may_come_late(scenario);
        assert_eq!(waits, kind == Kind::Limited || may_come_late, "{what}");
        let outcome = if kind == Kind::Unready && may_have { "unknown" } else { kind.code() };
        (self.step.tool().to_owned(), outcome.to_owned())
    }
}

/// Waits until it is known what became of a deployment whose hand-over was not answered: until then, another one of its app
/// waits.
async fn wait_until_settled(world: &World) {
    let open = async || {
        let open = world.store.open_deployments(&CellName::default()).await.expect("the queue");
        open.iter().any(|each| each.state == QueueState::Handing)
    };
    while open().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Returns whether a call creates something that the journal records.
fn creates(call: &UpstreamCall) -> bool {
    let makes = ["/applications/", "/databases/", "/services$"];
    let is_start = call.path.ends_with("/start$");
    call.method == "POST" && !is_start && makes.iter().any(|path| call.path.starts_with(path))
}

/// Returns whether an upstream accepted a change since its log was cleared.
fn has_changed(world: &World) -> bool {
    let requests =
        Upstream::ALL.into_iter().flat_map(|upstream| upstream.simulator(world).requests());
    // A deployment of the simulator fetches by POST.
    let changes =
        requests.filter(|each| each.method != "GET" && !each.path.ends_with("/git-upload-pack"));
    let mut answered = changes.map(|each| each.status);
    answered.any(|status| status.is_some_and(|status| status < 300))
}
