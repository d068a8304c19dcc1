//! What differs between two versions of a method.

use serde::Serialize;

use super::class::{Bump, Class};
use crate::source::Place;

/// What happened to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It stands elsewhere.
    Moved,
    /// It has another id.
    Renamed,
    /// It holds another kind of answer.
    Retyped,
    /// A property of it is another; the change names the property.
    Changed,
}

impl What {
    /// All that can happen.
    pub const ALL: [Self; 6] = [
        Self::Added,
        Self::Removed,
        Self::Moved,
        Self::Renamed,
        Self::Retyped,
        Self::Changed,
    ];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Moved => "moved",
            Self::Renamed => "renamed",
            Self::Retyped => "retyped",
            Self::Changed => "changed",
        }
    }
}

/// The part of a method in which something changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Part {
    /// The method itself: phases, roles, parameters.
    Method,
    /// A form, or `case` or `citizen`, by id.
    Form(String),
    /// A code list.
    List(String),
    /// The data needs.
    Needs,
    /// The data points.
    DataPoints,
}

impl Part {
    /// As a heading.
    pub fn heading(&self) -> String {
        match self {
            Self::Method => "method".to_owned(),
            Self::Form(id) => format!("form {id}"),
            Self::List(name) => format!("list {name}"),
            Self::Needs => "data needs".to_owned(),
            Self::DataPoints => "data points".to_owned(),
        }
    }
}

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// The part as a whole.
    Whole,
    /// A catalogue that the method pins.
    Catalogue,
    /// A report template that the method brings along.
    Report,
    /// A value that a municipality may set.
    Parameter,
    /// A phase.
    Phase,
    /// A role.
    Role,
    /// A mark.
    Mark,
    /// A section of a form.
    Section,
    /// A field or a group.
    Field,
    /// A row that follows a concept of a list.
    Row,
    /// A concept of a list.
    Concept,
    /// A data need.
    Need,
    /// A kind of data point on a form.
    DataPoint,
    /// An attribute of a data point.
    Attribute,
}

/// What makes two things so much alike that they may be one, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alike {
    /// The external identifier.
    Identifier,
    /// What people read.
    Label,
    /// What the field asks.
    Question,
    /// The codes that can be chosen.
    Codes,
    /// The rule.
    Rule,
}

impl Alike {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Label => "label",
            Self::Question => "question",
            Self::Codes => "codes",
            Self::Rule => "rule",
        }
    }
}

/// What a reader of a change should know besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    /// The migration retires it.
    Retired {
        /// Why.
        reason: String,
        /// What a person answers instead.
        decide: Option<String>,
    },
    /// The migration makes this of it, or one of these.
    Becomes {
        /// Places or codes of the second version.
        places: Vec<String>,
    },
    /// The migration makes others of these codes in it.
    Codes {
        /// Codes of the first version.
        codes: Vec<String>,
    },
    /// In a migrated case a person decides between codes.
    Decide {
        /// The codes.
        between: Vec<String>,
        /// Why.
        reason: String,
    },
    /// The migration says that it is the same.
    Declared,
    /// It may have become this, or have been this: no migration says so.
    Perhaps {
        /// What is so much like it.
        other: String,
        /// In what.
        alike: Alike,
    },
    /// It is a condition, and this is what the caseworker reads.
    Says {
        /// The message.
        message: String,
    },
    /// It is a group or a form.
    Holds {
        /// How many fields are in it.
        fields: usize,
    },
}

impl Note {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Retired { reason, decide: None } => format!("retired: {reason}"),
            Self::Retired {
                reason,
                decide: Some(place),
            } => format!("retired, a person answers {place}: {reason}"),
            Self::Becomes { places } => match &places[..] {
                [place] => format!("becomes {place}"),
                places => format!("becomes one or more of {}", places.join(", ")),
            },
            Self::Codes { codes } => format!("the migration says what becomes of {}", codes.join(", ")),
            Self::Decide { between, reason } => {
                format!("a person decides between {}: {reason}", between.join(", "))
            }
            Self::Declared => "the migration says so".to_owned(),
            Self::Perhaps { other, alike } => {
                format!(
                    "perhaps the same as `{other}`, which has the same {}",
                    alike.words()
                )
            }
            Self::Says { message } => format!("says: {message}"),
            Self::Holds { fields: 1 } => "with 1 field in it".to_owned(),
            Self::Holds { fields } => format!("with {fields} fields in it"),
        }
    }
}

