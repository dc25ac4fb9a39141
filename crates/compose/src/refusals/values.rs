//! Problems of values of any key.

use std::ops::RangeInclusive;

use super::refusals;
use crate::problem::Problem;

refusals! {
    invalid not_text: "the value is not a string", "Quote it.";
    invalid not_boolean: "the value is neither true nor false", "Write true or false.";
    invalid neither_mapping_nor_list: "the value is neither a mapping nor a list", "Write NAME: value.";
    invalid not_an_assignment: "the item is not of the form NAME=value", "Write NAME=value.";
    invalid duplicate_name: "the name appears twice", "Keep one of them.";
    invalid variable: "a variable is not supported here",
        "Write the value out: variables are supported in environment, command, entrypoint, \
         healthcheck.test, labels, configs and an image's tag.";
    invalid malformed_image: "the value is not an image reference",
        "Write it in lower case, like postgres:17 or ghcr.io/owner/name:1.2.";
    forbidden local_image: "the name may refer to an image of another app on the host",
        "Name an image of a registry, like postgres:17 or ghcr.io/owner/name:1.2.";
    forbidden private_registry: "the image's registry has no public name, or another port than 443",
        "Name an image of a public registry; the operator may list others in COVIBE_IMAGE_REGISTRIES.";
    forbidden unpulled_image: "running an image that others put on the host is not allowed",
        "Remove it: an image that is not on the host is pulled.";
    forbidden weakened_confinement: "weakening the container's confinement is not allowed", "Remove it.";
    forbidden remote_logging: "sending logs away from the host is not allowed", "Use json-file or local.";
    invalid long_wait: "others wait more than 9 minutes until this service is healthy or not",
        "Shorten start_period + retries * (interval + timeout), which is 3 minutes by default.";
    forbidden unlimited: "-1 would take the limit away, and the container could hold the host's memory or processes",
        "Write a number from 0 to 1048576, or leave the limit out.";
    invalid half_limit: "the limit lacks one of its bounds", "Write both: {soft: 65536, hard: 65536}, or one number.";
    invalid unknown_limit: "this limit is not supported", "Remove it.";
    invalid health_test: "the list does not start with CMD, CMD-SHELL or NONE, or has the wrong length",
        "Write [CMD, program, argument], or one string for a shell.";
    invalid not_mapping: "the value is not a mapping", "Write key: value, one for each line.";
    invalid not_list: "the value is not a list", "Write [a, b].";
    invalid too_many_members: "the value has more than 500 members", "Leave out some of them.";
    invalid long_text: "the value is longer than 64 KiB", "Shorten it.";
}

/// Returns the problem of a value of another form than the rule says.
pub(crate) fn wrong_form(rule: &'static str) -> Problem {
    Problem::invalid("the value does not have the required form").fix(rule)
}

/// Returns the problem of a key that is on no list, with the spelling that was probably meant.
pub(crate) fn unknown_key(near: Option<&str>) -> Problem {
    let problem = Problem::invalid("the key is not supported");
    match near {
        Some(near) => problem.fix(format!("Write {near}.")),
        None => problem.fix("Remove it."),
    }
}

/// Returns the problem of a value that is not one of the words.
pub(crate) fn unknown_word(words: &[&str]) -> Problem {
    Problem::invalid("the value is not supported").fix(format!("Use one of: {}.", words.join(", ")))
}

/// Returns the problem of a limit that has different values in its two places.
pub(crate) fn distinct_limits(key: &str, other: &str) -> Problem {
    Problem::invalid(format!("Docker Compose refuses a file in which {key} and {other} differ"))
        .fix(format!("Keep one of {key} and {other}."))
}

/// Returns the problem of a value that is no integer within the range.
pub(crate) fn integer_out_of_range(range: &RangeInclusive<i64>) -> Problem {
    let fix = format!("Use an integer from {} to {}.", range.start(), range.end());
    Problem::invalid("the value is not an integer within the range").fix(fix)
}

/// Returns the problem of a duration outside a range, which the fix names.
pub(crate) fn duration_out_of_range(fix: &'static str) -> Problem {
    Problem::invalid("the duration is too short or too long").fix(fix)
}

/// Returns the problem of an amount of memory that is nothing, or more than the most.
pub(crate) fn memory_out_of_range(most: Option<&str>) -> Problem {
    let fix = match most {
        Some(most) => format!("Use more than 0 and at most {most}."),
        None => "Use more than 0.".to_owned(),
    };
    Problem::invalid("the memory is not within the range").fix(fix)
}

/// Returns the problem of a size over a limit, which the fix names.
pub(crate) fn large_size(fix: &'static str) -> Problem {
    Problem::invalid("the size is more than a shared host has").fix(fix)
}
