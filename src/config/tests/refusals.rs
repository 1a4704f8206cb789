//! The words in which a file is refused.

use proptest::prelude::*;

use super::{EXAMPLE_ENVIRONMENT, good, read, refused, refused_in};

#[test]
fn every_problem_is_told_at_once_with_its_place() {
    let text = r#"[server]
listn = "127.0.0.1:8080"
data_dir = 5

[[component]]
id = "api"
nmae = "API"

  [[component.check]]
  id = "api-http"
  kind = "htpp"
"#;

    assert_eq!(
        refused(text),
        "\
allclear.toml:2:1: server.listn: unknown key
  hint: did you mean `listen`?
allclear.toml:3:12: server.data_dir: must be a string, not a whole number
allclear.toml:5:1: component.name: is missing
  hint: for example `name = \"Checkout API\"`
allclear.toml:7:1: component.nmae: unknown key
  hint: did you mean `name`?
allclear.toml:11:10: component.check.kind: kind `htpp` is unknown
  hint: did you mean `http`?"
    );
}

/// The keys of every section, as `section/key`.
/// The keys a tree of effective values holds, by the section that describes each table.
#[test]
fn a_misspelled_override_is_refused_by_its_name() {
    assert_eq!(
        refused_in(
            "",
            &[
                ("ALLCLEAR_SERVER__LISTN", "x"),
                ("ALLCLEAR_SERVER__LISTEN", "x")
            ]
        ),
        "\
ALLCLEAR_SERVER__LISTEN: server.listen: `x` is not an address and port
  hint: write an IP address and a port, as in \"127.0.0.1:8080\" or \"[::]:8080\"
ALLCLEAR_SERVER__LISTN: overrides no scalar of the configuration
  hint: did you mean `ALLCLEAR_SERVER__LISTEN`?"
    );
}

#[test]
fn names_that_stand_for_nothing_are_refused_where_they_are_written() {
    let text = r#"
[[page]]
id = "main"
name = "P"
components = ["checkuot", "*"]
[[component]]
id = "checkout"
name = "C"
group = "store"
depends_on = [{ id = "gone" }]
  [[component.check]]
  id = "q"
  kind = "prometheus"
  source = "main"
  query = "up"
  fail = "> 1"
[[component]]
id = "checkout"
name = "Again"
"#;

    assert_eq!(
        refused(text),
        "\
allclear.toml:5:15: page.components: there is no component or group `checkuot`
  hint: did you mean `checkout`?
allclear.toml:9:9: component.group: there is no group `store`
allclear.toml:10:22: component.depends_on.id: there is no component `gone`
allclear.toml:14:12: component.check.source: there is no prometheus source `main`
allclear.toml:18:6: component.id: component `checkout` is declared twice
  hint: the other one is at line 7; give one of them another id"
    );
}

#[test]
fn dependencies_may_not_run_in_a_circle() {
    let component = |id: &str, needs: &str| {
        format!(
            "[[component]]\nid = \"{id}\"\nname = \"N\"\ndepends_on = [{{ id = \"{needs}\" }}]\n"
        )
    };
    let text = [
        component("a", "b"),
        component("b", "c"),
        component("c", "b"),
    ]
    .concat();

    assert_eq!(
        refused(&text),
        "\
allclear.toml:2:6: component.depends_on: runs in a circle: b -> c -> b
  hint: take one of these dependencies away"
    );
}

#[test]
fn what_is_not_built_yet_is_refused_with_what_is() {
    let text = r#"
[[page]]
id = "main"
name = "P"
visibility = "private"
locale = "de"
[[component]]
id = "a"
name = "A"
  [[component.check]]
  id = "a-dns"
  kind = "dns"
  name = "example.com"
  [[component.check]]
  id = "a-http"
  kind = "http"
  url = "https://example.com"
  locations = ["local", "iad"]
[[inbound]]
id = "am"
kind = "alertmanager"
"#;

    assert_eq!(
        refused(text),
        "\
allclear.toml:5:14: page.visibility: private pages are not built yet, and this one must not be public by mistake
  hint: leave the page out until they are
allclear.toml:6:10: page.locale: `de` is not built yet
  hint: pages speak English so far: write \"en\"
allclear.toml:12:10: component.check.kind: kind `dns` is not built yet
  hint: the kinds so far are http, tcp, heartbeat, prometheus
allclear.toml:18:25: component.check.locations: location `iad` does not exist: agents are not built yet
  hint: checks run from this node alone, which `probes.location` calls `local`
allclear.toml:19:1: inbound: inbound alerts and changes are not built yet
  hint: take the section out until they are"
    );
}

