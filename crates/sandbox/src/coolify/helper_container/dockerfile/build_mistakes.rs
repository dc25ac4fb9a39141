//! The mistakes in a Dockerfile that fail its build.

use std::path::Path;

use serde_json::Value;

use super::buildkit::{self, Step};
use super::instructions::{self, Instruction};
use crate::coolify::predicted_failures::{self, ScriptResult};

/// The instructions of a Dockerfile, in BuildKit's order.
const KNOWN: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// The number of letters by which a name may differ from one that BuildKit proposes.
const MOST_CHANGES: usize = 2;

/// Returns what BuildKit prints of the first mistake in a Dockerfile of that name; none if it has none.
///
/// Known are an unknown instruction, an image that nobody has, a file that the folder lacks, and a command that fails.
pub(in super::super) fn failure(
    name: &str,
    dockerfile: &str,
    folder: &Path,
) -> Option<Vec<String>> {
    let instructions = instructions::instructions(dockerfile)?;
    let file = buildkit::File { name, text: dockerfile };
    let is_known = |one: &Instruction| KNOWN.iter().any(|known| one.has_name(known));
    if let Some(unknown) = instructions.iter().find(|one| !is_known(one)) {
        return Some(file.parse_error(unknown, proposal(&unknown.name)));
    }
    let from = instructions.iter().filter(|one| one.has_name("FROM"));
    let missing = from.filter_map(|one| Some((one, image(one, &instructions)?)));
    if let Some((at, image)) =
        missing.into_iter().find(|(_, image)| predicted_failures::not_found(image))
    {
        return Some(file.no_image(at, image));
    }
    let package = package(&instructions, folder);
    instructions.iter().enumerate().find_map(|(place, one)| {
        let step = || Step::at(&instructions, place);
        if one.has_name("RUN")
            && let Some(done) = run(one, package.as_ref()).filter(|it| it.code != 0)
        {
            return Some(file.failed_command(one, &step(), &done));
        }
        missing_source(one, folder).map(|path| file.no_file(one, &step(), &path))
    })
}

/// Returns the known instruction that is most like this one, if one is like it.
fn proposal(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_uppercase();
    let distances = KNOWN.iter().map(|known| (distance(&name, known), *known));
    let (changes, known) = distances.min_by_key(|(changes, _)| *changes)?;
    (changes <= MOST_CHANGES).then_some(known)
}

/// Returns how many letters have to be added, removed or replaced between two texts.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (number, letter) in from.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], number + 1);
        for (place, other) in to.bytes().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[place + 1];
            row[place + 1] = replaced.min(row[place] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

/// Returns the image that a stage begins with, unless that is an earlier stage, or a variable.
fn image<'a>(from: &'a Instruction, all: &[Instruction]) -> Option<&'a str> {
    let image = from.rest.split_whitespace().find(|word| !word.starts_with("--"))?;
    let is_stage = |one: &Instruction| {
        one.has_name("FROM") && one.rest.split_whitespace().last().is_some_and(|it| it == image)
    };
    let others = all.iter().filter(|one| one.lines != from.lines);
    let is_known = image == "scratch" || image.contains('$') || others.into_iter().any(is_stage);
    (!is_known).then_some(image)
}

/// Returns the words of an instruction without its flags.
fn words(one: &Instruction) -> Vec<String> {
    let rest = without_flags(one);
    serde_json::from_str(rest)
        .unwrap_or_else(|_| rest.split_whitespace().map(str::to_owned).collect())
}

/// Returns the files and folders that an instruction copies out of the folder that is built, as it writes them.
fn sources(one: &Instruction) -> Vec<String> {
    let is_copy = one.has_name("COPY") || one.has_name("ADD");
    if !is_copy
        || one.has_heredoc
        || one.rest.contains("--from=")
        || one.rest.contains("--exclude=")
    {
        return Vec::new();
    }
    let mut words = words(one);
    words.pop();
    words
}

/// Returns the path of the first file that an instruction copies and the folder lacks.
fn missing_source(one: &Instruction, folder: &Path) -> Option<String> {
    let is_plain = |path: &String| {
        !path.contains(['$', '*', '?', '[', '\\'])
            && !path.contains("..")
            && !path.contains("://")
            && !path.starts_with("git@")
    };
    sources(one).into_iter().filter(is_plain).find_map(|path| {
        let path = path.trim_start_matches("./").trim_matches('/').to_owned();
        let is_there = path == "." || folder.join(&path).symlink_metadata().is_ok();
        (!is_there).then_some(path)
    })
}

/// Returns the package of the folder that is built, if it is surely the one in the folder in which commands run.
fn package(all: &[Instruction], folder: &Path) -> Option<Value> {
    let mut folders = all.iter().filter(|one| one.has_name("WORKDIR")).map(|one| one.rest.as_str());
    let workdir = folders.next().unwrap_or(".");
    if folders.any(|other| other != workdir) {
        return None;
    }
    let is_here = |one: &&Instruction| {
        let words = words(one);
        let target = words.last().map(|target| target.trim_end_matches('/'));
        target.is_some_and(|target| target == "." || target == workdir.trim_end_matches('/'))
    };
    let is_own = |path: &String| {
        let path = path.trim_start_matches("./");
        path.is_empty() || path == "." || path.starts_with("package")
    };
    let is_others = |path: &String| path.trim_start_matches("./").contains("/package");
    if !all.iter().filter(is_here).flat_map(sources).any(|path| is_own(&path))
        || all.iter().flat_map(sources).any(|path| is_others(&path))
    {
        return None;
    }
    serde_json::from_slice(&std::fs::read(folder.join("package.json")).ok()?).ok()
}

