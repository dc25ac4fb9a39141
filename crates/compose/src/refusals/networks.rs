//! Problems of networks and of the names on them.

use super::refusals;

const RENAME: &str = "Use another name, without dots.";

refusals! {
    forbidden network_mode: "leaving the app's own networks is not allowed",
        "Remove it: services of one file reach each other by service name.";
    invalid duplicate_item: "a name appears twice", "Keep one of them.";
    forbidden platform_name: "the platform's own proxy finds a program of the operator by this name",
        "Use another name, like app or web, also where the file refers to it.";
    forbidden uuid_name: "the name looks like an id by which other containers are found", RENAME;
    forbidden internet_name: "the platform's proxy could resolve an internet host to this container", RENAME;
}
