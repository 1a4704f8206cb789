//! The Markdown subset in which updates are written: parsed to a small tree, shown by maud, never as raw HTML.
//!
//! Paragraphs, lists, quotes, code, emphasis and links to http, https and mailto. A heading becomes a bold
//! line, an image its alternative text, and HTML the characters that were typed.

use maud::{Markup, html};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Deeper nesting than people write is flattened, so that a hostile text cannot exhaust the stack.
const MAX_DEPTH: usize = 16;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Text(String),
    Break,
    Code(String),
    Emphasis(Vec<Self>),
    Strong(Vec<Self>),
    /// The address was judged: http, https or mailto.
    Link(String, Vec<Self>),
    Paragraph(Vec<Self>),
    Heading(Vec<Self>),
    CodeBlock(String),
    Quote(Vec<Self>),
    List {
        ordered: bool,
        items: Vec<Self>,
    },
    Item(Vec<Self>),
}

/// What an open tag will become.
enum Frame {
    Root,
    Emphasis,
    Strong,
    Link(String),
    Paragraph,
    Heading,
    CodeBlock,
    Quote,
    List(bool),
    Item,
    /// Kept for its content alone.
    Plain,
}

/// Reads a text into its tree.
#[must_use]
pub fn parse(text: &str) -> Vec<Node> {
    let mut open: Vec<(Frame, Vec<Node>)> = vec![(Frame::Root, Vec::new())];
    for event in Parser::new_ext(text, Options::empty()) {
        match event {
            Event::Start(tag) => {
                let frame = if open.len() < MAX_DEPTH {
                    frame_of(&tag)
                } else {
                    Frame::Plain
                };
                open.push((frame, Vec::new()));
            }
            Event::End(end) => close(&mut open, end),
            Event::Text(words)
            | Event::Html(words)
            | Event::InlineHtml(words)
            | Event::InlineMath(words)
            | Event::DisplayMath(words)
            | Event::FootnoteReference(words) => {
                add(&mut open, Node::Text(words.into_string()));
            }
            Event::Code(words) => add(&mut open, Node::Code(words.into_string())),
            Event::SoftBreak => add(&mut open, Node::Text("\n".to_owned())),
            Event::HardBreak | Event::Rule => add(&mut open, Node::Break),
            Event::TaskListMarker(_) => {}
        }
    }
    open.into_iter()
        .next()
        .map(|(_, nodes)| nodes)
        .unwrap_or_default()
}

/// The text as markup.
#[must_use]
pub fn show(text: &str) -> Markup {
    show_nodes(&parse(text))
}

/// The words alone, for a feed's summary, a meta description or a plain-text mail; links keep their address.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    write_plain(&parse(text), &mut words);
    words.trim().to_owned()
}