/// One difference between two versions.
#[derive(Debug, Clone)]
pub struct Change {
    /// The part in which it is.
    pub part: Part,
    /// What kind of thing it is about.
    pub thing: Thing,
    /// Which one: a field's path, a code, a data point; empty for the part as a whole.
    pub at: String,
    /// Which one it is in the second version (`form.path` when it stands in another form), when it is not `at`.
    pub there: Option<String>,
    /// What people call it.
    pub label: String,
    /// What happened.
    pub what: What,
    /// The property, when one changed.
    pub key: Option<&'static str>,
    /// What it means.
    pub class: Class,
    /// How it was.
    pub before: Option<String>,
    /// How it is.
    pub after: Option<String>,
    /// Where it stands in the first version.
    pub old: Option<Place>,
    /// Where it stands in the second version.
    pub new: Option<Place>,
    /// What a reader should know besides.
    pub notes: Vec<Note>,
    /// For a changed rule: what the cases of both versions say.
    pub behaviour: Option<Behaviour>,
}

impl Change {
    /// Which thing it is about, in words.
    pub fn subject(&self) -> String {
        let noun = match self.thing {
            Thing::Whole => return "itself".to_owned(),
            Thing::Catalogue => "catalogue ",
            Thing::Report => "report ",
            Thing::Parameter => "parameter ",
            Thing::Phase => "phase ",
            Thing::Role => "role ",
            Thing::Mark => "mark ",
            Thing::Section => "section ",
            Thing::Row => "row ",
            Thing::Field | Thing::Concept | Thing::Need | Thing::DataPoint | Thing::Attribute => "",
        };
        format!("{noun}{}", self.at)
    }

    /// What happened to which property, in words.
    pub fn event(&self) -> String {
        let key = self.key.map_or_else(String::new, |key| format!("{key} "));
        format!("{key}{}", self.what.words())
    }
}

/// How a changed rule behaves in the cases beside both versions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Behaviour {
    /// How often both rules were asked with the same answers.
    pub asked: usize,
    /// How often they gave something else.
    pub different: usize,
    /// Some of these: where, before and after.
    pub examples: Vec<Example>,
}

/// One place where a changed rule comes out differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The case file.
    pub case: String,
    /// The response and the path in it.
    pub at: String,
    /// What the first version gives.
    pub before: String,
    /// What the second version gives.
    pub after: String,
}

/// All differences between two versions.
#[derive(Debug, Clone)]
pub struct Diff {
    /// The first version, `id@version`.
    pub from: String,
    /// The second version.
    pub to: String,
    /// The changes, by part, in document order.
    pub changes: Vec<Change>,
}

impl Diff {
    /// The gravest class; `None` when nothing changed.
    pub fn class(&self) -> Option<Class> {
        self.changes.iter().map(|change| change.class).max()
    }

    /// How many changes are of a class.
    pub fn count(&self, class: Class) -> usize {
        self.changes.iter().filter(|change| change.class == class).count()
    }

    /// The number that must follow the first version at least; `None` when nothing changed.
    pub fn honest(&self) -> Option<String> {
        Some(self.class()?.bump().next(version(&self.from)))
    }

    /// Whether the second version's number hides none of the classes.
    pub fn is_honest(&self) -> bool {
        let raised = Bump::between(version(&self.from), version(&self.to));
        self.class()
            .is_none_or(|class| raised.is_some_and(|raised| raised >= class.bump()))
    }
}

fn version(name: &str) -> &str {
    name.split_once('@').map_or(name, |(_, version)| version)
}
