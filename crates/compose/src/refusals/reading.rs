//! Problems of the text as YAML.

use super::refusals;
use crate::problem::Problem;

refusals! {
    invalid control_character: "the line contains a control character or a byte order mark",
        "Escape it in double quotes, like \"\\x1b\".";
    invalid yaml_directive: "YAML directives are not supported", "Remove the line.";
    invalid invalid_yaml: "the file is not valid YAML", "Check the indentation and the quotes there.";
    invalid empty_file: "the file is empty", "Pass a file with `services`.";
    invalid several_documents: "the file contains more than one document", "Pass one document.";
    invalid merge_source: "a merge key needs a mapping or a list of mappings",
        "Write <<: *name or <<: [*a, *b].";
    invalid quoted_merge_key: "the merge key is quoted or tagged", "Write << without quotes.";
    invalid duplicate_key: "the key appears twice", "Keep one of them.";
    invalid key_not_text: "a key is not a string", "Quote the key.";
    invalid collection_as_key: "a key is a list or a mapping", "Use a plain word as the key.";
    invalid alias_as_key: "a key is an alias", "Write the key out.";
    invalid unsupported_tag:
        "the tag is not supported: only tags of YAML's core schema that match the value are",
        "Remove the tag; Co-Vibe resolves merges itself.";
}

/// Returns the problem of a text that is longer than 256 KiB.
pub(crate) fn long_file() -> Problem {
    Problem::invalid("the file is longer than 256 KiB")
}

/// Returns the problem of a tree that exceeds a limit.
pub(crate) fn large_tree() -> Problem {
    Problem::invalid(
        "the file exceeds 32 levels, 20,000 values or 512 KiB, with each alias counted at full size",
    )
}

/// Returns the problem of an anchor on a key.
pub(crate) fn anchored_key() -> Problem {
    Problem::invalid("anchors on keys are not supported")
}

/// Returns the problem of a key outside a mapping.
pub(crate) fn stray_key() -> Problem {
    Problem::invalid("a key is outside a mapping")
}

/// Returns the problem of a key with other characters, or too many.
pub(crate) fn unusual_key() -> Problem {
    Problem::invalid("a key is empty, longer than 255 characters, or not printable ASCII")
}

/// Returns the problem of an alias within what it names.
pub(crate) fn recursive_alias() -> Problem {
    Problem::invalid("an alias refers to a value that contains it")
}

/// Returns the problem of a value with a character that YAML does not allow.
pub(crate) fn unprintable_value() -> Problem {
    Problem::invalid("a value contains a control character")
}
