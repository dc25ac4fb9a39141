//! What the tests of the surface share.

pub(crate) mod call_style;
pub(crate) mod compact;
pub(crate) mod estate;
pub(crate) mod normalizer;
pub(crate) mod raw;
pub(crate) mod samples;
pub(crate) mod schema;
pub(crate) mod spelling;

pub(crate) use call_style::CallStyle;
pub(crate) use estate::Estate;

use std::sync::Arc;

use call_style::CallResult;
use covibe_dispatch::Tool;
use covibe_sandbox::coolify::Version;
use covibe_testkit::{Options, World};
use serde_json::Value;

/// Makes a function of a release a test on each release of Coolify.
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

pub(crate) use on_each_release;

/// A world on a release of Coolify.
pub(crate) async fn on(version: Version) -> World {
    let mut options = Options::default();
    options.coolify.version = version;
    World::start(options).await.expect("SQLite is built in")
}

/// A call of mark's; its answer must be as the operation's schema says.
pub(crate) async fn call(world: &World, via: CallStyle, name: &str, params: &Value) -> CallResult {
    let tool = tool(world, name);
    let told = via.call(&world.mark.agent, &tool, params).await;
    if let Ok(answer) = &told.outcome {
        schema::assert_valid(&tool.output, answer, name);
    }
    told
}

/// A call that must succeed.
pub(crate) async fn done(world: &World, via: CallStyle, name: &str, params: &Value) -> Value {
    call(world, via, name, params).await.result(&format!("{name} {params}"))
}

/// The operation of this dotted name.
pub(crate) fn tool(world: &World, name: &str) -> Arc<Tool> {
    let mut all = world.dispatcher.registry().operations();
    Arc::clone(all.find(|tool| tool.spec.name == name).expect("an operation"))
}

/// Every operation that a key may call.
pub(crate) fn for_keys(world: &World) -> impl Iterator<Item = &Arc<Tool>> {
    world.dispatcher.registry().operations().filter(|tool| !samples::is_for_people(tool))
}

/// Every operation that a key may call, with every surface that it is reached by.
pub(crate) fn everything(world: &World) -> Vec<(Arc<Tool>, CallStyle)> {
    let operations = for_keys(world);
    operations.flat_map(|tool| CallStyle::of(tool).map(|via| (Arc::clone(tool), via))).collect()
}