/// Returns the effect of a `RUN`, as far as it is known: other programs are taken to succeed.
fn run(one: &Instruction, package: Option<&Value>) -> Option<ScriptResult> {
    if one.has_heredoc {
        return None;
    }
    let rest = without_flags(one);
    let script = if rest.starts_with('[') { words(one).join(" ") } else { rest.to_owned() };
    let package = package.filter(|_| !script.split_whitespace().any(|word| word == "cd"));
    predicted_failures::run(&script, |words| Some(statement(words, package)))
}

/// Returns what follows the flags of an instruction.
fn without_flags(one: &Instruction) -> &str {
    let mut rest = one.rest.as_str();
    while rest.starts_with("--") {
        rest = rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
    }
    rest
}

fn statement(words: &[String], package: Option<&Value>) -> ScriptResult {
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let failed = |code, output| ScriptResult { code, output, ends: false };
    match words[..] {
        ["false" | "/bin/false"] => failed(1, Vec::new()),
        ["exit", code] => {
            ScriptResult { ends: true, ..failed(code.parse().unwrap_or(0), Vec::new()) }
        }
        ["echo", ref text @ ..] => failed(0, vec![text.join(" ")]),
        ["npm", "run" | "run-script", name] => {
            let is_missing = package.is_some_and(|package| package["scripts"][name].is_null());
            if is_missing { failed(1, missing_script(name)) } else { ScriptResult::default() }
        }
        _ => ScriptResult::default(),
    }
}

/// Returns what npm 10 prints of a script that `package.json` lacks.
fn missing_script(name: &str) -> Vec<String> {
    [
        &format!("npm error Missing script: \"{name}\""),
        "npm error",
        "npm error To see a list of scripts, run:",
        "npm error   npm run",
        "npm error A complete log of this run can be found in: /root/.npm/_logs/debug-0.log",
    ]
    .map(str::to_owned)
    .to_vec()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::core::Scratch;

    /// Returns what the build of a Dockerfile prints, in a folder with a package.
    fn build_error(dockerfile: &str) -> Option<String> {
        let folder = Scratch::create().unwrap();
        let package = r#"{"scripts":{"build":"next build"}}"#;
        fs::write(folder.path().join("package.json"), package).unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        failure("Dockerfile", dockerfile, &folder.path()).map(|lines| lines.join("\n"))
    }

    #[test]
    fn an_unknown_instruction_is_named_with_its_line() {
        let told = build_error("FROM node:22\n# a\nWORKDIR /app\nRUNN npm ci\nCOPY . .\n").unwrap();
        assert!(told.contains("   4 | >>> RUNN npm ci\n   5 |     COPY . ."), "{told}");
        let reason = "ERROR: failed to build: failed to solve: dockerfile parse error on line 4: unknown instruction: \
                      RUNN (did you mean RUN?)";
        assert!(told.ends_with(reason), "{told}");
        let told = build_error("FROM node:22\nnpm ci\n").unwrap();
        assert!(told.ends_with("on line 2: unknown instruction: npm"), "{told}");
    }

    #[test]
    fn a_missing_copied_file_is_named_in_the_build_error() {
        let told = build_error(
            "FROM node:22 AS build\nCOPY package.json ./\nCOPY --chown=1 lib src /app/\n",
        )
        .unwrap();
        assert!(told.contains(" > [build 3/3] COPY --chown=1 lib src /app/:\n"), "{told}");
        assert!(
            told.contains("failed to compute cache key") && told.ends_with("\"/lib\": not found"),
            "{told}"
        );
    }

    #[test]
    fn a_failing_run_command_is_named_in_the_build_error() {
        let told =
            build_error("FROM node:22\nCOPY . .\nRUN npm ci && \\\n  npm run bild\n").unwrap();
        assert!(told.contains("npm error Missing script: \"bild\""), "{told}");
        let reason = "did not complete successfully: exit code: 1";
        assert!(
            told.contains("   3 | >>> RUN npm ci && \\\n   4 | >>>   npm run bild")
                && told.ends_with(reason),
            "{told}"
        );
        assert!(build_error("FROM node:22\nRUN exit 7").unwrap().ends_with("exit code: 7"));
        assert!(build_error("FROM node:22\nRUN false").is_some());
    }

    #[test]
    fn a_missing_base_image_is_named_in_the_build_error() {
        let told = build_error("FROM node:doesnotexist\n").unwrap();
        assert!(told.ends_with("docker.io/library/node:doesnotexist: not found"), "{told}");
    }

    #[test]
    fn a_dockerfile_without_a_certain_mistake_has_no_build_error() {
        for dockerfile in [
            "# syntax=docker/dockerfile:1\nARG V=22\nFROM node:$V AS build\nCOPY package*.json src ./\nRUN npm run build\n\
             FROM build\nCOPY --from=build /app/dist /dist\nADD https://example.com/x /x\nRUN npm ci || false\n",
            "FROM a\nRUN <<EOF\nnpm ci\nEOF\nCOPY <<-'END' /x\nhello there\nEND\nCMD exit 1\n",
            "FROM a\nRUN apt-get update \\\n# a comment\n && true\n\nEXPOSE 80\n",
            "# escape=`\nFROM a\nRUN a `\n b\n",
            "from a\ncopy . .\nrun npm run nope --if-present\n",
            "FROM a\nCOPY . .\nRUN cd src && npm run nope",
            "FROM a\nWORKDIR /app/src\nCOPY . /app\nRUN npm run nope",
            "FROM a\nCOPY src/ .\nRUN npm run nope",
            "",
        ] {
            assert_eq!(build_error(dockerfile), None, "{dockerfile}");
        }
    }
}
