//! The contents of a Dockerfile in a repository: the mistakes that fail its build, the port of the program, and its
//! ending if it ends at once.
//!
//! Nothing is built. Parts that the text does not decide, such as a variable, are taken as correct.

mod build_mistakes;
mod buildkit;
mod instructions;

use crate::coolify::predicted_failures::Ending;

pub(super) use build_mistakes::failure;
use instructions::Instruction;

/// The program that the image of a Dockerfile runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// The ports that it exposes; empty if they are not known.
    pub(crate) ports: Vec<u16>,
    /// The end of its program, if it ends at once.
    pub(crate) ending: Option<Ending>,
}

impl Plan {
    /// Reads the plan of the last stage of a Dockerfile.
    pub(super) fn parse(dockerfile: &str) -> Self {
        let instructions = instructions::instructions(dockerfile).unwrap_or_default();
        let stage = instructions.iter().rposition(|one| one.has_name("FROM")).unwrap_or(0);
        let stage = &instructions[stage..];
        let last = |name| stage.iter().rfind(|one| one.has_name(name));
        Self { ports: ports(stage), ending: ending(last("ENTRYPOINT"), last("CMD")) }
    }
}

fn ports(stage: &[Instruction]) -> Vec<u16> {
    let exposed = stage.iter().filter(|one| one.has_name("EXPOSE"));
    let words = exposed.flat_map(|one| one.rest.split_whitespace());
    let tcp = words.filter_map(|word| match word.split_once('/') {
        Some((port, "tcp")) => Some(port),
        Some(_) => None,
        None => Some(word),
    });
    let ports: Result<_, _> = tcp.map(str::parse).collect();
    ports.unwrap_or_default()
}

fn ending(entrypoint: Option<&Instruction>, command: Option<&Instruction>) -> Option<Ending> {
    let words = |one: &Instruction| serde_json::from_str::<Vec<String>>(&one.rest).ok();
    let Some(entrypoint) = entrypoint else {
        let command = command?;
        return match words(command) {
            Some(words) => Ending::of_words(words.iter().map(String::as_str)),
            None => Ending::of_script(&command.rest),
        };
    };
    let Some(mut all) = words(entrypoint) else { return Ending::of_script(&entrypoint.rest) };
    all.extend(command.and_then(words).unwrap_or_default());
    Ending::of_words(all.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_command_are_read_from_the_last_stage() {
        let plan = Plan::parse(
            "FROM a AS b\nEXPOSE 1\nCMD false\nFROM c\nEXPOSE 80/tcp 53/udp\nEXPOSE 81\nCMD [\"node\", \".\"]",
        );
        assert_eq!((plan.ports, plan.ending), (vec![80, 81], None));
        assert!(
            Plan::parse("FROM a\nARG P=1\nEXPOSE $P 80").ports.is_empty(),
            "a variable is not known"
        );
    }

    #[test]
    fn the_exit_code_of_a_program_that_ends_at_once_is_read() {
        let code = |text: &str| Plan::parse(text).ending.map(|ending| ending.code);
        assert_eq!(code("FROM a\nCMD exit 2"), Some(2));
        assert_eq!(code("FROM a\nCMD [\"sh\", \"-c\", \"exit 3\"]"), Some(3));
        assert_eq!(code("FROM a\nENTRYPOINT [\"/bin/sh\", \"-c\"]\nCMD [\"exit 4\"]"), Some(4));
        assert_eq!(code("FROM a\nENTRYPOINT [\"/init\"]\nCMD [\"false\"]"), None);
        assert_eq!(code("FROM a"), None);
    }
}
