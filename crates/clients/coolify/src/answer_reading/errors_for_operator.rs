//! The troubles that only Coolify's operator can mend, recognized from answers.

use covibe_upstream::Trouble;

pub(crate) const API_DISABLED: Trouble =
    Trouble { what: "its API is disabled", fix: "enable API access in Coolify's settings" };

pub(crate) const ADDRESS_REFUSED: Trouble = Trouble {
    what: "it does not accept API calls from this server's address",
    fix: "add this server's address to the allowed IPs for API access in Coolify's settings",
};

pub(crate) const NO_SERVER: Trouble =
    Trouble { what: "it has no server", fix: "add a server in Coolify" };

pub(crate) const SEVERAL_SERVERS: Trouble = Trouble {
    what: "the server to use is not configured",
    fix: "set COOLIFY_SERVER_UUID to one of Coolify's servers",
};

pub(crate) const UNKNOWN_SERVER: Trouble = Trouble {
    what: "it does not have the configured server",
    fix: "set COOLIFY_SERVER_UUID to one of Coolify's servers",
};

pub(crate) const BUILD_SERVER: Trouble = Trouble {
    what: "the configured server is a build server, which hosts nothing",
    fix: "clear \"Use it as a build server\" in Coolify, or set COOLIFY_SERVER_UUID to another server",
};

pub(crate) const NO_DESTINATION: Trouble = Trouble {
    what: "its server has no destination",
    fix: "add a destination (a Docker network) to the server in Coolify",
};

pub(crate) const SEVERAL_DESTINATIONS: Trouble = Trouble {
    what: "it is not configured which of its server's destinations to use",
    fix: "set COOLIFY_DESTINATION_UUID to one of the server's destinations",
};

pub(crate) const UNKNOWN_DESTINATION: Trouble = Trouble {
    what: "its server does not have the configured destination",
    fix: "set COOLIFY_DESTINATION_UUID to one of the server's destinations",
};

pub(crate) const OWN_DESTINATION: Trouble = Trouble {
    what: "the configured destination is the network of one workspace",
    fix: "set COOLIFY_DESTINATION_UUID to a destination whose network is not that of a workspace",
};

pub(crate) const LOST_DESTINATION: Trouble = Trouble {
    what: "it no longer has the destination of the workspace",
    fix: "run `covibe-server provision --all`, which creates it again",
};

pub(crate) const NO_ENVIRONMENT: Trouble = Trouble {
    what: "the environment of the workspace's project no longer exists",
    fix: "create an environment named production in the workspace's project and provision it again",
};

pub(crate) const VERSION: Trouble = Trouble {
    what: "its version does not support this server's requests",
    fix: "run `covibe-server check`, which names the oldest version that is supported",
};

const LACK_FIX: &str = "create a token with the abilities read, read:sensitive, write and deploy, and \
                        set COOLIFY_API_TOKEN";

/// Returns the trouble of a token that lacks the ability of that name.
pub(crate) fn missing_ability(ability: &str) -> Trouble {
    let what = match ability {
        "read" => "this server's token lacks the ability read",
        "write" => "this server's token lacks the ability write",
        "deploy" => "this server's token lacks the ability deploy",
        "read:sensitive" => "this server's token lacks the ability read:sensitive",
        _ => "this server's token lacks an ability",
    };
    Trouble { what, fix: LACK_FIX }
}

/// Returns whether the trouble is that the token lacks an ability.
pub(crate) fn is_lack(trouble: Trouble) -> bool {
    trouble.fix == LACK_FIX
}
