//! Helpers that the tests of operations share: calls by any surface, samples of parameters, checks of answers.

pub mod compact_envelope_calls;
pub mod outcome_normalizer;
pub mod parameter_samples;
pub mod schema_validation;
pub mod surface_calls;
pub mod tool_name_spelling;
pub mod workspace_resources;

pub use surface_calls::CallStyle;
pub use workspace_resources::Estate;

use std::sync::Arc;

use crate::{Options, World};
use covibe_dispatch::Tool;
use covibe_domain::boxed;
use covibe_sandbox::coolify::Version;
use covibe_store::Backend;
use serde_json::Value;
use surface_calls::CallResult;

/// Turns each function of a release into a test on every release of Coolify.
#[macro_export]
macro_rules! on_each_release {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            use covibe_sandbox::coolify::Version;

            #[tokio::test(flavor = "multi_thread")]
            async fn on_beta_473() {
                super::$name(Version::Beta473).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_4_1() {
                super::$name(Version::V4_1).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_4_3() {
                super::$name(Version::V4_3).await;
            }
        })+
    };
}

pub use crate::on_each_release;

/// Starts a world on a release of Coolify.
#[boxed]
pub async fn start_on_release(version: Version) -> World {
    World::start(Options::on_release(version)).await.expect("SQLite is built in")
}

/// Calls an operation as Mark. A successful answer must match the operation's schema.
#[boxed]
pub async fn call(world: &World, via: CallStyle, name: &str, params: &Value) -> CallResult {
    let tool = tool(world, name);
    let told = via.call(&world.mark.agent, &tool, params).await;
    if let Ok(answer) = &told.outcome {
        schema_validation::assert_valid(&tool.output, answer, name);
    }
    told
}

/// Calls an operation that must succeed, and returns its result.
#[boxed]
pub async fn expect_success(world: &World, via: CallStyle, name: &str, params: &Value) -> Value {
    call(world, via, name, params).await.result(&format!("{name} {params}"))
}

/// Returns the operation of this dotted name.
pub fn tool(world: &World, name: &str) -> Arc<Tool> {
    let mut all = world.dispatcher.registry().operations();
    Arc::clone(all.find(|tool| tool.spec.name == name).expect("an operation"))
}

/// Returns every operation that a key may call.
pub fn for_keys(world: &World) -> impl Iterator<Item = &Arc<Tool>> {
    world.dispatcher.registry().operations().filter(|tool| !parameter_samples::is_for_people(tool))
}

/// Returns every operation that a key may call, with every surface that reaches it.
pub fn all_calls(world: &World) -> Vec<(Arc<Tool>, CallStyle)> {
    let operations = for_keys(world);
    operations
        .flat_map(|tool| CallStyle::for_tool(tool).map(|via| (Arc::clone(tool), via)))
        .collect()
}

/// Returns every operation that a key may call, each with one of these surfaces that reaches it, in turn: for rules that
/// hold below the surfaces. REST must be among them.
pub fn calls_in_rotating_styles(
    world: &World,
    styles: &[CallStyle],
) -> Vec<(Arc<Tool>, CallStyle)> {
    let call = |(number, tool): (usize, &Arc<Tool>)| {
        let reaching: Vec<_> =
            CallStyle::for_tool(tool).filter(|via| styles.contains(via)).collect();
        (Arc::clone(tool), reaching[number % reaching.len()])
    };
    for_keys(world).enumerate().map(call).collect()
}

/// Returns every operation that a key may call, on SQLite with each of these surfaces that reaches it. On PostgreSQL
/// each has one: surfaces know nothing of the database, but what each operation reads and writes there has to be tested.
pub fn calls_by_database(world: &World, styles: &[CallStyle]) -> Vec<(Arc<Tool>, CallStyle)> {
    match world.options().backend {
        Backend::Sqlite => {
            all_calls(world).into_iter().filter(|(_, via)| styles.contains(via)).collect()
        }
        Backend::Postgres => calls_in_rotating_styles(world, styles),
    }
}

/// Returns the text within the frame of a log or an output, after checking the frame. An empty text needs none.
///
/// # Panics
///
/// If it has no frame.
pub fn unframed(text: &Value) -> &str {
    let text = text.as_str().expect("a text");
    if text.is_empty() {
        return text;
    }
    let (first, rest) = text.split_once('\n').expect("a frame");
    let (inner, last) = rest.rsplit_once('\n').expect("a frame");
    let mark = first.split(' ').nth(2).expect("a mark");
    assert!(first.starts_with("--- ") && last == format!("--- end {mark} ---"), "{text}");
    inner
}
