//! Problems of builds.

use super::refusals;

refusals! {
    invalid remote_context: "what is built is not in the repository",
        "Copy the folder into the repository, and name it as the context.";
    invalid outer_context: "the folder is not below the one that is built",
        "Set baseDirectory to the folder above both, like /.";
    invalid outer_dockerfile: "the Dockerfile is not below its context",
        "Write its path from the context, like docker/Dockerfile.";
    invalid inline_dockerfile: "a Dockerfile within the compose file is not checked",
        "Commit it as a file, and name that as dockerfile.";
    forbidden image_labels: "labels of an image can take the domains of others", "Remove it.";
    invalid more_contexts: "one folder is built", "Copy the files into the context.";
    invalid build_secrets: "the build has no secrets", "Set the value in envs, and pass it as one of args.";
    forbidden build_of_host: "a build does not share anything of the host", "Remove it.";
}
