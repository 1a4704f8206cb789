//! The whole way from facts to bytes: what is shown, what is not, what it weighs.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::component::Show;
use crate::domain::estate::Estate;
use crate::domain::timestamp::Timestamp;
use crate::markup::assets;
use crate::publish::sample::{
    at, bad_facts, component, estate, incident, quiet_facts, update, view,
};
use crate::publish::snapshot::Snapshot;
use crate::publish::{render, sample};
use crate::store::views::public::PublicFacts;

fn shown(estate: &Estate, facts: &PublicFacts, blind_since: Option<Timestamp>) -> Snapshot {
    render::snapshot(&view(estate, facts, blind_since), facts.seq)
}

fn text(snapshot: &Snapshot, path: &str) -> String {
    let document = snapshot
        .document(path)
        .unwrap_or_else(|| panic!("{path} is there"));
    String::from_utf8(document.identity().bytes.to_vec()).unwrap()
}

fn json(snapshot: &Snapshot, name: &str) -> Value {
    serde_json::from_str(&text(snapshot, &format!("/api/v2/{name}.json"))).unwrap()
}

#[test]
fn a_quiet_day_says_all_clear() {
    let front = text(&shown(&estate(), &quiet_facts(), None), "/");
    assert!(front.contains("<h1 id=\"banner\">All clear</h1>"));
    assert!(front.contains("All 14 components are operational."));
    assert!(!front.contains("<details class=\"group\" id=\"g-g00000000000\" open"));
    assert!(front.contains("not measured"));
}

#[test]
fn trouble_is_named_counted_and_promised() {
    let front = text(&shown(&estate(), &bad_facts(), None), "/");
    assert!(front.contains("<h1 id=\"banner\">Checkout API is partly out</h1>"));
    assert!(front.contains("10 of 14 components are operational."));
    assert!(front.contains("We will say more by"));
    assert!(
        front.contains("7\u{a0}min late"),
        "a late promise is said to be late"
    );
    assert!(front.contains("<details class=\"group\" id=\"g-g00000000000\" open"));
    assert!(front.contains("favicon-partial"));
}

#[test]
fn without_a_store_everything_is_unknown_and_says_whose_fault_it_is() {
    let snapshot = shown(&estate(), &bad_facts(), Some(at("2026-11-20T13:55:00Z")));
    let front = text(&snapshot, "/");
    assert!(front.contains("We cannot see the current status"));
    assert!(front.contains("The trouble is on our side"));
    assert!(!front.contains("Operational</span>"));
    let components = json(&snapshot, "components");
    for row in components["components"].as_array().unwrap() {
        assert_ne!(row["status"], "operational");
        assert_eq!(row["allclear_status"], "unknown");
    }
    let checkout = components["components"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == "Checkout API");
    assert_eq!(
        checkout.unwrap()["status"],
        "partial_outage",
        "the last status, as it was not operational"
    );
}

#[test]
fn nothing_private_reaches_any_document() {
    let mut estate = estate();
    let mut hidden = component(50, "canary-hidden", Some(0));
    hidden.show = Show::Never;
    estate.components.push(hidden);
    let mut facts = bad_facts();
    let mut about_hidden = incident(8, "canary-about-hidden");
    about_hidden.components = vec![crate::domain::incident::IncidentComponent {
        component: sample::component_id(50),
        status: crate::domain::status::Status::MajorOutage,
    }];
    facts.incidents.push(about_hidden);
    let snapshot = shown(&estate, &facts, None);
    for (path, document) in snapshot.documents() {
        let body = document.identity();
        let text = String::from_utf8_lossy(&body.bytes);
        assert!(!text.contains("canary"), "{path}");
        assert!(!text.contains("987654"), "{path}");
    }
}

#[test]
fn the_same_minute_gives_the_same_bytes() {
    let early = shown(&estate(), &bad_facts(), None);
    let sight = crate::publish::build::Sight {
        now: at("2026-11-20T14:07:59Z"),
        public_url: "https://status.northwind.example".to_owned(),
        blind_since: None,
    };
    let late = render::snapshot(
        &crate::publish::build::view(&estate(), &bad_facts(), &sight),
        77,
    );
    assert_eq!(early, late);
}

