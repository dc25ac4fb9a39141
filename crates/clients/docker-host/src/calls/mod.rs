//! The calls about containers, volumes and networks.

mod container;
mod container_control;
mod container_starts;
mod containers;
mod image_labels;
mod logs;
mod networks;
mod volumes;

use std::ops::RangeInclusive;

use covibe_domain::Timestamp;

use crate::error::{Error, Result};

pub use container::ContainerDetails;
pub(crate) use container::inspect as inspect_container;
pub use container_starts::{Moment, StartWait};
pub use containers::{Container, Running};
pub use image_labels::Inherited;
pub use logs::{FoundLines, Judge, LogLine, LogQuery, Logs, MAX_LOG_LINES};
pub use networks::Network;
pub use volumes::{Volume, VolumeSize};

/// Returns a name of a volume or a network of one of these lengths, in bytes, that stays one segment of a path;
/// otherwise [`Error::Invalid`] with the text `wrong`.
fn check_name<'a>(
    name: &'a str,
    lengths: RangeInclusive<usize>,
    wrong: &'static str,
) -> Result<&'a str> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let is_name = lengths.contains(&name.len())
        && name.bytes().all(allowed)
        && !name.starts_with(['.', '_', '-']);
    is_name.then_some(name).ok_or(Error::Invalid(wrong))
}

/// Reads a time as Docker writes it; Docker's year 1 means that something has not happened.
fn time(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).filter(|at| at.as_millis() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_the_year_1_is_read_as_never() {
        assert_eq!(time("0001-01-01T00:00:00Z"), None);
        assert_eq!(time("2026-11-20T08:00:00.123456789Z").unwrap().as_millis() % 1000, 123);
        assert!(time("2026-11-20T09:00:00+01:00").is_some());
        assert_eq!(time(""), None);
    }
}
