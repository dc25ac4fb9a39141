//! The calls about containers, volumes and networks.

mod archive;
mod container;
mod containers;
mod control;
mod labels;
mod logs;
mod name;
mod networks;
mod running;
mod starts;
mod time;
mod volumes;

pub use container::ContainerDetails;
pub(crate) use container::inspect as inspect_container;
pub use containers::Container;
pub use labels::Inherited;
pub use logs::{FoundLines, Judge, LogLine, LogQuery, Logs, MAX_LOG_LINES};
pub use networks::Network;
pub use running::Running;
pub use starts::{Moment, StartWait};
pub use volumes::{Volume, VolumeSize};
