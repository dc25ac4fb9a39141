//! Nixpacks plans: `nixpacks.toml` and `nixpacks.json`.
//!
//! Coolify writes the names of a plan's variables into a file that a shell sources and into the
//! command line of `docker build`, both unquoted (4.3.11); their values are quoted. Nixpacks writes
//! each static asset to its name below `.nixpacks/assets`, and an absolute name replaces that folder
//! (nixpacks 1.39, `write_assets`). All of this happens in the container that holds Docker's socket.
//!
//! Coolify checks out the tip of the branch before it checks out the commit that was judged (4.3.11),
//! and git does not write a file again that both have. So whoever pushes to the branch decides on the
//! attributes with which a plan is written. Its text must be one that no attribute changes, except for
//! the ends of its lines.

use covibe_domain::image::ImageReference;
use covibe_policy::build_variable;
use serde_json::Value;

use super::toml_nesting::has_deeply_nested_values;
use crate::repository_problem::Problem;

/// The maximum number of names that a problem lists.
const LISTED: usize = 5;

/// Returns what is wrong with a plan.
pub(crate) fn problems(path: &str, content: &[u8]) -> Vec<Problem> {
    if let Some((problem, fix)) = changeable(content) {
        return vec![Problem::new(path, problem, fix)];
    }
    let Some(plan) = parse(path, content) else {
        let (problem, fix) = ("cannot be parsed", "Correct it, or delete it: it is optional.");
        return vec![Problem::new(path, problem, fix)];
    };
    let variables =
        names(&plan["variables"], |name| is_name(name) && build_variable(name, "", true));
    let assets = names(&plan["staticAssets"], is_relative);
    let archives = archives(&plan);
    let images = images(&plan);
    [
        (
            variables,
            "has variables whose names would act on the host: ",
            "Rename them: letters, digits and _, and no name that a shell, git or Docker acts on.",
        ),
        (
            assets,
            "has static assets outside the repository: ",
            "Name each asset by a relative path without .. in it.",
        ),
        (
            archives,
            "has archives of nixpkgs that are not commits: ",
            "Set `nixpkgsArchive` to the hash of a commit.",
        ),
        (
            images,
            "has images that are malformed or may be on the host: ",
            "Name an image of a registry, such as ghcr.io/railwayapp/nixpacks:ubuntu-1745885067.",
        ),
    ]
    .into_iter()
    .filter(|(bad, ..)| !bad.is_empty())
    .map(|(bad, problem, fix)| Problem::new(path, format!("{problem}{}", bad.join(", ")), fix))
    .collect()
}

/// Returns why the attributes of another commit could give a plan another meaning, and what to do.
fn changeable(content: &[u8]) -> Option<(&'static str, &'static str)> {
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    if !content.iter().all(is_text) {
        return Some((
            "has characters other than printable ASCII, which git may write in another encoding",
            "Write them as escapes such as \\u00e9.",
        ));
    }
    // The attribute `ident` replaces `$Id$` and `$Id: … $`.
    let has_id = content.windows(3).any(|part| part == b"$Id");
    has_id.then_some(("has the text $Id, which git may replace", "Write it in another way."))
}

fn parse(path: &str, content: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(content).ok()?;
    let plan: Value = if path.rsplit('.').next() == Some("json") {
        serde_json::from_str(text).ok()?
    } else if has_deeply_nested_values(text) {
        return None;
    } else {
        serde_json::to_value(toml::from_str::<toml::Table>(text).ok()?).ok()?
    };
    // Nixpacks reads a list as the fields of a phase in their order (1.39, serde).
    let is_table = |value: &Value| value.is_null() || value.is_object();
    let are_tables = plan.is_object()
        && ["variables", "staticAssets", "phases", "start"]
            .iter()
            .all(|name| is_table(&plan[name]))
        && plan["phases"].as_object().into_iter().flatten().all(|(_, phase)| is_table(phase));
    are_tables.then_some(plan)
}

/// Returns the names in a table that are not accepted, as they may be shown.
fn names(table: &Value, accepts: impl Fn(&str) -> bool) -> Vec<String> {
    let names = table.as_object().into_iter().flatten().map(|(name, _)| name);
    names.filter(|name| !accepts(name)).take(LISTED).map(|name| printable_name(name)).collect()
}

/// Returns the archives of the plan's phases that are not hashes: they become parts of file names.
fn archives(plan: &Value) -> Vec<String> {
    let phases = plan["phases"].as_object().into_iter().flatten().map(|(_, phase)| phase);
    let archives = phases.filter_map(|phase| phase["nixpkgsArchive"].as_str());
    let is_plain = |text: &&str| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    archives.filter(|text| !is_plain(text)).take(LISTED).map(printable_name).collect()
}

/// Returns the plan's images that can't be pulled from a registry. Each becomes the image of a `FROM`
/// (nixpacks 1.39), which Docker looks for on the host first.
fn images(plan: &Value) -> Vec<String> {
    let images = [&plan["buildImage"], &plan["start"]["runImage"]];
    let names = images.into_iter().filter(|image| !image.is_null());
    let names = names.map(|image| image.as_str().unwrap_or("(not a text)"));
    names.filter(|name| name.parse::<ImageReference>().is_err()).map(printable_name).collect()
}

