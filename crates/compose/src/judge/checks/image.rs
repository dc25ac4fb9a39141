//! `image`: a reference to an image of a registry with a public name; and `build`: a folder of the repository that the
//! file is part of.

use covibe_domain::image::{ImageReference, InvalidImage};

use super::environment;
use super::scalars::{literal, text_of};
use crate::file_location::Location;
use crate::judge::key_tables::{Rule, Table, fields};
use crate::problem_list::Report;
use crate::refusals;
use crate::yaml_tree::Tree;

/// The longest reference, in bytes.
const LONGEST: usize = 330;

/// Judges an image reference.
pub(crate) fn image(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let text = text_of(node).filter(|text| text.len() <= LONGEST).unwrap_or_default();
    let problem = match text.parse::<ImageReference>() {
        Ok(image) if is_allowed(report, &image) => return Some(Tree::Text(sent_reference(&image))),
        Ok(_) => refusals::private_registry(),
        Err(InvalidImage::Local) => refusals::local_image(),
        Err(InvalidImage::Malformed) => refusals::malformed_image(),
    };
    report.add(location, problem);
    None
}

fn is_allowed(report: &Report, image: &ImageReference) -> bool {
    let canonical = image.canonical();
    let registry = canonical.name().split('/').next().unwrap_or_default();
    image.has_public_registry() || report.rules.registries.iter().any(|each| each == registry)
}

/// Returns the reference with its registry written out, and with the registry's port where Coolify
/// would otherwise route the image by the values of variables.
fn sent_reference(image: &ImageReference) -> String {
    let text = image.canonical().to_string();
    if is_routed_by_variables(&text) { text.replacen('/', ":443/", 1) } else { text }
}

/// Images that Coolify routes by the values of variables, whatever domain the app has, where
/// exactly this text is before the first colon (4.3.11, `SPECIFIC_SERVICES`).
const ROUTED_BY_VARIABLES: [&str; 6] = [
    "minio/minio",
    "quay.io/minio/minio",
    "coollabsio/minio",
    "ghcr.io/coollabsio/minio",
    "svhd/logto",
    "dxflrs/garage",
];

/// Returns whether Coolify routes an image of this reference by the values of variables.
pub(crate) fn is_routed_by_variables(image: &str) -> bool {
    ROUTED_BY_VARIABLES.contains(&image.split(':').next().unwrap_or_default())
}

/// Splits a reference into its name, and its tag and digest with the character before them.
pub(crate) fn split(text: &str) -> (&str, Option<&str>) {
    let after_slash = text.rfind('/').map_or(0, |slash| slash + 1);
    match text[after_slash..].find([':', '@']) {
        Some(at) => (&text[..after_slash + at], Some(&text[after_slash + at..])),
        None => (text, None),
    }
}

const BUILD: Table = &[
    ("context", Rule::Accept(path)),
    ("dockerfile", Rule::Accept(path)),
    ("target", Rule::Accept(stage)),
    ("args", Rule::Accept(environment::environment)),
    ("dockerfile_inline", Rule::Refuse(refusals::inline_dockerfile)),
    ("labels", Rule::Refuse(refusals::image_labels)),
    ("additional_contexts", Rule::Refuse(refusals::more_contexts)),
    ("secrets", Rule::Refuse(refusals::build_secrets)),
    ("ssh", Rule::Refuse(refusals::build_secrets)),
    ("network", Rule::Refuse(refusals::build_of_host)),
    ("privileged", Rule::Refuse(refusals::build_of_host)),
    ("entitlements", Rule::Refuse(refusals::build_of_host)),
    ("extra_hosts", Rule::Refuse(refusals::build_of_host)),
    ("isolation", Rule::Refuse(refusals::build_of_host)),
    ("ulimits", Rule::Refuse(refusals::build_of_host)),
];

/// Judges a build. Coolify writes the paths into a shell without quotes (4.3.11,
/// `modify_dockerfiles_for_compose`).
pub(crate) fn build(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    if !report.rules.builds {
        report.add(location, refusals::build_section());
        return None;
    }
    fields(report, location, node, &[BUILD]).map(Tree::Map)
}

fn path(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let rule = "Rename it: use only letters, digits and . _ - /, and no `..`.";
    literal(report, location, node, 200, rule, is_path)
}

/// Returns whether a path is one that no shell interprets.
fn is_path(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
    text.bytes().all(is_plain)
        && !text.starts_with(['/', '-'])
        && text.split('/').all(|segment| !segment.is_empty() && segment != "..")
}

fn stage(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let rule = "Write the name of a stage of the Dockerfile: letters, digits and _ . -";
    literal(report, location, node, 100, rule, |text| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator_rules::Rules;

    fn judge_image(text: &str) -> Option<Tree> {
        let rules = Rules { registries: vec!["registry.lan:5000".to_owned()], ..Rules::default() };
        image(&mut Report::with(rules), &Location::file(), &Tree::text(text))
    }

    #[test]
    fn writes_image_names_with_their_registry() {
        let digest = format!("@sha256:{}", "0".repeat(64));
        for (written, sent) in [
            ("nginx", "docker.io/library/nginx"),
            ("minio/minio:1", "docker.io/minio/minio:1"),
            ("ghcr.io/o/r:v1.2", "ghcr.io/o/r:v1.2"),
            ("ghcr.io/coollabsio/minio:1", "ghcr.io:443/coollabsio/minio:1"),
            ("quay.io/minio/minio", "quay.io:443/minio/minio"),
            ("registry.lan:5000/a/b", "registry.lan:5000/a/b"),
        ] {
            assert_eq!(judge_image(written), Some(Tree::text(sent)), "{written}");
            assert_eq!(judge_image(sent), Some(Tree::text(sent)), "{sent}");
        }
        assert!(judge_image(&format!("nginx:1{digest}")).is_some());
    }

    #[test]
    fn rejects_image_names_that_are_not_of_a_public_registry() {
        for bad in [
            "",
            "Nginx",
            "a b",
            "nginx:",
            "nginx@sha256:12",
            "-x",
            "x;rm",
            "a//b",
            "a/b:c/d",
            "http://x/y",
            "$IMAGE",
            "app:${TAG}",
            "3f9a",
            "docker.io/library/beef",
            "l3mn0pq8r5st2uv7wx4yz1ab:1",
            "localhost:5000/a/b",
            "localhost/a",
            "169.254.169.254/a:1",
            "127.0.0.1:5000/a",
            "10.0.0.1/a",
            "host.docker.internal:80/a",
            "nas.local/a",
            "registry:5000/a",
            "ghcr.io:8443/a/b",
            "ghcr.io:70000/a/b",
        ] {
            assert_eq!(judge_image(bad), None, "{bad}");
        }
    }
}
