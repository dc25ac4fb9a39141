//! Finds the tool that an unknown name most likely means.

/// The likeness from which two words count as the same (Jaro–Winkler, 0 to 1).
const ALIKE: f64 = 0.85;

/// Words that other products use for the actions of tools.
const SYNONYMS: [(&str, &[&str]); 6] = [
    ("create", &["add", "make", "new"]),
    ("delete", &["destroy", "drop", "remove", "rm"]),
    ("deploy", &["build", "redeploy", "restart", "start"]),
    ("get", &["info", "read", "show", "status"]),
    ("list", &["all", "index", "ls"]),
    ("update", &["change", "edit", "modify", "patch"]),
];

/// Returns the tool that a name most likely means: of the same family and action, written in another
/// order, with another separator, misspelled or with a synonym.
///
/// Clients and models put the server's name before a tool's, such as `covibe_` or `mcp__covibe__`: words at the
/// beginning that no tool has are ignored.
pub(crate) fn similar<'a>(name: &str, tools: &[&'a str]) -> Option<&'a str> {
    let given = words(name);
    let prefixes = 0..given.len().saturating_sub(1).max(1);
    prefixes.filter_map(|count| given.get(count..)).find_map(|given| {
        let scored = tools.iter().filter_map(|tool| Some((score(given, &words(tool))?, *tool)));
        scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, tool)| tool)
    })
}

/// Returns whether a name begins with this family.
pub(crate) fn is_of_family(name: &str, family: &str) -> bool {
    words(name).first().is_some_and(|word| Some(word) == words(family).first())
}

/// Returns the likeness of two names, or `None` if a word of one has no counterpart in the other.
fn score(given: &[String], tool: &[String]) -> Option<f64> {
    let best = |word: &String, among: &[String]| {
        let likeness = among.iter().map(|other| likeness(word, other));
        likeness.max_by(f64::total_cmp).filter(|found| *found >= ALIKE)
    };
    let of_tool: Option<Vec<_>> = tool.iter().map(|word| best(word, given)).collect();
    let of_given: Option<Vec<_>> = given.iter().map(|word| best(word, tool)).collect();
    Some(of_tool?.iter().chain(&of_given?).sum::<f64>())
}

fn likeness(a: &str, b: &str) -> f64 {
    let is_synonym = |(word, others): &(&str, &[&str])| {
        (*word == a && others.contains(&b)) || (*word == b && others.contains(&a))
    };
    if SYNONYMS.iter().any(is_synonym) { 1.0 } else { strsim::jaro_winkler(a, b) }
}

/// Splits a name into words in lower case and the singular.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars().take(64) {
        if !c.is_alphanumeric() || (was_lower && c.is_uppercase()) {
            words.push(String::new());
        }
        was_lower = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    let singular = |word: String| match word.strip_suffix('s') {
        Some(rest) if rest.len() > 2 => rest.to_owned(),
        _ => word,
    };
    words.into_iter().map(singular).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOLS: [&str; 8] = [
        "apps.create",
        "apps.delete",
        "apps.deploy",
        "apps.deployments",
        "apps.envs.list",
        "apps.get",
        "apps.list",
        "databases.create",
    ];

    #[test]
    fn finds_misspelled_reordered_and_synonymous_names() {
        for (name, tool) in [
            ("apps.creat", "apps.create"),
            ("app_create", "apps.create"),
            ("createApp", "apps.create"),
            ("apps.remove", "apps.delete"),
            ("apps.deployment", "apps.deployments"),
            ("apps.restart", "apps.deploy"),
            ("list_apps", "apps.list"),
            ("listAppEnvs", "apps.envs.list"),
            ("database.create", "databases.create"),
            ("apps/list", "apps.list"),
            ("covibe_apps_list", "apps.list"),
            ("mcp__co-vibe__apps_envs_list", "apps.envs.list"),
            ("covibe.appsCreate", "apps.create"),
        ] {
            assert_eq!(similar(name, &TOOLS), Some(tool), "{name}");
        }
    }

    #[test]
    fn finds_no_similar_tool_without_a_similar_action_or_family() {
        for name in ["apps.exec", "apps.volumes", "domains.create", "apps", "", "….", "zzz"] {
            assert_eq!(similar(name, &TOOLS), None, "{name}");
        }
        assert!(is_of_family("apps.exec", "apps") && is_of_family("app_exec", "apps"));
        assert!(!is_of_family("application.exec", "apps") && !is_of_family("", "apps"));
    }
}
