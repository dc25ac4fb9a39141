//! Dockerfiles: labels by which an image reaches the host's proxy or Coolify.
//!
//! This check only reports problems before the build. Labels that it cannot see, such as a key with a variable or a
//! label of the base image, are found when the container runs.

use std::borrow::Cow;

use covibe_domain::host_labels::LabelReader;

use crate::repository_problem::Problem;

/// Returns whether a file may be a Dockerfile, by its name: `Dockerfile`, `Dockerfile.web`, `web.Dockerfile`.
pub(crate) fn is_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "dockerfile" || name.starts_with("dockerfile.") || name.ends_with(".dockerfile")
}

/// Returns what is wrong with a Dockerfile: the first label that something on the host acts on, in whichever
/// stage.
pub(crate) fn problem(path: &str, content: &[u8]) -> Option<Problem> {
    let text = String::from_utf8_lossy(content);
    let key = instructions(&text).iter().flat_map(|one| label_keys(one)).find(|key| {
        // The value of a variable is not known.
        !key.contains('$') && LabelReader::for_label(key).is_some()
    })?;
    let key = covibe_domain::names::displayable(&key, 100);
    Some(Problem::new(
        path,
        format!("sets the label {key}, which the proxy or Coolify acts on"),
        "Remove the LABEL; domains are assigned with apps.domains.set.",
    ))
}

/// Returns the instructions with their continued lines joined, without comments and without the texts of
/// here-documents.
pub(super) fn instructions(text: &str) -> Vec<String> {
    let escape = escape(text);
    let mut lines = text.lines();
    let mut instructions = Vec::new();
    let mut open = String::new();
    while let Some(line) = lines.next() {
        let line = line.trim();
        // Also between continued lines, and so are empty lines.
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        if let Some(continued) = line.strip_suffix(escape) {
            open.push_str(continued);
            continue;
        }
        open.push_str(line);
        for end in here_documents(&open) {
            let is_end = |line: &str| line.trim_start_matches('\t') == end;
            let _text = lines.by_ref().take_while(|line| !is_end(line)).count();
        }
        instructions.push(std::mem::take(&mut open));
    }
    instructions.push(open);
    instructions
}

/// Returns the character that continues a line: `\`, or what a directive in the first lines says.
fn escape(text: &str) -> char {
    let directives = text.lines().map_while(|line| line.trim().strip_prefix('#'));
    let pairs = directives.map_while(|line| line.split_once('='));
    let mut escapes = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("escape"));
    if escapes.next().is_some_and(|(_, value)| value.trim() == "`") { '`' } else { '\\' }
}

/// Returns the words that end the here-documents of an instruction that can have some.
fn here_documents(instruction: &str) -> Vec<String> {
    let has_some = ["RUN", "COPY", "ADD"].iter().any(|name| argument(instruction, name).is_some());
    let begins = instruction.split("<<").skip(if has_some { 1 } else { usize::MAX });
    let words = begins.map(|rest| {
        let rest = rest.trim_start_matches('-').trim_start_matches(['"', '\'']);
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        rest.chars().take_while(|c| is_word(*c)).collect::<String>()
    });
    words.filter(|word| !word.is_empty()).collect()
}

/// Returns the keys that an instruction sets, if it is a `LABEL`, also one for images that are built on it.
fn label_keys(instruction: &str) -> Vec<String> {
    let instruction = argument(instruction, "ONBUILD").unwrap_or(instruction);
    let Some(arguments) = argument(instruction, "LABEL") else { return Vec::new() };
    let words = words(arguments);
    match words.first() {
        // The older form: a key, and all that follows is its value.
        Some(first) if !first.contains('=') => vec![unquoted(first).into_owned()],
        _ => words.iter().filter_map(|word| word.split_once('=')).map(key).collect(),
    }
}

fn key((key, _): (&str, &str)) -> String {
    unquoted(key).into_owned()
}

/// Returns what follows the name of an instruction.
pub(super) fn argument<'a>(instruction: &'a str, name: &str) -> Option<&'a str> {
    let (head, rest) = instruction.split_once(char::is_whitespace)?;
    head.eq_ignore_ascii_case(name).then(|| rest.trim_start())
}

/// Splits at blanks outside quotation marks, which stay.
pub(super) fn words(text: &str) -> Vec<&str> {
    let (mut quote, mut is_escaped) = (None, false);
    text.split(move |c: char| {
        let is_blank = quote.is_none() && !is_escaped && c.is_whitespace();
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' | '\'' if quote.is_none() => quote = Some(c),
            _ if quote == Some(c) => quote = None,
            _ => {}
        }
        is_blank
    })
    .filter(|word| !word.is_empty())
    .collect()
}

/// Removes quotation marks and backslashes, as the builder does.
pub(super) fn unquoted(word: &str) -> Cow<'_, str> {
    if word.contains(['"', '\'', '\\']) {
        word.replace(['"', '\'', '\\'], "").into()
    } else {
        word.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem_text(text: &str) -> Option<String> {
        problem("Dockerfile", text.as_bytes()).map(|problem| problem.problem)
    }

    #[test]
    fn finds_proxy_labels_in_every_dockerfile_notation() {
        for text in [
            "FROM a\nLABEL traefik.enable=true",
            "from a\n  label org.x=y \\\n  # a comment\n\n  traefik.enable=true",
            "# escape=`\nFROM a\nLABEL org.x=y `\n traefik.enable=true",
            "FROM a\nLABEL \"traefik.enable\"=\"true\"",
            "FROM a\nLABEL org.x=\"a b=c\" tra'efik'.enable=true",
            "FROM a\nLABEL traefik.enable true",
            "FROM a\nONBUILD LABEL coolify.managed=1",
            "FROM a\nLABEL caddy_0=other.test\nFROM b",
            "FROM a\r\nLABEL Traefik.enable=true\r\n",
            "FROM a\nRUN <<EOF cat <<-'END'\nx\nEOF\n\tEND\nLABEL traefik.enable=true",
            "FROM a\nLABEL org.x=y \\\ntraefik.enable=true \\",
        ] {
            assert!(problem_text(text).is_some(), "{text}");
        }
        let told = problem_text("LABEL \"traefik.http.routers.x.rule\"=\"Host(`a`)\"");
        let expected =
            "sets the label traefik.http.routers.x.rule, which the proxy or Coolify acts on";
        assert_eq!(told.as_deref(), Some(expected));
    }

    #[test]
    fn finds_no_labels_in_ordinary_dockerfiles() {
        for text in [
            "",
            "LABEL",
            "LABEL =",
            "FROM a\nLABEL org.opencontainers.image.title=\"traefik.enable=true\"",
            "FROM a\nLABEL maintainer traefik.enable=true",
            "FROM a\n# LABEL traefik.enable=true",
            "FROM a\nRUN echo LABEL traefik.enable=true",
            "FROM a\nRUN echo x && \\\n  LABEL traefik.enable=true",
            "FROM a\nCOPY <<EOF /x\nLABEL traefik.enable=true\nEOF\nLABEL a=b",
            "FROM a\nARG K\nLABEL $K=true",
            "FROM a\nENV traefik.enable=true",
        ] {
            assert_eq!(problem_text(text), None, "{text}");
        }
    }

    #[test]
    fn recognises_the_usual_dockerfile_names() {
        for name in ["Dockerfile", "dockerfile", "Dockerfile.web", "web.Dockerfile"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["Dockerfiles", "docker-compose.yaml", "mydockerfile"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