#[test]
fn no_words_of_anybody_become_markup() {
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "</title><svg/onload=alert(1)>",
        "javascript:alert(1)",
        "[x](javascript:alert(1))",
        "<a href=\"jav&#x09;ascript:alert(1)\">x</a>",
        "![x](x\" onerror=\"alert(1))",
        "<math><mtext></table><mglyph><style><img src=x onerror=alert(1)>",
        "]]><script>alert(1)</script>",
        "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
        "\u{202e}<b>x</b>\u{0}",
        "[x](data:text/html,<script>alert(1)</script>)",
        "<iframe srcdoc='<script>alert(1)</script>'>",
        "{{7*7}}${7*7}<%= 7*7 %>",
    ];
    for words in hostile {
        let mut estate = estate();
        estate.pages[0].name = words.to_owned();
        estate.groups[0].name = words.to_owned();
        estate.components[0].name = words.to_owned();
        estate.components[0].description = Some(words.to_owned());
        estate.components[0].workaround = Some(words.to_owned());
        let mut facts = bad_facts();
        facts.incidents[0].title = words.to_owned();
        facts.incidents[0].updates[0].body = words.to_owned();
        facts.maintenances[0].title = words.to_owned();
        facts.maintenances[0].updates[0].body = words.to_owned();
        let snapshot = shown(&estate, &facts, None);
        for (path, document) in snapshot.documents() {
            let body = document.identity();
            let text = String::from_utf8_lossy(&body.bytes);
            if path.starts_with("/api/") {
                serde_json::from_str::<Value>(&text).unwrap();
                continue;
            }
            for forbidden in [
                "<script>",
                "<img",
                "<iframe",
                "<math",
                "<style",
                "href=\"javascript",
                "href=\"data:",
                "<svg/",
            ] {
                assert!(
                    !text.contains(forbidden),
                    "{forbidden} on {path} from {words}"
                );
            }
            assert!(!text.contains("style=\""), "{path} needs no inline style");
        }
    }
}

#[test]
fn v2_documents_have_the_shape_of_statuspage() {
    let theirs: Value = serde_json::from_str(include_str!(
        "../../tests/fixtures/statuspage-incidents.json"
    ))
    .unwrap();
    let ours = json(&shown(&estate(), &bad_facts(), None), "incidents");
    let keys = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(keys(&ours), keys(&theirs));
    assert_eq!(keys(&ours["page"]), keys(&theirs["page"]));
    let (our, their) = (&ours["incidents"][0], &theirs["incidents"][0]);
    assert_eq!(keys(our), keys(their));
    assert_eq!(
        keys(&our["incident_updates"][0]),
        keys(&their["incident_updates"][0])
    );
    assert_eq!(keys(&our["components"][0]), keys(&their["components"][0]));
    let change = &our["incident_updates"][1]["affected_components"][0];
    assert_eq!(
        keys(change),
        keys(&their["incident_updates"][0]["affected_components"][0])
    );
    assert_eq!(change["name"], "Payments - Checkout API");
    assert_eq!(
        our["incident_updates"][0]["status"], "identified",
        "newest first"
    );
    assert_eq!(ours["page"]["url"], "https://status.northwind.example");
}

