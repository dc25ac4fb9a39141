//! Problems of the text as YAML.

use super::refusals;

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
    invalid long_file: "the file is longer than 256 KiB",
        "Leave out what the app does not need, or split it into several apps.";
    invalid large_tree:
        "the file exceeds 32 levels, 20,000 values or 512 KiB, with each alias counted at full size",
        "Use fewer aliases and levels, or split it into several apps.";
    invalid anchored_key: "anchors on keys are not supported", "Put the anchor on the value.";
    invalid stray_key: "a key is outside a mapping", "Check the indentation there.";
    invalid unusual_key: "a key is empty, longer than 255 characters, or not printable ASCII",
        "Write the key with ASCII letters, digits and _ . -.";
    invalid recursive_alias: "an alias refers to a value that contains it", "Write the value out.";
    invalid unprintable_value: "a value contains a control character", "Remove the character.";
}