fn is_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

fn is_relative(name: &str) -> bool {
    let is_plain = |segment: &str| !matches!(segment, "" | "." | "..");
    name.split('/').all(is_plain) && !name.contains(['\\', '\0'])
}

/// Returns a name without characters that hide what it is, cut to 60 characters.
fn printable_name(name: &str) -> String {
    name.chars().take(60).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toml(text: &str) -> Vec<Problem> {
        problems("nixpacks.toml", text.as_bytes())
    }

    #[test]
    fn accepts_ordinary_plans() {
        for text in [
            "",
            "providers = ['node']\n[variables]\nNODE_ENV = 'production'\n_a1 = '$(id)'\n",
            "[phases.setup]\nnixPkgs = ['...', 'ffmpeg']\nnixpkgsArchive = '5148520bfab6'\n",
            "[staticAssets]\n'conf/nginx.template' = 'x'\n[start]\ncmd = 'npm start'\n",
        ] {
            assert_eq!(toml(text), [], "{text}");
        }
        assert_eq!(problems("nixpacks.json", br#"{"variables":{"A":"b"}}"#), []);
    }

    #[test]
    fn rejects_unsafe_variable_names() {
        for name in
            ["A$(id)", "A;id", "A B", "1A", "", "a-b", "PATH", "LD_PRELOAD", "DOCKER_HOST", "é"]
        {
            let text = format!("[variables]\nOK = '1'\n'{name}' = 'x'\n");
            assert_eq!(toml(&text).len(), 1, "{name}");
            let json = serde_json::json!({ "variables": { name: "x" } }).to_string();
            assert_eq!(problems("web/nixpacks.json", json.as_bytes()).len(), 1, "{name}");
        }
        assert_eq!(toml("variables.'A$(id)' = 'x'").len(), 1);
        assert_eq!(toml("variables = { \"A\\u0024(id)\" = 'x' }").len(), 1);
    }

    #[test]
    fn rejects_assets_and_archives_outside_their_folder() {
        for name in ["/usr/bin/docker", "../x", "a/../../x", "a//b", "./a"] {
            assert_eq!(toml(&format!("[staticAssets]\n'{name}' = 'x'\n")).len(), 1, "{name}");
        }
        assert_eq!(toml("[phases.a]\nnixpkgsArchive = '/../x'\n").len(), 1);
    }

    #[test]
    fn rejects_build_images_that_may_be_local_to_the_host() {
        let good =
            "buildImage = 'ghcr.io/railwayapp/nixpacks:ubuntu-1'\n[start]\nrunImage = 'debian:12'";
        assert_eq!(toml(good), []);
        for image in ["l3mn0pq8r5st2uv7wx4yz1ab:4f2c", "sha256:00", "a\\nRUN id", ""] {
            assert_eq!(toml(&format!("buildImage = \"{image}\"")).len(), 1, "{image}");
            assert_eq!(toml(&format!("[start]\nrunImage = \"{image}\"")).len(), 1, "{image}");
        }
        assert_eq!(toml("buildImage = 1").len(), 1);
    }

    #[test]
    fn rejects_text_that_git_attributes_could_change() {
        for text in ["A = '\u{a5}'", "# caf\u{e9}", "A = '$Id$'", "# $Id: x $", "\u{1b}"] {
            let problem = &toml(&format!("[variables]\n{text}\n"))[0].problem;
            assert!(problem.contains("git may"), "{text}: {problem}");
        }
        assert_eq!(toml("[variables]\r\nA = '\t$ID'\r\nB = \"\\u00e9\"\r\n"), []);
        let expanded =
            "[variables]\nA = \"\"\"$Id:\"\"\"#$\nB = \"\"\"\n\"$(id)\" = 'x'\n# \"\"\"\n";
        assert_eq!(toml(expanded).len(), 1);
    }

    #[test]
    fn plans_that_are_nested_deeply_are_rejected_with_little_stack() {
        let name = ["a"; 79].join(".");
        let nested = format!("b={}1{}", format!("{{{name}=").repeat(79), "}".repeat(79));
        let json = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let judge = move || [toml(&nested), problems("nixpacks.json", json.as_bytes())];
        let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(judge).unwrap();
        for found in thread.join().unwrap() {
            assert_eq!(found[0].problem, "cannot be parsed");
        }
    }

    #[test]
    fn files_that_are_not_plans_are_rejected() {
        for text in ["variables = 1", "a = ", "[variables]\nA='1'\nA='2'"] {
            assert_eq!(toml(text)[0].problem, "cannot be parsed", "{text}");
        }
        assert_eq!(problems("nixpacks.toml", b"\xff\xfe").len(), 1);
        for text in [
            "[]",
            r#"{"phases":{"setup":["setup",null,["x"],null,null,"x/../../y"]}}"#,
            r#"{"start":["npm start"]}"#,
            r#"{"phases":[{"setup":{}}]}"#,
        ] {
            let found = problems("nixpacks.json", text.as_bytes());
            assert_eq!(found[0].problem, "cannot be parsed", "{text}");
        }
    }
}
