//! Cloning and pushing with the git binary.

use super::{Bot, error_text};

#[tokio::test]
async fn commits_in_a_clone_can_be_pushed() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    assert_eq!(std::fs::read_to_string(bot.path("work").join("README.md")).unwrap(), "# site\n");
    bot.push("work", "index.html", "<h1>Hello</h1>");
    assert_eq!(bot.read("site", "main", "index.html"), "<h1>Hello</h1>");
    let tip = bot.git(&["-C", "work", "rev-parse", "HEAD"]);
    let branch = bot.client.get("/repos/vibn-mark/site/branches/main").await.json();
    assert_eq!(branch["commit"]["id"], tip);
    assert_eq!(branch["commit"]["author"]["username"], "mark-bot");
}

#[tokio::test]
async fn the_first_push_sets_the_default_branch() {
    let bot = Bot::new().await;
    bot.repository("site", false).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.git(&["-C", "work", "checkout", "--quiet", "-b", "trunk"]);
    bot.push("work", "a.txt", "a");
    let repo = bot.client.get("/repos/vibn-mark/site").await.json();
    assert_eq!((&repo["empty"], &repo["default_branch"]), (&false.into(), &"trunk".into()));
    bot.git(&["clone", "--quiet", &bot.url("site"), "again"]);
    assert_eq!(bot.git(&["-C", "again", "branch", "--show-current"]), "trunk");
    // A further branch does not change the default.
    bot.git(&["-C", "work", "checkout", "--quiet", "-b", "main"]);
    bot.push("work", "b.txt", "b");
    let repo = bot.client.get("/repos/vibn-mark/site").await.json();
    assert_eq!(repo["default_branch"], "trunk");
}

#[tokio::test]
async fn a_first_push_with_main_makes_it_the_default_branch() {
    let bot = Bot::new().await;
    let body = serde_json::json!({ "name": "site", "default_branch": "trunk" });
    assert_eq!(bot.client.post("/orgs/vibn-mark/repos", body).await.status, 201);
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.git(&["-C", "work", "commit", "--quiet", "--allow-empty", "-m", "Begin"]);
    bot.git(&["-C", "work", "push", "--quiet", "origin", "HEAD:a-feature", "HEAD:main"]);
    let repo = bot.client.get("/repos/vibn-mark/site").await.json();
    assert_eq!(repo["default_branch"], "main");
}

#[tokio::test]
async fn large_pushes_and_clones_succeed_in_every_git_protocol_version() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    // More than git buffers of a push, so that it is sent chunked.
    let long: String = std::iter::repeat_with(fastrand::alphanumeric).take(3 << 19).collect();
    bot.push("work", "long.txt", &long);
    // More wants than fit into an uncompressed request.
    for number in 0..25 {
        let branch = format!("b{number}");
        bot.git(&["-C", "work", "commit", "--quiet", "--allow-empty", "-m", &branch]);
        bot.git(&["-C", "work", "branch", &branch]);
    }
    bot.git(&["-C", "work", "push", "--quiet", "--all", "origin"]);
    for version in ["0", "2"] {
        let (option, clone) = (format!("protocol.version={version}"), format!("v{version}"));
        bot.git(&["-c", &option, "clone", "--quiet", &bot.url("site"), &clone]);
        assert_eq!(std::fs::read_to_string(bot.path(&clone).join("long.txt")).unwrap(), long);
        let branches = bot.git(&["-C", &clone, "branch", "--remotes"]);
        assert!(branches.contains("origin/b24"), "{branches}");
    }
}

#[tokio::test]
async fn a_push_that_is_not_a_fast_forward_is_refused() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    for clone in ["one", "two"] {
        bot.git(&["clone", "--quiet", &bot.url("site"), clone]);
    }
    bot.push("one", "a.txt", "one");
    std::fs::write(bot.path("two").join("a.txt"), "two").unwrap();
    bot.git(&["-C", "two", "add", "--all"]);
    bot.git(&["-C", "two", "commit", "--quiet", "-m", "Two"]);
    let refused = bot.try_git(&["-C", "two", "push", "origin", "HEAD"]);
    assert!(!refused.status.success());
    assert!(error_text(&refused).contains("rejected"), "{}", error_text(&refused));
}

#[tokio::test]
async fn recorded_requests_contain_no_git_packs() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.push("work", "a.txt", "a");
    let log = bot.client.simulator.requests();
    let pushes: Vec<_> =
        log.iter().filter(|one| one.path == "/vibn-mark/site.git/git-receive-pack").collect();
    assert!(!pushes.is_empty() && pushes.iter().all(|one| one.body.is_none()));
}