#[test]
fn v2_summary_and_filters_agree() {
    let snapshot = shown(&estate(), &bad_facts(), None);
    let summary = json(&snapshot, "summary");
    assert_eq!(summary["status"]["indicator"], "minor");
    assert_eq!(summary["status"]["description"], "Minor Service Outage");
    assert_eq!(summary["components"].as_array().unwrap().len(), 14 + 4);
    assert_eq!(summary["incidents"].as_array().unwrap().len(), 2);
    assert_eq!(
        summary["scheduled_maintenances"].as_array().unwrap().len(),
        2
    );
    assert_eq!(
        json(&snapshot, "incidents")["incidents"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        json(&snapshot, "incidents/unresolved")["incidents"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let list = |name: &str| {
        json(&snapshot, name)["scheduled_maintenances"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(list("scheduled-maintenances/upcoming"), 1);
    assert_eq!(list("scheduled-maintenances/active"), 1);
    assert_eq!(json(&snapshot, "status")["status"], summary["status"]);
    let quiet = json(&shown(&estate(), &quiet_facts(), None), "status");
    assert_eq!(quiet["status"]["indicator"], "none");
}

#[test]
fn v2_times_are_in_the_page_s_zone() {
    let mut estate = estate();
    estate.pages[0].time_zone = "Africa/Johannesburg".to_owned();
    let ours = json(&shown(&estate, &bad_facts(), None), "incidents");
    assert_eq!(
        ours["incidents"][0]["started_at"],
        "2026-11-20T15:42:00.000+02:00"
    );
}

#[test]
fn a_page_and_its_stylesheet_weigh_little() {
    let snapshot = shown(&estate(), &bad_facts(), None);
    let page = snapshot
        .document("/")
        .unwrap()
        .gzip
        .as_ref()
        .unwrap()
        .bytes
        .len();
    let style = crate::publish::document::Document::new(
        crate::publish::document::Kind::Style,
        assets::public_style().text.clone(),
        crate::publish::document::Effort::Full,
    );
    let style = style.gzip.unwrap().bytes.len();
    assert!(page + style <= 15 * 1024, "{page} + {style}");
}

#[test]
fn a_large_estate_has_a_page_per_group() {
    let mut estate = estate();
    for number in 14..150 {
        estate.components.push(component(
            number,
            &format!("Node {number}"),
            Some(number % 4),
        ));
    }
    let snapshot = shown(&estate, &quiet_facts(), None);
    let front = text(&snapshot, "/");
    assert!(front.contains("href=\"/groups/g00000000000\""));
    assert!(!front.contains("Node 20</bdi></a></h4>"));
    assert!(text(&snapshot, "/groups/g00000000000").contains("Node 20</bdi></a></h4>"));
}

#[test]
fn an_empty_page_is_not_green() {
    let snapshot = shown(&Estate::default(), &PublicFacts::default(), None);
    assert!(text(&snapshot, "/").contains("Nothing is watched yet"));
    assert!(text(&snapshot, "/").contains("favicon-unknown"));
}

#[test]
fn the_feed_is_well_formed_and_complete() {
    let mut facts = bad_facts();
    facts.incidents[0]
        .updates
        .push(update(1, 3, "a < b & \"c\""));
    let feed = text(&shown(&estate(), &facts, None), "/history.atom");
    assert!(feed.starts_with("<?xml"));
    assert_eq!(feed.matches("<entry>").count(), 5);
    assert_eq!(
        feed.matches("<entry>").count(),
        feed.matches("</entry>").count()
    );
    assert!(
        feed.contains("a &amp;lt; b &amp;amp;"),
        "escaped for HTML, then for XML"
    );
}

/// Leaves the pages where they can be looked at: `allclear-pages` in the system's temporary folder.
#[test]
fn every_page_can_be_looked_at() {
    let root = std::env::temp_dir().join("allclear-pages");
    let mut large = estate();
    for number in 14..150 {
        large.components.push(component(
            number,
            &format!("Node {number}"),
            Some(number % 4),
        ));
    }
    for (name, snapshot) in [
        ("ok", shown(&estate(), &quiet_facts(), None)),
        ("bad", shown(&estate(), &bad_facts(), None)),
        (
            "blind",
            shown(&estate(), &bad_facts(), Some(at("2026-11-20T13:55:00Z"))),
        ),
        ("large", shown(&large, &bad_facts(), None)),
    ] {
        for (path, document) in snapshot.documents() {
            let text = String::from_utf8(document.identity().bytes.to_vec()).unwrap();
            assert!(!path.starts_with('/') || !text.is_empty());
            let file = root.join(name).join(path.trim_start_matches('/'));
            let file = if path == "/" {
                root.join(name).join("index.html")
            } else {
                file
            };
            let is_page = document.kind == crate::publish::document::Kind::Page && path != "/";
            let file = if is_page {
                file.with_extension("html")
            } else {
                file
            };
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
    }
    for asset in assets::all() {
        let file = root.join(asset.path.trim_start_matches('/'));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, &asset.text).unwrap();
    }
}
