//! Problems of variables.

use super::refusals;
use crate::problem::Problem;
use crate::variables::InvalidVariable;

const RENAME: &str = "Use a variable of another name.";

refusals! {
    invalid variable_name: "this is not a valid variable name",
        "Use letters, digits and _, without variables.";
    forbidden configures_compose: "the variable configures Docker Compose on the host",
        "Remove it: an app can't use the host's Docker. For anything else, use another name.";
    forbidden claimed_domain: "the variable claims a domain",
        "Leave out its value, and assign domains with composeDomains or apps.domains.set.";
    invalid odd_domain_variable: "Coolify does not let such a variable follow the domain",
        "Use letters, digits and _ after SERVICE_FQDN_ or SERVICE_URL_.";
    forbidden host_variable: "the variable would expose or change a variable of the host",
        "Write its value out, or use a variable of another name.";
    invalid unstored_name: "Coolify does not store such a value under a name with -",
        "Use a name of letters, digits and _.";
    invalid several_lines: "a value with variables has more than one line",
        "Write the value on one line, or set it with apps.envs.upsert.";
    forbidden shared_variable: "the value reads a variable that is shared between workspaces",
        "Pass the value itself, or set it with apps.envs.upsert.";
    invalid malformed_variable: "a $ does not start a variable", "Write $$ for a literal $.";
    forbidden host_reference: "the value refers to a variable that configures the host", RENAME;
    forbidden overridden_domain: "the value sets a variable that follows the domains",
        "Refer to it without a default, like ${SERVICE_URL_WEB}.";
    invalid misread_value: "Coolify misreads a value that starts with $ like this one",
        "Pass the value in envs, with each $ once, and write ${NAME} here.";
}

/// Returns the problem of a value with a variable that is not acceptable.
pub(crate) fn invalid_variable(error: InvalidVariable) -> Problem {
    match error {
        InvalidVariable::Malformed => malformed_variable(),
        InvalidVariable::OfHost => host_reference(),
        InvalidVariable::OfDomains => overridden_domain(),
        InvalidVariable::Misread => misread_value(),
    }
}
