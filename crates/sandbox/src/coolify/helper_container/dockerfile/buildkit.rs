//! The output of BuildKit for a build that fails (0.16 and later, with plain progress).

use super::instructions::Instruction;
use crate::coolify::predicted_failures::ScriptResult;
use crate::core::random;

/// The number of lines that are shown before and after those of the mistake.
const CONTEXT: usize = 2;

/// The line around the lines of a Dockerfile.
const RULE: &str = "--------------------";

/// A Dockerfile.
pub(super) struct File<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

/// A step of a build.
pub(super) struct Step {
    /// The number of its vertex in the log.
    number: usize,
    /// Its stage and its place in that, such as `build 2/5`.
    place: String,
}

impl Step {
    /// Returns the step of the instruction at that place.
    pub(super) fn at(all: &[Instruction], place: usize) -> Self {
        let is_step = |one: &&Instruction| {
            ["FROM", "RUN", "COPY", "ADD", "WORKDIR"].iter().any(|name| one.has_name(name))
        };
        let from = |one: &Instruction| one.has_name("FROM");
        let first = all[..=place].iter().rposition(from).unwrap_or(0);
        let end = all[first + 1..].iter().position(from).map_or(all.len(), |next| first + 1 + next);
        let count = |to: usize| all[first..to].iter().filter(is_step).count();
        let stages = all.iter().filter(|one| from(one)).count();
        let earlier = all[..first].iter().filter(|one| from(one)).count();
        let words: Vec<_> = all[first].rest.split_whitespace().collect();
        let stage = match words[..] {
            [.., keyword, name] if keyword.eq_ignore_ascii_case("as") => format!("{name} "),
            _ if stages > 1 => format!("stage-{earlier} "),
            _ => String::new(),
        };
        let (at, of) = (count(place + 1), count(end));
        Self { number: at + 3, place: format!("{stage}{at}/{of}") }
    }
}

impl File<'_> {
    /// An instruction that there is not.
    pub(super) fn parse_error(&self, at: &Instruction, proposal: Option<&str>) -> Vec<String> {
        let proposal = proposal.map(|name| format!(" (did you mean {name}?)")).unwrap_or_default();
        let (line, name) = (at.lines.0, &at.name);
        let reason =
            format!("dockerfile parse error on line {line}: unknown instruction: {name}{proposal}");
        self.lines_about(Vec::new(), at, &reason)
    }

    /// An image that nobody has.
    pub(super) fn no_image(&self, at: &Instruction, image: &str) -> Vec<String> {
        let (path, tag) = image.rsplit_once(':').unwrap_or((image, "latest"));
        let full = match path.split_once('/') {
            None => format!("docker.io/library/{path}:{tag}"),
            Some((host, _)) if host.contains(['.', ':']) => format!("{path}:{tag}"),
            Some(_) => format!("docker.io/{path}:{tag}"),
        };
        let step = format!("[internal] load metadata for {full}");
        let lines = vec![
            format!("#2 {step}"),
            format!("#2 ERROR: {full}: not found"),
            "------".to_owned(),
            format!(" > {step}:"),
            "------".to_owned(),
        ];
        let reason =
            format!("{image}: failed to resolve source metadata for {full}: {full}: not found");
        self.lines_about(lines, at, &reason)
    }

    /// A file that the folder lacks.
    pub(super) fn no_file(&self, at: &Instruction, step: &Step, path: &str) -> Vec<String> {
        let reference = format!(
            "{}::{}",
            random::lowercase_alphanumeric(25),
            random::lowercase_alphanumeric(25)
        );
        let error =
            format!("failed to calculate checksum of ref {reference}: \"/{path}\": not found");
        let lines = failed_step(at, step, &[], &error);
        self.lines_about(lines, at, &format!("failed to compute cache key: {error}"))
    }

    /// A command that fails.
    pub(super) fn failed_command(
        &self,
        at: &Instruction,
        step: &Step,
        done: &ScriptResult,
    ) -> Vec<String> {
        let (script, code) = (&at.rest, done.code);
        let error = format!(
            "process \"/bin/sh -c {script}\" did not complete successfully: exit code: {code}"
        );
        let lines = failed_step(at, step, &done.output, &error);
        self.lines_about(lines, at, &error)
    }

    /// Returns the whole output: what was done before, these lines, the place in the Dockerfile, and the reason.
    fn lines_about(&self, lines: Vec<String>, at: &Instruction, reason: &str) -> Vec<String> {
        let (name, size) = (self.name, self.text.len());
        let begins = [
            "#0 building with \"default\" instance using docker driver".to_owned(),
            format!("#1 [internal] load build definition from {name}"),
            format!("#1 transferring dockerfile: {size}B done"),
            "#1 DONE 0.0s".to_owned(),
        ];
        let reason = format!("ERROR: failed to build: failed to solve: {reason}");
        begins.into_iter().chain(lines).chain(self.excerpt(at)).chain([reason]).collect()
    }

    fn excerpt(&self, at: &Instruction) -> Vec<String> {
        let (first, last) = at.lines;
        let shown = first.saturating_sub(CONTEXT + 1)..last + CONTEXT;
        let lines = self.text.lines().enumerate().filter(|(number, _)| shown.contains(number));
        let lines = lines.map(|(number, line)| {
            let number = number + 1;
            let mark = if (first..=last).contains(&number) { ">>>" } else { "   " };
            format!("{number:>4} | {mark} {line}")
        });
        let rule = || [RULE.to_owned()];
        let place = [format!("{}:{first}", self.name)];
        place.into_iter().chain(rule()).chain(lines).chain(rule()).collect()
    }
}

/// Returns the lines of a step that printed this and failed.
fn failed_step(at: &Instruction, step: &Step, output: &[String], error: &str) -> Vec<String> {
    let Step { number, place } = step;
    let title = format!("[{place}] {} {}", at.name.to_ascii_uppercase(), at.rest);
    let mut lines = vec![format!("#{number} {title}")];
    lines.extend(output.iter().map(|line| format!("#{number} 0.412 {line}")));
    lines.extend([
        format!("#{number} ERROR: {error}"),
        "------".to_owned(),
        format!(" > {title}:"),
    ]);
    lines.extend(output.iter().map(|line| format!("0.412 {line}")));
    lines.push("------".to_owned());
    lines
}
