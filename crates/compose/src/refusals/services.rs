//! Problems of services as a whole, and of references between the parts of a file.

use covibe_domain::names;

use super::refusals;
use crate::problem::Problem;

refusals! {
    invalid service_name: "this is not a valid service name",
        "Use at most 63 letters, digits and _ . -, no number like 8080 or 0b1, starting with a \
         letter or digit.";
    invalid resource_name: "this is not a valid name",
        "Use 2 to 63 letters, digits and _ . -, no number like 8080 or 0b1, starting with a letter or \
         digit.";
    invalid too_many_services: "the file has more than 50 services", "Split the app.";
    invalid too_many_mounts: "the file mounts more than 500 folders and anonymous volumes",
        "Mount fewer, or split the app.";
    invalid too_much_extended: "the services are too large with what they extend",
        "Extend fewer services, or split the app.";
    invalid no_services: "the file has no services", "Declare one with an image.";
    invalid missing_image: "the service has no image",
        "Name a published image, or pass `repo` to build the workspace's own code.";
    invalid missing_base: "the extended service is refused or does not exist", "Name a service of this file.";
    invalid extends_chain: "the service extends itself, or the chain is longer than 5 services",
        "Break the cycle, or write the service out.";
}

/// Returns the problem of services that wait for each other.
pub(crate) fn circle(names: &[&str]) -> Problem {
    let way: Vec<_> = names.iter().map(|name| names::displayable(name, 64)).collect();
    Problem::invalid(format!("services wait for each other, so none starts: {}", way.join(" -> ")))
        .fix("Remove one of these from depends_on or links.")
}

/// Returns the problem of a reference to a name that a top-level section does not declare.
pub(crate) fn undeclared(section: &str, name: &str) -> Problem {
    let name = names::displayable(name, 64);
    Problem::invalid("the name is not declared in the file")
        .fix(format!("Declare {name} under the top level's {section}."))
}
