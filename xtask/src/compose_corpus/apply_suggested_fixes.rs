//! Applies the fixes that the problems of a compose file suggest, exactly as their texts say.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::corpus_files::File;
use super::judging_programs::Problem;

/// The value that a variable gets.
const VALUE: &str = "value1";

/// Returns a file mended in all of its problems; `None` if one of them can't be mended from its text alone.
pub(super) fn mend(file: &File, problems: &[Problem], form: &Value) -> Option<File> {
    let mut mended = file.clone();
    let mut tree = form.get("").cloned()?;
    // Of one list, the last items go first, so that the places of the others stay.
    let mut problems: Vec<_> = problems.iter().collect();
    problems.sort_by_key(|problem| Reverse(place(&problem.path).unwrap_or_default()));
    for problem in problems {
        if !set_variables(&mut mended, &mut tree, problem) {
            change(&mut tree, problem)?;
        }
    }
    if form.get("") != Some(&tree) {
        mended.text = tree.to_string();
    }
    Some(mended)
}

/// Sets the variables that a problem asks for. Returns whether it asks for any.
fn set_variables(file: &mut File, tree: &mut Value, problem: &Problem) -> bool {
    let fix = &problem.fix;
    if let Some(name) = fix.strip_prefix("Set ").and_then(|rest| rest.strip_suffix(" in envs.")) {
        file.variables.insert(name.to_owned(), VALUE.to_owned());
        return true;
    }
    if let Some(rest) = fix.strip_prefix("Choose some of ") {
        let profile = rest.split([',', ' ']).next().unwrap_or_default();
        file.variables.insert("COMPOSE_PROFILES".to_owned(), profile.to_owned());
        return true;
    }
    if fix.starts_with("Write its value out, or call it ") {
        let name = problem.text.split(' ').nth(2).unwrap_or_default();
        let text = tree.to_string();
        let text = text.replace(&format!("${{{name}"), VALUE).replace(&format!("{VALUE}}}"), VALUE);
        if let Ok(changed) = serde_json::from_str(&text) {
            *tree = changed;
        }
        return true;
    }
    false
}

/// Changes the tree as a problem suggests.
fn change(tree: &mut Value, problem: &Problem) -> Option<()> {
    let (path, fix) = (&*problem.path, &*problem.fix);
    if let Some(config) = fix.strip_prefix("Remove the mount, add configs: [{source: ") {
        let (name, rest) = config.split_once(", target: ")?;
        let (target, rest) = rest.split_once("}]")?;
        remove(tree, path)?;
        let (service, _) = path.split_once(".volumes")?;
        if rest.contains("Remove read_only") {
            remove(tree, &format!("{service}.read_only"));
        }
        push(find(tree, service)?, "configs", json!({ "source": name, "target": target }));
        let configs = member(tree, "configs");
        configs[name] = json!({ "content": "text\n" });
        return Some(());
    }
    if let Some(rest) = fix.strip_prefix("Mount a named volume at its folder, like ") {
        *find(tree, path)? = json!(rest.split(',').next()?);
        return Some(());
    }
    let names_volume = ["If the app writes them, mount a named volume", "Use a named volume"];
    if names_volume.iter().any(|start| fix.starts_with(start)) {
        let slot = find(tree, path)?;
        let target = match slot.as_str() {
            Some(short) => short
                .split(':')
                .find(|part| part.starts_with('/') && !short.starts_with(*part))?
                .to_owned(),
            None => slot.get("target")?.as_str()?.to_owned(),
        };
        let name = format!("data{}", target.trim_end_matches('/').replace(['/', '.'], "-"));
        *slot = json!(format!("{name}:{target}"));
        member(tree, "volumes")[&name] = Value::Null;
        return Some(());
    }
    if fix.starts_with("Write $$") {
        let slot = find(tree, path)?;
        *slot = json!(slot.as_str()?.replace('$', "$$"));
        return Some(());
    }
    if fix.starts_with("Use environment: NAME") {
        let (secret, _) = path.rsplit_once('.')?;
        *find(tree, secret)? = json!({ "environment": "SECRET_VALUE" });
        return Some(());
    }
    let removes =
        ["Remove it", "Leave it out", "Remove the mount", "Remove this service", "Remove cap_add"];
    if removes.iter().any(|start| fix.starts_with(start)) {
        let is_service = fix.starts_with("Remove this service");
        let is_whole = fix.starts_with("Remove cap_add");
        let service = || path.split('.').take(2).collect::<Vec<_>>().join(".");
        if is_service {
            return remove(tree, &service());
        }
        if is_whole {
            remove(tree, &format!("{}.cap_drop", service()));
            remove(tree, &format!("{}.cap_add", service()));
            return Some(());
        }
        return remove(tree, path);
    }
    None
}