/// The first `most` characters of the plain words, cut at a word.
#[must_use]
pub fn excerpt(text: &str, most: usize) -> String {
    let words = plain(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= most {
        return words;
    }
    let cut: String = words.chars().take(most).collect();
    let kept = cut.rsplit_once(' ').map_or(cut.as_str(), |(kept, _)| kept);
    format!("{kept} …")
}

fn frame_of(tag: &Tag<'_>) -> Frame {
    match tag {
        Tag::Paragraph => Frame::Paragraph,
        Tag::Heading { .. } => Frame::Heading,
        Tag::BlockQuote(_) => Frame::Quote,
        Tag::CodeBlock(_) => Frame::CodeBlock,
        Tag::List(first) => Frame::List(first.is_some()),
        Tag::Item => Frame::Item,
        Tag::Emphasis => Frame::Emphasis,
        Tag::Strong => Frame::Strong,
        Tag::Link { dest_url, .. } => safe_address(dest_url).map_or(Frame::Plain, Frame::Link),
        _ => Frame::Plain,
    }
}

/// The address, when a reader may follow it: http, https or mailto, without control characters.
fn safe_address(address: &str) -> Option<String> {
    let parsed = url::Url::parse(address.trim()).ok()?;
    let has_place = parsed.scheme() == "mailto" || parsed.host_str().is_some();
    let is_safe = matches!(parsed.scheme(), "http" | "https" | "mailto") && has_place;
    is_safe.then(|| parsed.to_string())
}

fn add(open: &mut [(Frame, Vec<Node>)], node: Node) {
    if let Some((_, nodes)) = open.last_mut() {
        nodes.push(node);
    }
}

fn close(open: &mut Vec<(Frame, Vec<Node>)>, _end: TagEnd) {
    if open.len() < 2 {
        return;
    }
    let Some((frame, nodes)) = open.pop() else {
        return;
    };
    match frame {
        Frame::Root | Frame::Plain => {
            for node in nodes {
                add(open, node);
            }
        }
        Frame::Emphasis => add(open, Node::Emphasis(nodes)),
        Frame::Strong => add(open, Node::Strong(nodes)),
        Frame::Link(address) => add(open, Node::Link(address, nodes)),
        Frame::Paragraph => add(open, Node::Paragraph(nodes)),
        Frame::Heading => add(open, Node::Heading(nodes)),
        Frame::CodeBlock => {
            let mut words = String::new();
            write_plain(&nodes, &mut words);
            add(open, Node::CodeBlock(words));
        }
        Frame::Quote => add(open, Node::Quote(nodes)),
        Frame::List(ordered) => add(
            open,
            Node::List {
                ordered,
                items: nodes,
            },
        ),
        Frame::Item => add(open, Node::Item(nodes)),
    }
}

fn show_nodes(nodes: &[Node]) -> Markup {
    html! { @for node in nodes { (show_node(node)) } }
}

fn show_node(node: &Node) -> Markup {
    html! {
        @match node {
            Node::Text(words) => (words),
            Node::Break => br;,
            Node::Code(words) => code { (words) },
            Node::Emphasis(inner) => em { (show_nodes(inner)) },
            Node::Strong(inner) => strong { (show_nodes(inner)) },
            Node::Link(address, inner) => a href=(address) rel="nofollow noopener" { (show_nodes(inner)) },
            Node::Paragraph(inner) => p { (show_nodes(inner)) },
            Node::Heading(inner) => p { strong { (show_nodes(inner)) } },
            Node::CodeBlock(words) => pre { code { (words) } },
            Node::Quote(inner) => blockquote { (show_nodes(inner)) },
            Node::List { ordered: true, items } => ol { (show_nodes(items)) },
            Node::List { ordered: false, items } => ul { (show_nodes(items)) },
            Node::Item(inner) => li { (show_nodes(inner)) },
        }
    }
}

fn write_plain(nodes: &[Node], to: &mut String) {
    for node in nodes {
        match node {
            Node::Text(words) | Node::Code(words) => to.push_str(words),
            Node::Break => to.push('\n'),
            Node::Emphasis(inner) | Node::Strong(inner) => write_plain(inner, to),
            Node::Link(address, inner) => write_link(address, inner, to),
            Node::Paragraph(inner) | Node::Heading(inner) | Node::Quote(inner) => {
                write_plain(inner, to);
                to.push_str("\n\n");
            }
            Node::CodeBlock(words) => {
                to.push_str(words);
                to.push_str("\n\n");
            }
            Node::List { items, .. } => {
                write_plain(items, to);
                to.push('\n');
            }
            Node::Item(inner) => {
                to.push_str("- ");
                write_plain(inner, to);
                if !to.ends_with('\n') {
                    to.push('\n');
                }
            }
        }
    }
}

fn write_link(address: &str, inner: &[Node], to: &mut String) {
    let start = to.len();
    write_plain(inner, to);
    if to.get(start..) != Some(address) {
        to.push_str(" (");
        to.push_str(address);
        to.push(')');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subset_becomes_plain_elements() {
        let shown =
            show("One *two* **three** `four`.\n\n- a\n- b\n\n[docs](https://example.com/x)")
                .into_string();
        assert_eq!(
            shown,
            "<p>One <em>two</em> <strong>three</strong> <code>four</code>.</p>\
             <ul><li>a</li><li>b</li></ul>\
             <p><a href=\"https://example.com/x\" rel=\"nofollow noopener\">docs</a></p>"
        );
    }

    #[test]
    fn html_stays_the_characters_that_were_typed() {
        let shown = show("<script>alert(1)</script>\n\nhi <b onclick=x>there</b>").into_string();
        assert!(shown.contains("&lt;script&gt;"), "{shown}");
        assert!(!shown.contains("<b "), "{shown}");
    }

    #[test]
    fn only_http_https_and_mailto_are_links() {
        for address in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html;base64,PHNjcmlwdD4=",
            "vbscript:x",
            "//evil.example",
            "/relative",
            "file:///etc/passwd",
            "java&#x0A;script:alert(1)",
        ] {
            let shown = show(&format!("[x]({address})")).into_string();
            assert!(!shown.contains("href"), "{shown}");
        }
        assert!(
            show("[x](mailto:a@b.example)")
                .into_string()
                .contains("href=\"mailto:a@b.example\"")
        );
    }

    #[test]
    fn an_image_is_its_words() {
        let shown = show("![the map](https://evil.example/x.png)").into_string();
        assert_eq!(shown, "<p>the map</p>");
    }

    #[test]
    fn a_mountain_of_quotes_is_flattened() {
        let shown = show(&format!("{} deep", ">".repeat(5000))).into_string();
        assert!(shown.matches("<blockquote>").count() < MAX_DEPTH);
        assert!(shown.contains("deep"));
    }

    #[test]
    fn plain_words_keep_addresses_and_lines() {
        assert_eq!(
            plain("See [docs](https://example.com/x).\n\nBye"),
            "See docs (https://example.com/x).\n\nBye"
        );
        assert_eq!(excerpt("one two three four", 10), "one two …");
    }
}
