//! Random sequences of runs, faults, kills and work by hand, against a model of what is true after
//! each: shrunk to the shortest that fails.

mod action_plan;
mod plan_execution;
mod workspace_life;

use proptest::collection::vec;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use tokio::runtime::Runtime;

use action_plan::{Step, step};
use workspace_life::Life;

/// The number of sequences that are tried with each seed.
const CASES: u32 = 4;

/// Carries out a sequence, and fails with the message of a panic.
fn carry_out(steps: &[Step]) -> Result<(), TestCaseError> {
    let lived = std::panic::catch_unwind(|| {
        let runtime = Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let mut life = Life::begin().await;
            for step in steps {
                life.take(step).await;
            }
            Box::pin(life.check_end()).await;
        });
    });
    lived.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        TestCaseError::fail(text.unwrap_or_else(|| "it panicked".to_owned()))
    })
}

fn check(seed: u8) {
    let config = Config {
        cases: CASES,
        max_shrink_iters: 60,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let sequences = vec(step(), 2..9).prop_map(Vec::from);
    let outcome = TestRunner::new_with_rng(config, rng).run(&sequences, |steps| carry_out(&steps));
    outcome.unwrap_or_else(|why| panic!("{why}"));
}

#[test]
fn a_random_sequence_of_actions_ends_in_a_ready_workspace() {
    // Most of a life is waiting for leases to pass.
    std::thread::scope(|scope| {
        let seeds: Vec<_> = (1..=4).map(|seed| scope.spawn(move || check(seed))).collect();
        for seed in seeds {
            seed.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
}

/// A failing sequence is printed readably, and is shrunk.
#[test]
fn a_failing_sequence_is_shrunk_and_printed_readably() {
    let mut runner = TestRunner::deterministic();
    let failed = runner.run(&vec(step(), 1..9), |steps| {
        let rotates = steps.iter().any(|step| format!("{step:?}").contains("Pat"));
        if rotates { Err(TestCaseError::fail("it rotates")) } else { Ok(()) }
    });
    let told = failed.expect_err("some do").to_string();
    let told = told.split_once("minimal failing input").expect("it is shrunk").1;
    assert!(told.matches("Step").count() == 1 && told.contains("Pat"), "{told}");
    assert!(told.contains("trouble: None") && told.lines().count() < 15, "{told}");
}
