//! Message templates: embedded, and overridable on disk one file at a time, never over HTTP.
//!
//! A file `mail/<message>/<part>` under the templates folder stands for the embedded one of that name. One that
//! does not parse is reported and the embedded one is used: a slip in a template must not keep people untold.

use std::collections::BTreeMap;
use std::path::Path;

use minijinja::{Environment, Value, context};

/// A message by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    Confirm,
    AlreadySubscribed,
    Incident,
    Maintenance,
    Proposal,
    EndpointDisabled,
}

impl Message {
    const ALL: [Self; 6] = [
        Self::Confirm,
        Self::AlreadySubscribed,
        Self::Incident,
        Self::Maintenance,
        Self::Proposal,
        Self::EndpointDisabled,
    ];

    const fn folder(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::AlreadySubscribed => "already_subscribed",
            Self::Incident => "incident",
            Self::Maintenance => "maintenance",
            Self::Proposal => "proposal",
            Self::EndpointDisabled => "endpoint_disabled",
        }
    }

    const fn embedded(self) -> [&'static str; 3] {
        macro_rules! parts {
            ($folder:literal) => {
                [
                    include_str!(concat!("../../templates/mail/", $folder, "/subject.txt.j2")),
                    include_str!(concat!("../../templates/mail/", $folder, "/body.txt.j2")),
                    include_str!(concat!("../../templates/mail/", $folder, "/body.html.j2")),
                ]
            };
        }
        match self {
            Self::Confirm => parts!("confirm"),
            Self::AlreadySubscribed => parts!("already_subscribed"),
            Self::Incident => parts!("incident"),
            Self::Maintenance => parts!("maintenance"),
            Self::Proposal => parts!("proposal"),
            Self::EndpointDisabled => parts!("endpoint_disabled"),
        }
    }
}

const PARTS: [&str; 3] = ["subject.txt.j2", "body.txt.j2", "body.html.j2"];
const BASE: &str = "mail/base.html.j2";
const EMBEDDED_BASE: &str = include_str!("../../templates/mail/base.html.j2");

/// A message's words, rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rendered {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// Every template in the form that will be used.
pub(super) struct Templates {
    environment: Environment<'static>,
    sources: BTreeMap<String, String>,
}

impl Templates {
    /// Reads the overrides in `folder`, if there is one.
    pub(super) fn load(folder: Option<&Path>) -> Self {
        let mut environment = Environment::new();
        environment.set_trim_blocks(false);
        let mut sources = BTreeMap::new();
        let embedded = Message::ALL.into_iter().flat_map(|message| {
            PARTS
                .into_iter()
                .zip(message.embedded())
                .map(move |(part, source)| (path(message, part), source))
        });
        for (name, source) in embedded.chain([(BASE.to_owned(), EMBEDDED_BASE)]) {
            let source = folder
                .and_then(|folder| overriding(&environment, folder, &name))
                .unwrap_or_else(|| source.to_owned());
            sources.insert(name, source);
        }
        Self {
            environment,
            sources,
        }
    }

    /// # Errors
    /// A template uses what its message does not have.
    pub(super) fn render(
        &self,
        message: Message,
        facts: &Value,
    ) -> Result<Rendered, minijinja::Error> {
        let part = |part| self.one(&path(message, part), facts);
        let [subject, text, html] = PARTS;
        let subject = part(subject)?
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let text = part(text)?;
        let content = Value::from_safe_string(part(html)?);
        let whole = context! { content, subject, ..facts.clone() };
        Ok(Rendered {
            html: self.one(BASE, &whole)?,
            text,
            subject,
        })
    }

    fn one(&self, name: &str, facts: &Value) -> Result<String, minijinja::Error> {
        let source = self.sources.get(name).map_or("", String::as_str);
        self.environment.render_named_str(name, source, facts)
    }
}

fn path(message: Message, part: &str) -> String {
    format!("mail/{}/{part}", message.folder())
}

fn overriding(environment: &Environment<'_>, folder: &Path, name: &str) -> Option<String> {
    let source = std::fs::read_to_string(folder.join(name)).ok()?;
    if let Err(error) = environment.template_from_named_str(name, &source) {
        tracing::error!(template = name, %error, "a template does not parse; the built-in one is used");
        return None;
    }
    Some(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Value {
        context! {
            locale => "en",
            page => context! { name => "Ex & Co", url => "https://s.example" },
            address => "<hooks.example>",
            why => "410: gone",
            console_url => "https://s.example/console",
        }
    }

    #[test]
    fn html_is_escaped_and_text_is_not() {
        let rendered = Templates::load(None)
            .render(Message::EndpointDisabled, &facts())
            .unwrap();
        assert_eq!(
            rendered.subject,
            "A webhook of Ex & Co was disabled: <hooks.example>"
        );
        assert!(rendered.text.contains("<hooks.example>"));
        assert!(rendered.html.contains("&lt;hooks.example&gt;"));
        assert!(!rendered.html.contains("<hooks.example>"));
    }

    #[test]
    fn one_file_on_disk_replaces_one_template() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail/endpoint_disabled");
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("subject.txt.j2"), "ours: {{ address }}").unwrap();
        std::fs::write(path.join("body.txt.j2"), "{% if %}").unwrap();

        let rendered = Templates::load(Some(folder.path()))
            .render(Message::EndpointDisabled, &facts())
            .unwrap();

        assert_eq!(rendered.subject, "ours: <hooks.example>");
        assert!(rendered.text.contains("gets no more messages"));
    }
}
