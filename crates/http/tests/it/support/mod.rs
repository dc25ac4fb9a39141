//! What the tests of the surface share.

pub(crate) mod estate;
pub(crate) mod plain;
pub(crate) mod raw;
pub(crate) mod samples;
pub(crate) mod schema;
pub(crate) mod via;

pub(crate) use estate::Estate;
pub(crate) use via::Via;

use std::sync::Arc;

use covibe_testkit::World;
use covibe_tools::Tool;

/// The operation of this dotted name.
pub(crate) fn tool(world: &World, name: &str) -> Arc<Tool> {
    let mut all = world.dispatcher.registry().operations();
    Arc::clone(all.find(|tool| tool.spec.name == name).expect("an operation"))
}

/// Every operation with every surface that it is reached by.
pub(crate) fn everything(world: &World) -> Vec<(Arc<Tool>, Via)> {
    let operations = world.dispatcher.registry().operations();
    operations.flat_map(|tool| Via::of(tool).map(|via| (Arc::clone(tool), via))).collect()
}
