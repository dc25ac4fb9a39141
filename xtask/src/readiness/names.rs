//! The names of the gates, which the handoff writes with colons.

use std::ffi::OsString;

/// The gates that may be written with colons.
const GATES: [&str; 7] = [
    "readiness-image",
    "readiness-customer",
    "readiness-hosted",
    "readiness-handoff",
    "readiness-handoff-preflight",
    "canary-hosted",
    "doctor-production",
];

/// Returns the arguments of this program, with hyphens in the name of a gate: `readiness:hosted` is `readiness-hosted`.
pub(crate) fn with_hyphens(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<_> = arguments.collect();
    let written =
        arguments.get(1).and_then(|name| name.to_str()).map(|name| name.replace(':', "-"));
    if let (Some(gate), Some(name)) =
        (written.filter(|name| GATES.contains(&name.as_str())), arguments.get_mut(1))
    {
        *name = gate.into();
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_of(arguments: &[&str]) -> Vec<String> {
        let arguments = arguments.iter().map(OsString::from);
        with_hyphens(arguments).into_iter().map(|it| it.into_string().unwrap()).collect()
    }

    #[test]
    fn a_gate_may_be_written_with_colons() {
        let written =
            names_of(&["xtask", "readiness:handoff:preflight", "https://covibe.acme.dev"]);
        assert_eq!(written, ["xtask", "readiness-handoff-preflight", "https://covibe.acme.dev"]);
        assert_eq!(names_of(&["xtask", "canary:hosted"])[1], "canary-hosted");
        assert_eq!(names_of(&["xtask", "doctor-production"])[1], "doctor-production");
    }

    #[test]
    fn arguments_other_than_gate_names_are_unchanged() {
        for arguments in [&["xtask", "test", "a:b"][..], &["xtask"], &["xtask", "bench:server"]] {
            assert_eq!(names_of(arguments), arguments);
        }
    }
}
