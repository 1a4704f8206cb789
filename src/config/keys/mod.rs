//! Every key of the configuration file as data: name, shape, default and meaning. The reader takes its defaults
//! from here, unknown keys are measured against it, and the JSON Schema and docs/CONFIG.md are made of it.

pub mod check;
pub mod estate;
pub mod objective;
pub mod process;

/// A table of the file: which keys it may hold.
#[derive(Debug)]
pub struct Section {
    /// As it is written: `server`, `component.check`.
    pub name: &'static str,
    pub about: &'static str,
    /// In several slices, so that kinds of checks can share the common ones.
    pub keys: &'static [&'static [Key]],
}

/// One key of a section.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub shape: Shape,
    pub need: Need,
    pub about: &'static str,
    /// An example value as TOML; the default serves when empty.
    pub example: &'static str,
}

/// Whether a key must be there, and what it is when it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Required,
    Optional,
    /// Read as if this text had been written; lists separate words by commas.
    Default(&'static str),
}

/// What a value looks like. The reader's types check the rest.
#[derive(Debug)]
pub enum Shape {
    Text,
    Secret,
    /// A stable key: letters, digits, `-`, `_` and `.`.
    Id,
    Url,
    Duration,
    Whole(u64, u64),
    Number,
    Percentage,
    Flag,
    Time,
    Zone,
    Address,
    Network,
    /// An HTTP status, or an inclusive range of them.
    Status,
    Choice(&'static [&'static str]),
    /// Any TOML scalar, list or table, as JSON.
    Json,
    List(&'static Shape),
    Table(&'static Section),
    Tables(&'static Section),
    /// Tables told apart by a key.
    Kinds(&'static str, &'static [(&'static str, &'static Section)]),
    /// The same, many of them.
    ManyKinds(&'static str, &'static [(&'static str, &'static Section)]),
    /// A table of names the user chooses.
    Named(&'static Section),
    NamedSecrets,
}

impl Section {
    pub fn all(&self) -> impl Iterator<Item = &'static Key> {
        self.keys.iter().flat_map(|keys| keys.iter())
    }

    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.all().find(|key| key.name == name)
    }
}

const fn key(name: &'static str, shape: Shape, need: Need, about: &'static str) -> Key {
    Key {
        name,
        shape,
        need,
        about,
        example: "",
    }
}

const fn required(name: &'static str, shape: Shape, about: &'static str) -> Key {
    key(name, shape, Need::Required, about)
}

const fn optional(name: &'static str, shape: Shape, about: &'static str) -> Key {
    key(name, shape, Need::Optional, about)
}

/// A key whose absence means `text`.
const fn usual(name: &'static str, shape: Shape, text: &'static str, about: &'static str) -> Key {
    key(name, shape, Need::Default(text), about)
}

impl Key {
    const fn like(self, example: &'static str) -> Self {
        Self { example, ..self }
    }
}
