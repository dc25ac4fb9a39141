//! The calls about containers, volumes and networks.

mod archive;
mod container;
mod containers;
mod control;
mod logs;
mod name;
mod networks;
mod time;
mod volumes;

pub use container::State;
pub(crate) use container::inspect as inspect_container;
pub use containers::Container;
pub use logs::{LogLine, LogQuery, Logs};
pub use networks::Network;
pub use volumes::{Volume, VolumeSize};
