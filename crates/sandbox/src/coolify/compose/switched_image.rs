//! The image of a service that Coolify writes into a stored file (`updateCompose`, 4.3.11).

use super::yaml_parser::Yaml;

/// Returns a stored file with this image of a service, as Coolify writes it after each change of an
/// application of the service: also where the file has no such service, which is then one of an image and
/// nothing else. A dot in the name leads into another service (`data_set`).
pub(crate) fn with_image(text: &str, service: &str, image: &str) -> Option<String> {
    let mut root = Yaml::parse(text)?;
    let path = ["services"].into_iter().chain(service.split('.')).chain(["image"]);
    put(&mut root, &path.collect::<Vec<_>>(), image);
    Some(root.dump())
}

fn put(at: &mut Yaml, path: &[&str], image: &str) {
    let Some((key, rest)) = path.split_first() else {
        *at = Yaml::Scalar(image.to_owned(), false);
        return;
    };
    if !matches!(at, Yaml::Map(_)) {
        *at = Yaml::Map(Vec::new());
    }
    if let Yaml::Map(members) = at {
        let found = members.iter().position(|(name, _)| name == key);
        let found = found.unwrap_or_else(|| {
            members.push(((*key).to_owned(), Yaml::null()));
            members.len() - 1
        });
        put(&mut members[found].1, rest, image);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_the_image_of_a_missing_service_adds_the_service_to_the_file() {
        let file = "services:\n  web:\n    image: 'x:1'\n    mem_limit: 4g\n";
        assert_eq!(with_image(file, "web", "x:1").as_deref(), Some(file));
        let ghost = with_image(file, "old", "y:1").unwrap();
        assert_eq!(ghost, format!("{file}  old:\n    image: 'y:1'\n"));
        let dotted = with_image(file, "a.b", "y:1").unwrap();
        assert_eq!(dotted, format!("{file}  a:\n    b:\n      image: 'y:1'\n"));
    }
}
