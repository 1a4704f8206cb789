//! How to be told: by mail, by webhook, by feed. One form per way, the address first. The answer to a form is the
//! same for known and unknown addresses; it is given elsewhere, by the only public route that writes.

use maud::{Markup, html};

use crate::markup::marks;
use crate::publish::render::bands::{self, About, Door};
use crate::publish::render::{banner, components};
use crate::publish::view::{ComponentView, PublicView};

pub(super) fn page(view: &PublicView) -> Markup {
    let description = format!(
        "Be told when something breaks at {}, and when it is over.",
        view.site.name
    );
    let about = About {
        title: "Subscribe",
        description: &description,
        door: Door::Subscribe,
        status: banner::banner(view).status,
    };
    let main = html! {
        section.section aria-labelledby="sub" {
            div.wrap.axis {
                div {
                    h1.page-title id="sub" { "Be told when something breaks" }
                    p.aside { "And when it is over. No account; one click stops it." }
                }
                div.tabs role="group" aria-label="How should we tell you?" {
                    input type="radio" name="how" id="by-mail" checked;
                    input type="radio" name="how" id="by-hook";
                    input type="radio" name="how" id="by-feed";
                    div.tab-list {
                        label for="by-mail" { "E-mail" }
                        label for="by-hook" { "Webhook" }
                        label for="by-feed" { "Feed" }
                    }
                    (mail(view))
                    (webhook(view))
                    (feed(view))
                }
            }
        }
    };
    bands::page(view, &about, &main)
}

fn mail(view: &PublicView) -> Markup {
    html! {
        form.panel.panel-mail action="/subscribe" method="post" {
            input type="hidden" name="channel" value="email";
            div {
                label for="mail" { "Your e-mail address" }
                input type="email" id="mail" name="address" autocomplete="email" required maxlength="254"
                    aria-describedby="mail-hint";
                p.hint id="mail-hint" { "We send one message to confirm it. Until you do, we send nothing else." }
            }
            (scope(view, "m"))
            (honeypot())
            p.send { button.button-main type="submit" { "Subscribe by e-mail" } }
            p.hint {
                "The answer on the next page is the same for every address. To change or stop a subscription, use "
                "the link at the end of any message."
            }
        }
    }
}

fn webhook(view: &PublicView) -> Markup {
    html! {
        form.panel.panel-hook action="/subscribe" method="post" {
            input type="hidden" name="channel" value="webhook";
            div {
                label for="url" { "Address of your endpoint" }
                input type="url" id="url" name="address" placeholder="https://" required maxlength="2048"
                    aria-describedby="url-hint";
                p.hint id="url-hint" {
                    "We send JSON by POST, signed by the Standard Webhooks rules, and try again for two days. A test "
                    "message must be confirmed before anything else is sent."
                }
            }
            (scope(view, "w"))
            (honeypot())
            p.send { button.button-main type="submit" { "Subscribe this endpoint" } }
        }
    }
}

fn feed(view: &PublicView) -> Markup {
    let atom = format!("{}/history.atom", view.site.url);
    let json = format!("{}/api/v2/summary.json", view.site.url);
    html! {
        div.panel.panel-feed {
            p { "Nothing to sign up for: a reader or a script fetches these." }
            div {
                div.address { strong { "Atom" } a href="/history.atom" { (atom) } }
                div.address { strong { "Statuspage-compatible JSON" } a href="/api/v2/summary.json" { (json) } }
            }
        }
    }
}

/// People do not see this field; what fills it in is not a person.
fn honeypot() -> Markup {
    html! {
        div.unseen aria-hidden="true" {
            label { "Leave this empty " input type="text" name="website" tabindex="-1" autocomplete="off"; }
        }
    }
}

/// Everything, or chosen components; the list shows only after the second is chosen.
fn scope(view: &PublicView, prefix: &str) -> Markup {
    html! {
        fieldset.scope {
            legend { "About what?" }
            div.choices {
                label.choice { input.all type="radio" name="scope" value="all" checked; span { "Everything" } }
                label.choice { input type="radio" name="scope" value="some"; span { "Only what I choose" } }
            }
            @for group in &view.groups {
                @let members: Vec<&ComponentView> = group.components.iter().filter(|of| of.is_listed()).collect();
                @if !members.is_empty() {
                    details.scope-group open[view.groups.len() == 1] {
                        summary {
                            (marks::caret())
                            bdi { (components::group_name(group)) }
                            span.small { (crate::markup::figures::counted(members.len(), "component", "components")) }
                        }
                        div {
                            @for component in members {
                                label.tick for={ (prefix) "-" (component.id) } {
                                    input type="checkbox" name="component" value=(component.id)
                                        id={ (prefix) "-" (component.id) };
                                    bdi { (component.name) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
