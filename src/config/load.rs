//! From a file and an environment to settings, or to everything that is wrong with them.

use std::path::Path;

use toml::de::DeTable;

use crate::config::cross;
use crate::config::keys::estate::{COMPONENT, GROUP, PAGE};
use crate::config::keys::process::{
    DATABASE, MAIL, PROBES, RETENTION, ROOT, SERVER, SOURCES, WEBHOOKS,
};
use crate::config::manifest::Manifest;
use crate::config::problem::{ConfigErrors, Place, Problem, Severity};
use crate::config::sections::{component, page, process, server};
use crate::config::settings::Settings;
use crate::config::shown::{Secrets, Shown, sha256};
use crate::config::source::{Environment, Purpose, Source, did_you_mean};
use crate::config::table::Table;

/// Read when no file is named, if it is there.
pub const USUAL_FILE: &str = "allclear.toml";

/// Reads `path`; without one `./allclear.toml` if it is there, and the defaults if not.
///
/// # Errors
/// [`ConfigErrors`] with every problem of the file.
pub fn load(path: Option<&Path>, environment: &Environment) -> Result<Settings, ConfigErrors> {
    load_for(Purpose::Running, path, environment)
}

/// As [`load`], for a purpose.
///
/// # Errors
/// As [`load`].
pub fn load_for(
    purpose: Purpose,
    path: Option<&Path>,
    environment: &Environment,
) -> Result<Settings, ConfigErrors> {
    let usual = Path::new(USUAL_FILE);
    let path = path.or_else(|| usual.exists().then_some(usual));
    let Some(path) = path else {
        return Document::empty().read(purpose, environment);
    };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        ConfigErrors::new(
            &name,
            vec![Problem::whole(format!("cannot be read: {error}"))],
        )
    })?;
    let document = Document {
        text: &text,
        name: &name,
        folder: path.parent().unwrap_or(Path::new("")),
    };
    document.read(purpose, environment)
}

/// A configuration's text, the name that stands in messages, and the folder its paths are relative to.
pub(super) struct Document<'a> {
    pub(super) text: &'a str,
    pub(super) name: &'a str,
    pub(super) folder: &'a Path,
}

impl Document<'_> {
    fn empty() -> Self {
        Self {
            text: "",
            name: "(no file)",
            folder: Path::new(""),
        }
    }

    /// # Errors
    /// [`ConfigErrors`] with every problem of the text.
    pub(super) fn read(
        &self,
        purpose: Purpose,
        environment: &Environment,
    ) -> Result<Settings, ConfigErrors> {
        let Self { text, name, folder } = *self;
        let source = Source::new(purpose, text, folder, environment);
        let (parsed, faults) = DeTable::parse_recoverable(text);
        for fault in &faults {
            let span = fault.span().unwrap_or(0..0);
            source.error((source.place(&span), ""), fault.message().to_owned(), None);
        }
        if !faults.is_empty() {
            return Err(ConfigErrors::new(name, source.problems.take()));
        }
        let settings = settings(&source, parsed.get_ref());
        judge_variables(&source);
        let problems = source.problems.take();
        let is_refused = problems
            .iter()
            .any(|problem| problem.severity == Severity::Error);
        match settings {
            Some(settings) if !is_refused => Ok(Settings {
                file: name.to_owned(),
                warnings: ConfigErrors::new(name, problems).problems,
                ..settings
            }),
            Some(_) | None => Err(ConfigErrors::new(name, problems)),
        }
    }
}

fn settings<'a>(source: &'a Source<'a>, entries: &'a DeTable<'a>) -> Option<Settings> {
    let mut root = Table::root(source, &ROOT, entries);
    let server = root.always("server", &SERVER, server::server);
    let data_dir = server.as_ref().map(|server| server.data_dir.clone());
    let database_url = root.always("database", &DATABASE, |table| {
        server::database(table, &data_dir.unwrap_or_default())
    });
    let mail = root.within("mail", &MAIL, process::mail);
    let webhooks = root.always("webhooks", &WEBHOOKS, process::webhooks);
    let probes = root.always("probes", &PROBES, process::probes);
    let retention = root.always("retention", &RETENTION, process::retention);
    let sources = root.within("sources", &SOURCES, process::sources);
    let location = probes
        .as_ref()
        .map_or("local", |probes| probes.location.as_str());
    let mut manifest = manifest(&mut root, location);
    refuse_inbound(&mut root);
    let effective = root.finish();
    cross::judge_references(source);
    cross::judge_circles(source, &manifest.components);

    let hash = sha256(effective.render(Secrets::Digested).to_string().as_bytes());
    manifest.hash.clone_from(&hash);
    let mut probes = probes?;
    probes.sources = sources.unwrap_or_default();
    Some(Settings {
        file: String::new(),
        server: server?,
        database_url: database_url?,
        mail,
        webhooks: webhooks?,
        probes,
        retention: retention?,
        manifest,
        hash,
        warnings: Vec::new(),
        effective,
    })
}

fn manifest(root: &mut Table<'_>, location: &str) -> Manifest {
    let mut pages = root.each("page", |_, _| Some(&PAGE), page::page);
    let groups = root.each("group", |_, _| Some(&GROUP), page::group);
    let components = root.each(
        "component",
        |_, _| Some(&COMPONENT),
        |table| component::component(table, location),
    );
    if !root.has("page") {
        pages.push(page::default_page());
        root.show("page", Shown::List(vec![page::shown_default()]));
    }
    Manifest {
        pages,
        groups,
        components,
        hash: String::new(),
    }
}

fn refuse_inbound(root: &mut Table<'_>) {
    if let Some(cell) = root.cell("inbound") {
        for item in cell.items().unwrap_or_default() {
            item.not_built(
                "inbound alerts and changes are not built yet",
                "take the section out until they are",
            );
        }
    }
}

/// An overriding variable that nobody asked for is a misspelling.
fn judge_variables(source: &Source<'_>) {
    let used = source.variables_used.borrow();
    for name in source.environment.keys() {
        let Some(rest) = name.strip_prefix("ALLCLEAR_") else {
            continue;
        };
        if !rest.contains("__") || used.contains(name) {
            continue;
        }
        let known = known_variables();
        source.error(
            (Place::Variable(name.clone()), ""),
            "overrides no scalar of the configuration".to_owned(),
            did_you_mean(name, &known),
        );
    }
}

/// The overriding variables of the sections with fixed names.
fn known_variables() -> Vec<String> {
    [&SERVER, &DATABASE, &MAIL, &WEBHOOKS, &PROBES, &RETENTION]
        .iter()
        .flat_map(|section| {
            section.all().map(|key| {
                format!(
                    "ALLCLEAR_{}__{}",
                    section.name.to_uppercase(),
                    key.name.to_uppercase()
                )
            })
        })
        .collect()
}

/// The environment of this process, without what is not Unicode.
#[must_use]
pub fn environment() -> Environment {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
