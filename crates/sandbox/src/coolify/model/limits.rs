//! The limits of a container, in docker's units.

use serde_json::Value;

use crate::coolify::values::Object;

/// The CPUs of the host.
pub(crate) const CPUS: u32 = 2;

/// The least memory that docker lets a container have, in bytes.
const LEAST_MEMORY: u64 = 6 << 20;

/// The maximum that a container may use; 0 means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes.
    pub(crate) memory: u64,
    /// Bytes of memory and swap together.
    pub(crate) swap: u64,
    /// Billionths of a CPU.
    pub(crate) nano_cpus: u64,
}

impl Limits {
    /// Reads the columns of an application or a database. Coolify (4.3.11) stores whatever text it gets; docker refuses
    /// it when the container is created, with the message that is returned then.
    pub(crate) fn read(columns: &Object) -> Result<Self, String> {
        let text = |name| columns.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("build_pack") == "dockercompose" {
            // Its file says it.
            return Ok(Self::default());
        }
        let memory = bytes(text("limits_memory"))?;
        let swap = bytes(text("limits_memory_swap"))?;
        let nano_cpus = nano_cpus(text("limits_cpus"))?;
        match (memory, swap) {
            (1..LEAST_MEMORY, _) => Err("Minimum memory limit allowed is 6MB".to_owned()),
            (0, 1..) => Err("You should always set the Memory limit when using Memoryswap limit, \
                             see usage"
                .to_owned()),
            (_, 1..) if swap < memory => Err("Minimum memoryswap limit should be larger than \
                                              memory limit, see usage"
                .to_owned()),
            // As much swap as memory by default.
            (_, 0) => Ok(Self { memory, swap: 2 * memory, nano_cpus }),
            _ => Ok(Self { memory, swap, nano_cpus }),
        }
    }
}

/// Returns the bytes of a size as Docker Compose writes it.
fn bytes(text: &str) -> Result<u64, String> {
    let lower = text.trim().to_ascii_lowercase();
    let digits = lower.trim_end_matches('b');
    let (number, shift) = match digits.as_bytes().last() {
        Some(b'k') => (&digits[..digits.len() - 1], 10),
        Some(b'm') => (&digits[..digits.len() - 1], 20),
        Some(b'g') => (&digits[..digits.len() - 1], 30),
        Some(_) => (digits, 0),
        None => ("0", 0),
    };
    let number = number.parse::<u64>().map_err(|_| format!("invalid size: '{text}'"))?;
    Ok(number << shift)
}

/// Returns billionths of CPUs. PHP reads a text that is not a number as 0.
fn nano_cpus(text: &str) -> Result<u64, String> {
    let cpus = text.trim().parse::<f64>().unwrap_or_default();
    if cpus < 0.0 || cpus > f64::from(CPUS) || (cpus > 0.0 && cpus < 0.01) {
        return Err(format!(
            "range of CPUs is from 0.01 to {CPUS}.00, as there are only {CPUS} CPUs available"
        ));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is within the bounds"
    )]
    Ok((cpus * 1e9).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes_and_cpus_as_docker_does() {
        assert_eq!(bytes("512m"), Ok(512 << 20));
        assert_eq!(bytes("2G"), Ok(2 << 30));
        assert_eq!((bytes("0"), bytes("64kb"), bytes("7")), (Ok(0), Ok(64 << 10), Ok(7)));
        assert_eq!(bytes("abc").unwrap_err(), "invalid size: 'abc'");
        assert_eq!((nano_cpus("0.5"), nano_cpus("0")), (Ok(500_000_000), Ok(0)));
        assert!(nano_cpus("-1").is_err() && nano_cpus("2.01").is_err() && nano_cpus("2").is_ok());
    }
}