/// Returns where a path is in its list.
fn place(path: &str) -> Option<usize> {
    let (_, index) = path.rsplit_once('[')?;
    index.trim_end_matches(']').parse().ok()
}

/// Returns the value at a path such as `services.web.volumes[0]`.
fn find<'a>(tree: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    if path.is_empty() {
        return Some(tree);
    }
    if let (Some((list, _)), Some(index)) = (path.rsplit_once('['), place(path)) {
        return find(tree, list)?.get_mut(index);
    }
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    find(tree, parent)?.get_mut(key)
}

/// Removes what is at a path.
fn remove(tree: &mut Value, path: &str) -> Option<()> {
    if let (Some((list, _)), Some(index)) = (path.rsplit_once('['), place(path)) {
        let list = find(tree, list)?.as_array_mut()?;
        (index < list.len()).then(|| drop(list.remove(index)))
    } else {
        let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
        find(tree, parent)?.as_object_mut()?.remove(key).map(drop)
    }
}

/// Returns a member that is a mapping, and makes one if there is none.
fn member<'a>(of: &'a mut Value, key: &str) -> &'a mut Value {
    if !of[key].is_object() {
        of[key] = json!({});
    }
    &mut of[key]
}

fn push(of: &mut Value, key: &str, item: Value) {
    if !of[key].is_array() {
        of[key] = json!([]);
    }
    if let Some(items) = of[key].as_array_mut() {
        items.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(path: &str, text: &str, fix: &str) -> Problem {
        Problem { path: path.to_owned(), text: text.to_owned(), fix: fix.to_owned() }
    }

    #[test]
    fn suggested_fixes_are_applied_literally() {
        let form = json!({ "": { "services": { "web": {
            "image": "x:${tag}", "privileged": true, "read_only": true,
            "volumes": ["./a.conf:/a.conf", "./d:/d", "/var/run/docker.sock:/s"],
        } } } });
        let at = |index: usize| format!("services.web.volumes[{index}]");
        let problems = [
            problem(
                "services.web.image",
                "the variable tag is required and has no value",
                "Write its value out, or call it TAG here, and set TAG in envs.",
            ),
            problem("services.web.privileged", "", "Remove it: it runs without it."),
            problem(
                &at(0),
                "",
                "Remove the mount, add configs: [{source: a-conf, target: /a.conf}] to the service, \
                and at top level configs: {a-conf: {content: \"the file's text\"}}. Remove read_only, too: x.",
            ),
            problem(&at(1), "", "If the app writes them, mount a named volume, like data:/data."),
            problem(&at(2), "", "Remove the mount, and the service if it can't run without it."),
            problem("services.web.environment.A", "", "Set A in envs."),
        ];
        let mended = mend(&File::default(), &problems, &form).unwrap();
        let tree: Value = serde_json::from_str(&mended.text).unwrap();
        let web = json!({ "image": "x:value1", "volumes": ["data-d:/d"],
            "configs": [{ "source": "a-conf", "target": "/a.conf" }] });
        assert_eq!(tree["services"]["web"], web);
        assert_eq!(tree["configs"]["a-conf"]["content"], "text\n");
        assert_eq!(mended.variables["A"], VALUE);
    }

    #[test]
    fn a_problem_without_an_applicable_fix_is_left_unfixed() {
        let form = json!({ "": { "services": {} } });
        let unmended = problem("services", "", "Name a published image.");
        assert!(mend(&File::default(), &[unmended], &form).is_none());
        let gone = problem("services.web.a", "", "Remove it.");
        assert!(mend(&File::default(), &[gone], &form).is_none());
    }
}