#[test]
fn a_value_kept_nowhere_is_refused_at_its_place() {
    let text = "[sources.prometheus.main]\nurl = { env = \"GONE\" }\nbearer = { file = \"/nonexistent/token\" }\n";

    assert_eq!(
        refused(text),
        "\
allclear.toml:2:15: sources.prometheus.main.url: environment variable `GONE` is not set
allclear.toml:3:19: sources.prometheus.main.bearer: file `/nonexistent/token` cannot be read: No such file or directory (os error 2)"
    );
}

#[test]
fn values_that_make_no_sense_are_refused_in_words() {
    for (line, words) in [
        ("interval = 30", "is a duration without a unit"),
        ("interval = \"soon\"", "`soon` is not a duration"),
        ("interval = \"1ms\"", "must be at least 100ms"),
        ("slow_after = \"10s\"", "is not shorter than `timeout`"),
        ("fail_after = 0", "must be between 1 and 100, not 0"),
        ("method = \"get\"", "`get` is not a method"),
        ("redirects = \"5\"", "must be a whole number, not a string"),
        ("critical = \"yes\"", "must be true or false"),
        ("auth = { }", "needs `basic` or `bearer`"),
        (
            "headers = { \"a b\" = \"x\" }",
            "is not the name of a header",
        ),
        (
            "headers = { A = \"x\\ny\" }",
            "must not contain control characters",
        ),
        ("expect = { status = [\"2xx\"] }", "`2xx` is not a status"),
        (
            "expect = { json = { path = \"$[\", equals = 1 } }",
            "is not a JSON path",
        ),
        (
            "expect = { header = { name = \"a\", matches = \"(\" } }",
            "is not a regular expression",
        ),
        ("address = \"a:1\"", "unknown key"),
    ] {
        let text = format!(
            "[[component]]\nid = \"a\"\nname = \"A\"\n[[component.check]]\nid = \"b\"\nkind = \"http\"\nurl = \"https://a\"\n{line}\n"
        );
        let told = refused(&text);
        assert!(told.starts_with("allclear.toml:8:"), "{told}");
        assert!(told.contains(words), "{line}: {told}");
    }
}

#[test]
fn a_query_says_where_its_window_goes() {
    let text = "[sources.prometheus.m]\nurl = \"http://a\"\n[[component]]\nid = \"a\"\nname = \"A\"\n[[component.objective]]\nid = \"o\"\ntarget = 99.9\nindicator = { kind = \"prometheus\", source = \"m\", bad = \"e[5m]\", total = \"t[{{window}}]\" }\n";

    let told = refused(text);

    assert!(
        told.contains("component.objective.indicator.bad: does not say `{{window}}`"),
        "{told}"
    );
    assert_eq!(told.matches("allclear.toml:").count(), 1);
}

#[test]
fn a_heartbeat_has_one_schedule() {
    let heartbeat = |lines: &str| {
        format!(
            "[[component]]\nid = \"a\"\nname = \"A\"\n[[component.check]]\nid = \"h\"\nkind = \"heartbeat\"\n{lines}\n"
        )
    };

    assert!(refused(&heartbeat("")).contains("a heartbeat needs `every` or `cron`"));
    assert!(refused(&heartbeat("every = \"1d\"\ncron = \"0 3 * * *\"")).contains("beside `every`"));
    assert!(refused(&heartbeat("cron = \"0 25 * * *\"")).contains("is not a cron line"));
    assert!(
        refused(&heartbeat("every = \"1d\"\ntime_zone = \"Europe/Berln\""))
            .contains("did you mean `Europe/Berlin`?")
    );
    assert_eq!(
        good(&heartbeat("cron = \"0 3 * * *\""))
            .manifest
            .check_count(),
        1
    );
}

#[test]
fn broken_toml_is_told_with_every_place() {
    let told = refused("[server\nlisten = \n[mail]\nfrom = 'x\n");

    assert!(told.starts_with("allclear.toml:1:"), "{told}");
    assert!(told.lines().count() >= 2, "{told}");
}

proptest! {
    #[test]
    fn no_text_panics_the_reader(text in any::<String>()) {
        let _ = read(&text, &[]);
    }

    #[test]
    fn no_mutilated_example_panics_the_reader(
        at in any::<prop::sample::Index>(),
        cut in 0_usize..40,
        with in "[\\[\\]{}=\"'#a-z0-9\n. -]{0,12}",
    ) {
        let text = include_str!("../../../examples/complete.toml");
        let from = at.index(text.len());
        let to = (from + cut).min(text.len());
        if let (Some(head), Some(tail)) = (text.get(..from), text.get(to..)) {
            let _ = read(&format!("{head}{with}{tail}"), &EXAMPLE_ENVIRONMENT);
        }
    }
}
