//! What is typed wrong on the command line is answered with what is wrong and a way out, by the right exit code.

use crate::cli::{in_both_situations, said};

/// What is typed, how it ends, and words that help.
const WRONG: &[(&str, i32, &str)] = &[
    (
        "incident open --title T --body B --component chekout=major_outage",
        1,
        "did you mean `checkout`?",
    ),
    (
        "incident open --title T --body B --component checkout=sad",
        2,
        "major_outage",
    ),
    (
        "incident open --title T --body B --component checkout",
        2,
        "write ID=STATUS",
    ),
    (
        "incident open --title T --body B --component checkout=under_maintenance",
        1,
        "maintenance schedule",
    ),
    ("incident open --title= --body B", 1, "title: it is empty"),
    ("incident open --title T", 2, "--body"),
    (
        "incident open --title T --body B --status sad",
        2,
        "investigating",
    ),
    (
        "incident resolve nothing --body B",
        1,
        "incident `nothing` does not exist",
    ),
    (
        "maintenance schedule --title T --body B --component search --starts tomorrow --ends later",
        2,
        "tomorrow",
    ),
    ("check show nightli", 1, "did you mean `nightly`?"),
    ("status serch", 1, "did you mean `search`?"),
    ("subscriber add email nonsense", 1, "nonsense"),
    ("subscriber remove nobody@example.net", 1, "does not exist"),
    ("incident", 2, "Usage"),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_with_a_way_out() {
    in_both_situations(async |server| {
        for (typed, code, hint) in WRONG {
            let refused = server.run(&typed.split(' ').collect::<Vec<_>>()).await;
            assert_eq!(
                refused.status.code(),
                Some(*code),
                "{typed}: {}",
                said(&refused)
            );
            assert!(said(&refused).contains(hint), "{typed}: {}", said(&refused));
            assert!(refused.stdout.is_empty(), "{typed} printed data");
        }
    })
    .await;
}
